"""Figures of why a network answers as it does, and of what its units look for, from arrays alone."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import PercentFormatter

from lenet_tf1.figures.style import COLORS, GREY, LONGEST_NAME, WIDTH, bare, new_figure, open_frame, plain, shortened
from lenet_tf1.inference.attribution import Change
from lenet_tf1.inference.robustness import Robustness
from lenet_tf1.inference.tables import WORDS

_MOST_SHOWN = 10  # classes
_PITCH = 1.25  # sides of a picture, from one row of units to the next
_NARROWEST = 1.0  # inches, of a unit's picture with its examples
_COLUMNS = 11.6  # images' sides in the width of a figure: ten classes, a strength's name and one noise
_EDGE = "#606060"  # of the ink, drawn over the maps


def why(
    image: np.ndarray,
    maps: Mapping[str, np.ndarray],
    probabilities: np.ndarray,
    target: int,
    change: Change | None,
    classes: Sequence[str],
    *,
    title: str | None = None,
) -> Figure:
    """An image, maps of what in it speaks for its answer, and the least change that turns the answer.

    Blue speaks for the answer, red against it; each map has a scale of its own.

    Parameters
    ----------
    image : uint8 [28, 28]
        0 background to 255 ink.
    maps : dict of a method's name -> float [28, 28]
    probabilities : float [classes]
        In 0..1.
    target : int
        The number of the class that the changed image is taken for.
    change : Change or None
        None if nothing turns the answer.
    classes : sequence of str
        The names.
    title : str, optional
    """
    figure = new_figure(4.7, title)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=[1, 1.22])[:, 0]
    answer = int(probabilities.argmax())
    names = [plain(shortened(name, LONGEST_NAME)) for name in classes]
    above.suptitle(
        f"taken for {names[answer]} ({probabilities[answer]:.1%}); blue speaks for {names[answer]}, red against it",
        fontsize=9,
    )
    first, *others = above.subplots(1, 1 + len(maps), squeeze=False)[0]
    _picture(first, image / 255, "image")
    for axes, (name, values) in zip(others, maps.items(), strict=True):
        _signed(axes, values, image / 255, name)
    _turned(below, image / 255, probabilities, change, names, target)
    return figure


def units(
    pictures: np.ndarray,
    examples: np.ndarray,
    captions: Sequence[str],
    *,
    columns: int = 5,
    title: str | None = None,
) -> Figure:
    """For each unit the picture that was made to excite it, and beside it the images that excite it most.

    Parameters
    ----------
    pictures : float [n, 28, 28]
        In 0..1.
    examples : uint8 [n, 9, 28, 28]
        0 background to 255 ink; fewer than nine leave the rest white.
    captions : sequence of str
    columns : int
        Of the grid.
    title : str, optional
    """
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    side = max(WIDTH / columns, _NARROWEST)  # inches, of a picture with its examples
    figure = new_figure(rows * side * _PITCH / 2.15 + (0.35 if title else 0.0), title, side * columns)
    axes = figure.subplots()
    for i, (picture, nine, caption) in enumerate(zip(pictures, examples, captions, strict=True)):
        x, y = 2.15 * (i % columns), _PITCH * (i // columns)
        axes.text(x, y - 0.04, plain(shortened(caption, LONGEST_NAME)), va="bottom", fontsize=7)
        both = np.hstack([picture.repeat(3, axis=0).repeat(3, axis=1), _three_by_three(nine / 255)])
        axes.imshow(both, cmap="binary", vmin=0, vmax=1, extent=(x, x + 2, y + 1, y))
        axes.plot([x, x, x + 1, x + 1, x], [y, y + 1, y + 1, y, y], color=COLORS[0], linewidth=0.8)
    axes.set_xlim(-0.02, 2.15 * columns - 0.13)
    axes.set_ylim(_PITCH * rows - 0.23, -0.25)
    bare(axes)
    return figure


def fooling(found: Robustness) -> Figure:
    """Accuracy by the strength of noise, and what images look like with it and are then taken for."""
    figure = new_figure(2.6 + 1.05 * len(found.strengths) * WIDTH / _COLUMNS)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=[2.6, figure.get_figheight() - 2.6])[:, 0]
    _accuracies(above.subplots(), found)
    below.suptitle("images under PGD, each with what it is taken for instead", fontsize=9)
    _fooled(below.subplots(), found)
    return figure


def _fooled(axes: Axes, found: Robustness) -> None:
    # A row for each strength, in units of an image's side; beside them the one noise, on one scale.
    names = [plain(shortened(name, 8)) for name in found.classes]
    beside = len(found.labels[:_MOST_SHOWN]) + 0.3
    strongest = max(strength.epsilon for strength in found.strengths) or 1.0
    for row, strength in enumerate(found.strengths):
        y = 1.25 * row
        axes.text(-0.1, y + 0.5, f"{strength.epsilon:g}", va="center", ha="right", fontsize=8)
        shown = zip(strength.examples[:_MOST_SHOWN], strength.answers, found.labels, strict=False)
        for x, (image, answer, label) in enumerate(shown):
            axes.imshow(image, cmap="binary", vmin=0, vmax=255, extent=(x + 0.03, x + 0.97, y + 1, y + 0.06))
            if answer != label:
                axes.text(x + 0.5, y + 1, names[answer], ha="center", va="top", fontsize=7, color=COLORS[1])
        if strength.pattern is not None:
            extent = (beside + 0.03, beside + 0.97, y + 1, y + 0.06)
            axes.imshow(strength.pattern, cmap="RdBu", vmin=-strongest, vmax=strongest, extent=extent)
    if found.target is not None:
        axes.text(beside + 0.5, -0.05, "one noise", ha="center", va="bottom", fontsize=7)
    axes.set_xlim(-0.6, beside + (1.1 if found.target is not None else -0.2))
    axes.set_ylim(1.25 * len(found.strengths), -0.3)
    bare(axes)


def _accuracies(axes: Axes, found: Robustness) -> None:
    epsilons = [strength.epsilon for strength in found.strengths]
    curves = {"FGSM": [s.fgsm for s in found.strengths], "PGD": [s.pgd for s in found.strengths]}
    if found.target is not None:
        name = f"others taken for {plain(shortened(found.target, LONGEST_NAME))} by one noise"
        curves[name] = [s.noise or 0.0 for s in found.strengths]
    for (label, values), color, style in zip(curves.items(), COLORS, ("o-", "s-", "^--"), strict=False):
        axes.plot(epsilons, values, style, color=color, markersize=4, label=label)
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("epsilon, the most that a pixel changes, of 0..1", fontsize=9)
    axes.set_title(f"accuracy on {found.images:,} {WORDS[found.split]} images", fontsize=10)
    axes.legend(fontsize=8)
    open_frame(axes)


def _three_by_three(images: np.ndarray) -> np.ndarray:
    # Float [n, 28, 28] -> float [84, 84].
    padded = np.zeros([9, *images.shape[1:]])
    padded[: len(images)] = images
    return padded.reshape(3, 3, *images.shape[1:]).swapaxes(1, 2).reshape(3 * images.shape[1], -1)


def _turned(
    figure: SubFigure,
    image: np.ndarray,
    before: np.ndarray,
    change: Change | None,
    names: Sequence[str],
    target: int,
) -> None:
    if change is None:
        figure.suptitle(f"nothing was found that would make it {names[target]}", fontsize=9)
        _bars(figure.subplots(), {"image": before}, names)
        return
    changed = change.image.reshape(image.shape)
    difference = changed - image
    length, largest = np.linalg.norm(difference), abs(difference).max()
    sizes = f"{length:.2f} long, {largest:.2f} at most in a pixel"
    figure.suptitle(f"what would make it {names[target]}: blue is added, red is taken away; {sizes}", fontsize=9)
    moved, result, bars = figure.subplots(1, 3, width_ratios=[1, 1, 2.6])
    _signed(moved, difference, image, "least change")
    _picture(result, changed, "changed image")
    _bars(bars, {"image": before, "changed image": change.probabilities}, names)


def _picture(axes: Axes, image: np.ndarray, caption: str) -> None:
    axes.imshow(image, cmap="binary", vmin=0, vmax=1)
    axes.set_title(caption, fontsize=8, pad=3)
    bare(axes)


def _signed(axes: Axes, values: np.ndarray, image: np.ndarray, caption: str) -> None:
    # Zero is white; over it the outline of the ink.
    limit = abs(values).max() or 1.0
    axes.imshow(values, cmap="RdBu", vmin=-limit, vmax=limit, interpolation="nearest")
    if image.min() < 0.5 < image.max():
        axes.contour(image, levels=[0.5], colors=_EDGE, linewidths=0.6)
    axes.set_title(caption, fontsize=8, pad=3)
    bare(axes)


def _bars(axes: Axes, probabilities: Mapping[str, np.ndarray], names: Sequence[str]) -> None:
    # Those of each class side by side; of more than ten classes, of the likeliest.
    every = list(probabilities.values())
    shown = np.sort(np.argsort(-np.max(every, axis=0), kind="stable")[:_MOST_SHOWN])
    width = 0.8 / len(every)
    for i, (label, values) in enumerate(probabilities.items()):
        places = np.arange(len(shown)) + (i - (len(every) - 1) / 2) * width
        axes.bar(places, values[shown], width, color=(GREY, COLORS[0])[i], label=label)
    long = max(len(names[k]) for k in shown) > 3
    ticks = [names[k] for k in shown]
    axes.set_xticks(range(len(shown)), ticks, rotation=35 if long else 0, ha="right" if long else "center")
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.tick_params(labelsize=8)
    axes.set_title("probability", fontsize=8, pad=3)
    axes.legend(fontsize=7)
    open_frame(axes)
