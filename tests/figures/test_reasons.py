import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from lenet_tf1.figures import reasons
from lenet_tf1.figures.style import as_png
from lenet_tf1.inference.attribution import Change

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
