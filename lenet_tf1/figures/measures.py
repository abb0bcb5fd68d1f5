"""Figures of numbers: training curves, confusion, the learning rate, calibration."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lenet_tf1.figures.style import COLORS, GREY, LONGEST_NAME, new_figure, open_frame, plain, shortened
from lenet_tf1.inference.confidence import Rejection
from lenet_tf1.inference.metrics import Calibration


def curves(histories: Mapping[str, Sequence[Mapping[str, float]]]) -> Figure:
    """Loss and accuracy of training (dashed) and validation after each epoch, of several runs.

    Parameters
    ----------
    histories : dict of a run's name -> its rows of metrics.csv
        A row is a dict with `epoch`, `loss`, `accuracy`, `validation_loss` and `validation_accuracy`.
    """
    figure = new_figure(3.4 + 0.2 * -(-len(histories) // 2))
    axes = figure.subplots(1, 2)
    looks = itertools.product("osv^DP*X", COLORS)
    handles = []
    for rows, (marker, color) in zip(histories.values(), itertools.cycle(looks)):
        epochs = [row["epoch"] for row in rows]
        for place, measure in zip(axes, ("loss", "accuracy"), strict=True):
            mark = {"color": color, "marker": marker, "markersize": 3, "linewidth": 1.5}
            place.plot(epochs, [row[measure] for row in rows], linestyle="--", alpha=0.6, **mark)
            (handle,) = place.plot(epochs, [row[f"validation_{measure}"] for row in rows], **mark)
        handles.append(handle)
    for place, measure in zip(axes, ("loss", "accuracy"), strict=True):
        place.set_xlabel("epoch")
        place.set_title(measure, fontsize=11)
        place.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        open_frame(place)
    axes[0].set_ylim(bottom=0)
    axes[1].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    axes[1].set_ylim(top=1.0)
    key = [axes[0].plot([], [], color=GREY, linestyle=style)[0] for style in ("--", "-")]
    axes[0].legend(key, ["training", "validation"], fontsize=8)
    names = [plain(name) for name in histories]
    figure.legend(handles, names, fontsize=8, loc="outside lower center", ncols=2, frameon=False)
    return figure


def confusion(matrix: np.ndarray, classes: Sequence[str], *, title: str | None = None) -> Figure:
    """How often each class was taken for which: rows are the true classes, columns the predictions.

    The diagonal is grey; the others are the darker the larger their share of the true class. More than 30 classes have
    colours without numbers.

    Parameters
    ----------
    matrix : int [classes, classes]
    classes : sequence of str
        The names.
    title : str, optional
    """
    n = len(classes)
    totals = np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    wrong = np.where(np.eye(n, dtype=bool), np.nan, matrix / totals)
    figure = new_figure(7.0 if n > 12 else 6.2, title)
    axes = figure.subplots()
    axes.set_facecolor("#e8e8e8")
    shown = axes.imshow(wrong, cmap="Oranges", vmin=0, vmax=max(np.nanmax(wrong), 0.01))
    bar = figure.colorbar(shown, ax=axes, fraction=0.04, pad=0.02, format=PercentFormatter(1.0))
    bar.set_label("of the true class taken for another", fontsize=9)
    if n <= 30:
        dark = 0.7 * np.nanmax(wrong)
        for (row, column), count in np.ndenumerate(matrix):
            if count:
                color = "white" if row != column and wrong[row, column] > dark else "black"
                size = 8 if n <= 12 else 5
                axes.text(column, row, f"{count}", ha="center", va="center", fontsize=size, color=color)
    names = [plain(shortened(name, LONGEST_NAME)) for name in classes]
    long = max(map(len, names)) > 3
    size = 9 if n <= 12 else 6
    axes.set_xticks(range(n), names, fontsize=size, rotation=60 if long else 0, ha="right" if long else "center")
    axes.set_yticks(range(n), names, fontsize=size)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("prediction")
    axes.set_ylabel("true class")
    return figure


def learning_rate(rates: Sequence[float] | np.ndarray, steps_per_epoch: int, *, title: str | None = None) -> Figure:
    """The learning rate in each step.

    Parameters
    ----------
    rates : float [steps]
        From the first step on.
    steps_per_epoch : int
    title : str, optional
    """
    figure = new_figure(3.0, title)
    axes = figure.subplots()
    axes.plot(np.arange(len(rates)) / steps_per_epoch, rates, color=COLORS[0])
    axes.set_xlabel(f"epochs of {steps_per_epoch:,} steps")
    axes.set_ylabel("learning rate")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    open_frame(axes)
    return figure


def calibration(measured: Calibration, *, title: str | None = None) -> Figure:
    """A reliability diagram: how often the network is right, by how sure it is.

    Whiskers are 95 % intervals of the accuracy.

    Parameters
    ----------
    measured : Calibration
        What inference.metrics.calibrate returns.
    title : str, optional

    References
    ----------
    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22, 1927: the intervals.
    """
    figure = new_figure(5.6, f"{title or 'calibration'}: expected calibration error {measured.error:.2%}", 5.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    some = measured.counts > 0
    right, sure, counts = measured.accuracy[some], measured.confidence[some], measured.counts[some]
    above.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="as often right as it says")
    low, high = _wilson(right, counts)
    whiskers = np.maximum(0, [right - low, high - right])
    above.errorbar(sure, right, whiskers, fmt="o-", color=COLORS[0], ecolor=COLORS[4], label="the network")
    above.set_ylabel("accuracy")
    above.set_ylim(-0.02, 1.02)
    above.legend(fontsize=9, loc="lower right")
    below.bar(measured.edges[:-1], measured.counts, np.diff(measured.edges) * 0.92, align="edge", color=COLORS[0])
    below.set_yscale("log")
    below.set_ylim(bottom=0.5)
    below.set_ylabel("images")
    below.set_xlabel("probability of the prediction")
    below.set_xlim(0, 1.02)
    for axis in (above.yaxis, below.xaxis):
        axis.set_major_formatter(PercentFormatter(1.0))
    for axes in (above, below):
        open_frame(axes)
    return figure


def rejection(measured: Rejection, *, title: str | None = None) -> Figure:
    """A risk-coverage curve: how many answers are wrong when only the surest are given.

    Parameters
    ----------
    measured : Rejection
    title : str, optional

    References
    ----------
    El-Yaniv and Wiener, "On the foundations of noise-free selective classification", JMLR 11, 2010.
    """
    figure = new_figure(4.4, title)
    axes = figure.subplots()
    answered, accuracy = measured.curve()
    axes.plot(answered, 1 - accuracy, color=COLORS[0])
    at = 1 - measured.rejected
    risk = 1 - measured.accuracy
    threshold = measured.confidence.threshold
    label = f"threshold {threshold:.3f}: {measured.rejected:.2%} rejected, {risk:.2%} of the others wrong"
    axes.plot([at], [risk], "o", color=COLORS[1], label=label)
    axes.axvline(at, color=GREY, linestyle="--", linewidth=1)
    axes.set_xlabel("share of the images that is answered, the surest first")
    axes.set_ylabel("wrong answers among them")
    lowest = min(0.9, at - 0.02)
    axes.set_xlim(lowest, 1.002)
    axes.set_ylim(0, 1.1 * float((1 - accuracy)[answered >= lowest].max(initial=0.001)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    axes.legend(fontsize=9, loc="upper left")
    open_frame(axes)
    return figure


def _wilson(share: np.ndarray, n: np.ndarray, z: float = 1.96) -> tuple[np.ndarray, np.ndarray]:
    center = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return center - half, center + half
