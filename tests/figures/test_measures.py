import numpy as np
import pytest

from lenet_tf1.figures import measures
from lenet_tf1.figures.style import as_png
from lenet_tf1.inference.metrics import calibrate


def row(epoch):
    return {
        "epoch": epoch,
        "loss": 1 / epoch,
        "accuracy": 1 - 0.1 / epoch,
        "validation_loss": 1.2 / epoch,
        "validation_accuracy": 1 - 0.12 / epoch,
    }


def test_curves_of_several_runs_are_told_apart():
    names = ["_a", "b$x$", *"cdefgh"]
    figure = measures.curves({name: [row(1), row(2), row(3)] for name in names})
    for axes, measure in zip(figure.axes, ("loss", "accuracy"), strict=True):
        lines = [line for line in axes.lines if len(line.get_xdata())]
        assert [line.get_linestyle() for line in lines] == ["--", "-"] * 8
        assert list(lines[1].get_ydata()) == [row(epoch)[f"validation_{measure}"] for epoch in (1, 2, 3)]
        looks = [(line.get_color(), line.get_marker()) for line in lines]
        assert looks[::2] == looks[1::2]
        assert len(set(looks)) == 8
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["_a", r"b\$x\$", *"cdefgh"]


def test_the_curve_of_one_epoch_is_at_one():
    figure = measures.curves({"a": [row(1)]})
    as_png(figure)
    low, high = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high] == [1]


def test_the_confusion_shows_every_count():
    matrix = np.array([[90, 10, 0], [0, 50, 0], [1, 0, 0]])
    figure = measures.confusion(matrix, ("cat", "dog", "horse"))
    axes = figure.axes[0]
    texts = {tuple(map(round, reversed(text.get_position()))): text.get_text() for text in axes.texts}
    assert texts == {(0, 0): "90", (0, 1): "10", (1, 1): "50", (2, 0): "1"}
    shown = axes.images[0].get_array()
    assert shown[0, 1] == 0.1
    assert shown[2, 0] == 1
    assert np.ma.masked_invalid(shown).mask.diagonal().all()


@pytest.mark.parametrize("n", [2, 10, 47])
def test_the_confusion_of_few_and_many_classes_can_be_drawn(n):
    matrix = np.random.default_rng(0).integers(0, 9, [n, n])
    assert as_png(measures.confusion(matrix, [f"class {i}" for i in range(n)], title="t")).startswith(b"\x89PNG")
    assert as_png(measures.confusion(np.diag(np.arange(n)), [str(i) for i in range(n)])).startswith(b"\x89PNG")


def test_the_learning_rate_is_drawn_over_epochs():
    (axes,) = measures.learning_rate(np.array([1.0, 1.0, 0.5, 0.5]), 2, title="t").axes
    assert np.array_equal(axes.lines[0].get_xdata(), [0, 0.5, 1, 1.5])
    assert np.array_equal(axes.lines[0].get_ydata(), [1, 1, 0.5, 0.5])


def test_calibration_draws_the_bins_that_hold_something():
    measured = calibrate(np.array([0.55, 0.56, 0.95, 0.99]), np.array([True, False, True, True]), bins=10)
    figure = measures.calibration(measured, title="4 images")
    assert figure.get_suptitle() == f"4 images: expected calibration error {measured.error:.2%}"
    points = figure.axes[0].lines[1]
    assert np.allclose(points.get_xdata(), [0.555, 0.97])
    assert np.allclose(points.get_ydata(), [0.5, 1])
    assert [bar.get_height() for bar in figure.axes[1].patches] == [0, 0, 0, 0, 0, 2, 0, 0, 0, 2]
