import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from lenet_tf1.figures import reasons
from lenet_tf1.figures.style import as_png
from lenet_tf1.inference.attribution import Change
from lenet_tf1.inference.robustness import Robustness, Strength

IMAGE = np.zeros([28, 28], np.uint8)
IMAGE[5:20, 12:16] = 255


def shares(classes, first):
    values = np.full(classes, 0.1 / (classes - 1), np.float32)
    values[first] = 0.9
    return values


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text)]


@pytest.mark.parametrize("names", [("0", "1", "2"), ("a class with a long name", "$x$", "T-shirt/top")])
def test_reasons_and_the_change_are_shown(names):
    maps = {"gradient": np.arange(784.0).reshape(28, 28) - 100, "Grad-CAM on conv4": np.zeros([28, 28])}
    changed = IMAGE / np.float32(255)
    changed[7, 3] += 0.6
    changed[7, 4] += 0.8
    figure = reasons.why(IMAGE, maps, shares(3, 2), 1, Change(changed.ravel(), shares(3, 1)), names, title="image")
    as_png(figure)
    image, gradient, cam, change, after, bars = figure.axes
    assert np.array_equal(image.images[0].get_array(), IMAGE / 255)
    assert np.array_equal(gradient.images[0].get_array(), maps["gradient"])
    assert gradient.images[0].get_clim() == (-683, 683)
    assert cam.get_title() == "Grad-CAM on conv4"
    assert change.images[0].get_array()[7, 4] == pytest.approx(0.8)
    assert after.images[0].get_array()[7, 4] == pytest.approx(0.8)
    assert [round(bar.get_height(), 3) for bar in bars.patches] == [0.05, 0.05, 0.9, 0.05, 0.9, 0.05]
    assert "1.00 long, 0.80 at most in a pixel" in " ".join(texts(figure))
    boxes = [axes.title.get_window_extent() for axes in figure.axes[:3]]
    assert all(a.x1 <= b.x0 for a, b in itertools.pairwise(boxes))


def test_what_nothing_turns_is_told_and_of_many_classes_ten_are_shown():
    names = [f"class {i}" for i in range(40)]
    figure = reasons.why(IMAGE, {"gradient": np.zeros([28, 28])}, shares(40, 33), 1, None, names)
    as_png(figure)
    bars = figure.axes[-1]
    assert len(bars.patches) == 10
    assert "class 33" in [label.get_text() for label in bars.get_xticklabels()]
    assert "nothing was found that would make it class 1" in texts(figure)


def test_units_have_their_pictures_and_nine_images():
    pictures = np.random.default_rng(0).random([7, 28, 28])
    examples = np.random.default_rng(1).integers(0, 256, [7, 9, 28, 28], np.uint8)
    figure = reasons.units(pictures, examples, "abcdefg", columns=3, title="seven")
    as_png(figure)
    shown = figure.axes[0].images[6].get_array()
    assert shown.shape == (84, 168)
    assert np.array_equal(shown[::3, :84:3], pictures[6])
    assert np.array_equal(shown[28:56, 84 + 56 :], examples[6, 5] / 255)
    assert [text.get_text() for text in figure.axes[0].texts] == list("abcdefg")
    few = reasons.units(pictures[:1], examples[:1, :2], ["a"])
    assert not few.axes[0].images[0].get_array()[28:, 84:].any()


@pytest.mark.parametrize("target", [None, "two"])
def test_what_fools_is_shown_by_its_strength(target):
    images = np.random.default_rng(0).integers(0, 256, [3, 28, 28], np.uint8)
    pattern, noise = (None, None) if target is None else (np.zeros([28, 28]), 0.7)
    rows = (
        Strength(0.0, 0.9, 0.9, noise, images, (0, 1, 2), pattern),
        Strength(0.3, 0.5, 0.1, noise, images, (1, 1, 0), pattern),
    )
    found = Robustness("mnist", "test", 100, 20, 1, 0, target, ("zero", "one", "two"), (0, 1, 2), rows)
    figure = reasons.fooling(found)
    as_png(figure)
    curves, grid = figure.axes
    assert [list(line.get_ydata()) for line in curves.lines[:2]] == [[0.9, 0.5], [0.9, 0.1]]
    assert len(curves.lines) == (2 if target is None else 3)
    assert len(grid.images) == (6 if target is None else 8)
    fooled = [text.get_text() for text in grid.texts if text.get_text() in found.classes]
    assert fooled == ["one", "zero"]
