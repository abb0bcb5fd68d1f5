import cv2
import numpy as np
import pytest

from lenet_tf1.base.report import Recorded
from lenet_tf1.data.datasets import load
from lenet_tf1.data.hands import drawing, no_digits, pens, rewriting
from lenet_tf1.data.hands.hand import Hand, arc
from lenet_tf1.data.hands.programs import PROGRAMS
from lenet_tf1.data.hands.regional import FORMS
from lenet_tf1.data.normalize import as_mnist
from lenet_tf1.data.splits import NO_CLASS


def test_a_picture_is_a_function_of_seed_and_number():
    images, labels = drawing.drawn(60, 3, processes=1)
    assert images.shape == (60, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    for number in (59, 0, 31):
        image, label = drawing.picture(3, number)
        assert np.array_equal(image, images[number])
        assert label == labels[number]
    assert not np.array_equal(images, drawing.drawn(60, 4, processes=1)[0])


def test_any_number_of_processes_draws_the_same():
    one, three = drawing.drawn(40, 5, processes=1), drawing.drawn(40, 5, processes=3)
    assert all(np.array_equal(a, b) for a, b in zip(one, three, strict=True))


def test_a_process_that_fails_is_told_of():
    with pytest.raises(RuntimeError, match="exit code"):
        drawing.drawn(40, "no number", processes=2)


def test_all_classes_come_in_their_shares():
    labels = drawing.drawn(700, 6, processes=1)[1]
    assert set(labels) == {*range(10), NO_CLASS}
    assert np.mean(labels == NO_CLASS) == pytest.approx(drawing.NO_DIGIT, abs=0.03)
    assert np.bincount(labels[labels != NO_CLASS]).min() > 0.06 * len(labels)


@pytest.mark.parametrize(
    ("digit", "program"),
    [*enumerate(PROGRAMS), *((digit, form) for digit, forms in enumerate(FORMS) for form in dict.fromkeys(forms))],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_hand_leaves_ink_within_its_picture(digit, program):
    for number in range(30):
        h = Hand(f"{digit}/{number}")
        ink = pens.ink_of(pens.written(program(h), h, digit), h, digit)
        assert ink.max() == 255
        assert not ink[[0, -1]].any()
        assert not ink[:, [0, -1]].any()
        assert max(ink.shape) < 2.5 * pens.HEIGHT


def test_rare_forms_come_in_their_share(monkeypatch):
    asked = []
    monkeypatch.setattr(drawing, "regional_digit", lambda h: asked.append(h) or drawing.hand_digit(h))
    for number in range(200):
        drawing.picture(8, number)
    assert len(asked) / 200 == pytest.approx(drawing.REGIONAL, abs=0.06)


def test_an_outline_runs_around_the_ink():
    ink = np.zeros([72, 40], np.uint8)
    ink[10:60, 10:30] = 255
    for number in range(10):
        outline = pens.outlined(ink, Hand(number))
        assert outline.shape == (88, 56)
        assert not outline[26:60, 26:30].any()  # the middle of the ink
        assert (outline[43, :28] > 0).sum() == pytest.approx((outline[43, 28:] > 0).sum(), abs=1)
        assert 2 <= (outline[43, :28] > 0).sum() <= 6


def test_few_digits_and_no_ones_are_outlines(monkeypatch):
    outlines = []
    monkeypatch.setattr(pens, "outlined", lambda ink, h: outlines.append(ink) or ink)
    labels = [drawing.picture(8, number)[1] for number in range(600)]
    none = len(outlines)
    assert 0 < none < 0.06 * sum(label != NO_CLASS for label in labels)
    monkeypatch.setattr(drawing, "_OUTLINED", 1.0)
    labels = [drawing.picture(8, number)[1] for number in range(100)]
    assert len(outlines) - none == sum(label not in (1, NO_CLASS) for label in labels)


def test_a_tile_is_dark_and_its_digit_light():
    for number in range(10):
        h = Hand(f"tile/{number}")
        digit, _ = drawing.hand_digit(h)
        tile = drawing.on_a_tile(digit, h)
        rows, columns = (np.flatnonzero((digit > 0).any(axis=axis)) for axis in (1, 0))
        assert 0 <= len(tile) - (np.ptp(rows) + 1) < 0.35 * len(tile)
        assert tile.shape[1] >= min(np.ptp(rows), np.ptp(columns)) + 1
        assert tile.max() == 255  # of the tile, where there is no digit
        assert tile.min() < 30


def test_a_one_stays_narrow_and_a_seven_wide():
    def widths(digit):
        drawn = [pens.written(PROGRAMS[digit](h), h, digit) for h in map(Hand, range(200))]
        return [np.ptp(np.concatenate(lines)[:, 0]) / pens.HEIGHT for lines in drawn]

    assert np.median(widths(1)) < 0.6 < np.median(widths(7))


def test_curves_go_through_their_points_and_keep_corners():
    points = [(0.0, 0.0), (4.0, 5.0), (5.0, 9.0)]
    line, other = pens.curves([[points, [points[-1], (0.0, 9.0)]], [[(1.0, 1.0), (2.0, 2.0)]]])
    for point in [*points, (0.0, 9.0)]:
        assert np.isclose(line, point).all(axis=1).any()
    assert np.allclose(other[[0, -1]], [(1, 1), (2, 2)])


def test_an_arc_goes_clockwise_from_the_top():
    points = np.array(arc((0, 0), (2, 1), 0, 90))
    assert np.allclose(points[0], (0, -1))
    assert np.allclose(points[-1], (2, 0))
    assert np.allclose(np.array(arc((0, 0), (1, 1), 0, -360, drift=0.5))[-1], (0, -1.5))


def test_a_skeleton_is_thin_and_hangs_together():
    mask = np.zeros([40, 40], bool)
    mask[5:35, 10:20] = mask[5:15, 10:35] = True
    line = rewriting.skeleton(mask)
    assert line[~mask].max() == 0
    assert 25 < line.sum() < 70
    assert cv2.connectedComponents(line)[0] == 2  # the background and one line


def test_a_template_is_the_same_as_a_program():
    assert no_digits.parsed("1,0 1,14 | 1,14 9,14 / 0,7 10,7") == [
        [[(1, 0), (1, 14)], [(1, 14), (9, 14)]],
        [[(0, 7), (10, 7)]],
    ]
    assert all(no_digits.parsed(template) for template in no_digits.OTHERS)


def test_two_digits_are_wider_than_one():
    h = Hand("pair")
    both = [no_digits.pair(h, lambda h: drawing.hand_digit(h)[0]) for _ in range(30)]
    assert np.mean([ink.shape[1] / ink.shape[0] for ink in both]) > 1


def test_what_is_no_digit_fills_a_picture_too():
    for number in range(80):
        h = Hand(f"none {number}")
        ink = no_digits.no_digit(h, lambda h: drawing.some_digit(h)[0])
        assert as_mnist(pens.scanned(ink, h)).any()


def test_mnist_rewritten_is_still_near_itself():
    image = drawing._mnist()[0][0]
    for number in range(40):
        ink = rewriting.rewritten(image, Hand(number))
        assert ink.shape == (84, 84)
        assert 0.2 < (ink > 127).sum() / 9 / (image > 127).sum() < 4


def test_digits_are_what_their_labels_say(recognizer):
    images, labels = drawing.drawn(700, 9, processes=1)
    digits = labels != NO_CLASS
    assert (recognizer.classify(images[digits]).argmax(axis=1) == labels[digits]).mean() > 0.93


def test_the_pages_data_set(monkeypatch, mnist):
    monkeypatch.setattr("lenet_tf1.data.datasets.HANDS", {"page": 300})
    monkeypatch.setattr("lenet_tf1.data.datasets._HANDS_HELD_OUT", 200)
    report = Recorded()
    data = load("page", report=report)
    assert report.notes == ["drawing 300 pictures"]
    assert [len(split) for split in (data.train, data.test)] == [110_300, 10_000]
    assert 5_140 < len(data.validation) < 5_200
    assert np.array_equal(data.train.images[:55_000], mnist.train.images)
    assert np.array_equal(data.train.images[55_000:110_000], mnist.train.images)
    assert np.array_equal(data.test.images, mnist.test.images)
    assert 0.05 < np.mean(data.train.labels[110_000:] == NO_CLASS) < 0.3
    assert (data.validation.labels < 10).all()


def test_nothing_is_drawn_for_who_does_not_look_at_it(monkeypatch):
    monkeypatch.setattr("lenet_tf1.data.hands.drawing.drawn", lambda *arguments, **options: 1 / 0)
    report = Recorded()
    data = load("page", wanted=["test"], report=report)
    assert [len(split) for split in (data.train, data.test)] == [55_000, 10_000]
    assert report.notes == []
