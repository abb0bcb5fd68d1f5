import itertools

import numpy as np
import pytest

from lenet_tf1.figures import grids
from lenet_tf1.figures.style import as_png

NAMES = ("zero", "one", "two")


def test_samples_carry_their_classes_names():
    images = np.arange(7 * 784, dtype=np.uint8).reshape(7, 28, 28)
    figure = grids.samples(images, [0, 1, 2, 0, 1, 2, 255], NAMES, columns=4, title="seven")
    assert [text.get_text() for text in figure.axes[0].texts] == ["zero", "one", "two", "zero", "one", "two", "none"]
    assert figure.get_suptitle() == "seven"
    shown = [image.get_array() for image in figure.axes[0].images]
    assert np.array_equal(np.stack(shown), images)


def test_errors_say_what_was_taken_for_what():
    images = np.zeros([2, 28, 28], np.uint8)
    figure = grids.errors(images, [0, 2], [1, 0], [0.994, 0.5], NAMES)
    assert [text.get_text() for text in figure.axes[0].texts] == ["zero\n→ one 99%", "two\n→ zero 50%"]


def test_every_kernel_is_in_its_row_and_column():
    w = np.random.default_rng(0).normal(size=[5, 5, 20, 50])
    first = np.random.default_rng(1).normal(size=[5, 5, 1, 20])
    figure = grids.kernels({"conv2": first, "conv4": w})
    drawn = [axes for axes in figure.axes if axes.get_title(loc="left")]
    titles = [axes.get_title(loc="left") for axes in drawn]
    assert titles == ["conv2: 1 × 20 kernels of 5 × 5", "conv4: 20 × 50 kernels of 5 × 5"]
    mosaic = drawn[1].images[0].get_array()
    assert mosaic.shape == (20 * 6 - 1, 50 * 6 - 1)
    assert np.array_equal(mosaic[3 * 6 : 3 * 6 + 5, 7 * 6 : 7 * 6 + 5], w[:, :, 3, 7])
    mosaic = drawn[0].images[0].get_array()
    assert np.array_equal(mosaic[6:11, :5], first[:, :, 0, 16])
    low, high = drawn[0].images[0].get_clim()
    assert -low == high == np.abs(first).max()


@pytest.mark.parametrize("maps", [1, 6, 20, 37, 50, 128])
def test_features_show_every_map_and_unit(maps):
    outputs = {
        "input1": np.zeros([28, 28, 1]),
        "conv2": np.random.default_rng(0).random([9, 9, maps]),
        "fc6": np.arange(230.0),
        "fc7": np.arange(3.0),
    }
    figure = grids.features(np.zeros([28, 28], np.uint8), outputs, np.array([0.1, 0.2, 0.7]), NAMES, title="t")
    drawn = {axes.get_title(loc="left"): axes for axes in figure.axes if axes.images}
    assert list(drawn) == ["input1   28 × 28 × 1", f"conv2   9 × 9 × {maps}", "fc6   230", "fc7   3"]
    shown = np.ma.masked_invalid(drawn[f"conv2   9 × 9 × {maps}"].images[0].get_array())
    assert shown.sum() == pytest.approx(outputs["conv2"].sum())
    units = np.ma.masked_invalid(drawn["fc6   230"].images[0].get_array())
    assert np.array_equal(units.compressed(), outputs["fc6"])
    bars = next(axes for axes in figure.axes if axes.patches)
    assert [label.get_text() for label in bars.get_yticklabels()] == list(NAMES)
    assert [bar.get_width() for bar in bars.patches] == [0.1, 0.2, 0.7]


@pytest.mark.parametrize("columns", [1, 10, 50])
def test_captions_do_not_run_into_each_other(columns):
    names = [r"a name with $\frac$ in it", "x" * 60]
    images = np.zeros([50, 28, 28], np.uint8)
    figure = grids.errors(images, [1] * 50, [0] * 50, np.ones(50), names, columns=columns, title="many of them " * 4)
    as_png(figure)
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert all(a.x1 <= b.x0 for a, b in itertools.pairwise(boxes[:columns]))


@pytest.mark.filterwarnings("error::UserWarning")  # matplotlib's
def test_long_names_stay_in_the_picture():
    outputs = {"input1": np.zeros([28, 28, 1]), "fc2": np.arange(3.0)}
    names = ["a class with a very long name indeed", "$x$", "T-shirt/top"]
    figure = grids.features(np.zeros([28, 28], np.uint8), outputs, np.array([0.2, 0.3, 0.5]), names)
    as_png(figure)
    assert [label.get_text() for axes in figure.axes if axes.patches for label in axes.get_yticklabels()] == [
        "a class wit…",
        r"\$x\$",
        "T-shirt/top",
    ]
