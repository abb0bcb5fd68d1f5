import itertools

import numpy as np

from lenet_tf1.base.report import Recorded
from lenet_tf1.data import strokes
from lenet_tf1.data.datasets import load
from lenet_tf1.data.splits import NO_CLASS


def test_the_same_numbers_draw_the_same_pictures():
    first, second = (strokes.drawn(50, np.random.default_rng(3), junk=0.3) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    assert not np.array_equal(first[0], strokes.drawn(50, np.random.default_rng(4), junk=0.3)[0])


def test_every_template_leaves_ink_where_mnist_has_it():
    rng = np.random.default_rng(0)
    for template in itertools.chain(*strokes.DIGITS.values(), strokes.OTHERS):
        ink = strokes.draw(template, rng, height=60)
        assert ink.max() == 255
        assert not ink[0].any()
        assert not ink[:, -1].any()


def test_a_quick_hand_lifts_the_pen_less_and_rounds_corners(monkeypatch):
    def hurried(dragged, rounded):
        monkeypatch.setattr(strokes, "_DRAGGED", dragged)
        monkeypatch.setattr(strokes, "_ROUNDED", rounded)
        return strokes.hurried(seven, np.random.default_rng(0))

    seven = "0,0 9,0 | 9,0 4,14 / 3,7 9,7"
    assert hurried(0, 0) == seven
    assert hurried(1, 0) == "0,0 9,0 | 9,0 4,14 | 4,14 3,7 | 3,7 9,7"
    assert hurried(0, 1) == "0,0 9,0 4,14 / 3,7 9,7"
    assert hurried(1, 1) == "0,0 9,0 4,14 3,7 9,7"


def test_digits_are_what_their_labels_say(recognizer):
    images, labels = strokes.drawn(500, np.random.default_rng(9))
    assert (recognizer.classify(images).argmax(axis=1) == labels).mean() > 0.95


def test_the_pages_data_set(monkeypatch, mnist):
    monkeypatch.setattr("lenet_tf1.data.datasets.STROKES", {"page": 300})
    report = Recorded()
    data = load("page", report=report)
    assert report.notes == ["drawing 300 characters"]
    assert [len(split) for split in (data.train, data.validation, data.test)] == [55_300, 6_000, 10_000]
    assert np.array_equal(data.train.images[:55_000], mnist.train.images)
    assert np.array_equal(data.test.images, mnist.test.images)
    share = np.mean(data.train.labels[55_000:] == NO_CLASS)
    assert 0.05 < share < 0.3
    assert (data.validation.labels < 10).all()


def test_strokes_are_drawn_for_those_who_look_at_them(monkeypatch):
    monkeypatch.setattr("lenet_tf1.data.strokes.drawn", lambda *arguments, **options: 1 / 0)
    report = Recorded()
    data = load("page", wanted=["test"], report=report)
    assert [len(split) for split in (data.train, data.test)] == [55_000, 10_000]
    assert report.notes == []
