"""Figures made of grids: samples, mistakes, kernels, and one image on its way through a network."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from lenet_tf1.figures.style import COLORS, GREY, LONGEST_NAME, WIDTH, bare, new_figure, plain, shortened

_GAP = 1  # pixels between the tiles of a mosaic
_LETTER = 0.0115  # width of a letter in inches, for each point of its size
_SMALLEST = 5.5  # points that can still be read
_MOST_KERNELS = (32, 64)  # rows and columns of kernels that are shown

Integers = Sequence[int] | np.ndarray
Floats = Sequence[float] | np.ndarray


def samples(
    images: np.ndarray, labels: Integers, classes: Sequence[str], *, columns: int = 10, title: str | None = None
) -> Figure:
    """A grid of images with their classes' names, dark on light (document 004's is 2 x 10).

    Parameters
    ----------
    images : uint8 [n, 28, 28]
        0 background to 255 ink.
    labels : integers [n]
        Those that are no class are captioned "none".
    classes : sequence of str
        The names.
    columns : int
        Of the grid.
    title : str, optional
    """
    classes = [shortened(name, LONGEST_NAME) for name in classes]
    captions = [classes[label] if label < len(classes) else "none" for label in labels]
    return _grid(images, captions, "black", columns, title)


def errors(
    images: np.ndarray,
    labels: Integers,
    predictions: Integers,
    probabilities: Floats,
    classes: Sequence[str],
    *,
    columns: int = 10,
    title: str | None = None,
) -> Figure:
    """A grid of misclassified images, each with its true class, its prediction and the prediction's probability.

    Parameters
    ----------
    images : uint8 [n, 28, 28]
        0 background to 255 ink.
    labels, predictions : integers [n]
    probabilities : float [n]
        Of the predictions, in 0..1.
    classes : sequence of str
        The names.
    columns : int
        Of the grid.
    title : str, optional
    """
    classes = [shortened(name, LONGEST_NAME) for name in classes]
    trios = zip(labels, predictions, probabilities, strict=True)
    captions = [f"{classes[label]}\n→ {classes[prediction]} {p:.0%}" for label, prediction, p in trios]
    return _grid(images, captions, COLORS[1], columns, title)


def _grid(images: np.ndarray, captions: Sequence[str], color: str, columns: int, title: str | None) -> Figure:
    # All in one Axes, in units of an image's side: with an Axes for each image it takes five times as long.
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    lines = 1 + max(caption.count("\n") for caption in captions)
    longest = max(len(line) for caption in captions for line in caption.split("\n"))
    side = max(WIDTH / max(columns, 4), _LETTER * _SMALLEST * longest)  # inches; no caption reaches the next one
    size = min(side / (_LETTER * longest), 10)
    pitch = 1.1 + lines * size * 1.3 / 72 / side
    figure = new_figure(rows * pitch * side + (0.35 if title else 0.0), title, max(side * columns, 5.0 if title else 0))
    axes = figure.subplots()
    for i, (image, caption) in enumerate(zip(images, captions, strict=True)):
        x, y = i % columns, i // columns * pitch
        axes.imshow(image, cmap="binary", vmin=0, vmax=255, extent=(x + 0.05, x + 0.95, y + 0.95, y + 0.05))
        axes.text(x + 0.5, y + 1.0, plain(caption), ha="center", va="top", fontsize=size, color=color)
    axes.set_xlim(0, columns)
    axes.set_ylim(rows * pitch, 0)
    bare(axes)
    return figure


def pages(
    greys: Sequence[np.ndarray],
    boxes: Sequence[Sequence[tuple[int, int, int, int]]],
    *,
    columns: int = 10,
    title: str | None = None,
) -> Figure:
    """A grid of pages with a box around each digit.

    Parameters
    ----------
    greys : sequence of uint8 [side, side]
    boxes : sequence of sequences of tuples
        Of each page (left, top, right, bottom) in its pixels.
    columns : int
        Of the grid.
    title : str, optional
    """
    columns, side = min(columns, len(greys)), len(greys[0])
    rows = -(-len(greys) // columns)
    figure = new_figure(WIDTH * rows / columns + (0.35 if title else 0.0), title)
    axes = figure.subplots()
    for i, (grey, found) in enumerate(zip(greys, boxes, strict=True)):
        x, y = 1.04 * (i % columns), 1.04 * (i // columns)
        axes.imshow(grey, cmap="gray", vmin=0, vmax=255, extent=(x, x + 1, y + 1, y))
        inside = [np.clip(box, 0, side) / side + [x, y, x, y] for box in found]
        for left, top, right, bottom in inside:
            axes.plot([left, right, right, left, left], [top, top, bottom, bottom, top], color=COLORS[1], linewidth=0.7)
    axes.set_xlim(0, 1.04 * columns - 0.04)
    axes.set_ylim(1.04 * rows - 0.04, 0)
    bare(axes)
    return figure


def kernels(weights: Mapping[str, np.ndarray]) -> Figure:
    """The kernels of each convolution: a row for each input map, a column for each output map.

    Zero is white, and each scope has a scale of its own. Of more than 32 rows or 64 columns the first are shown.

    Parameters
    ----------
    weights : dict of scope -> float [height, width, inputs, outputs]
    """
    mosaics = {}
    for scope, w in weights.items():
        tiles = w.transpose(2, 3, 0, 1)[: _MOST_KERNELS[0], : _MOST_KERNELS[1]]
        inputs, outputs = tiles.shape[:2]
        columns = outputs if inputs > 1 else min(outputs, 16)  # one row alone would be a thin line
        mosaics[scope] = _mosaic(tiles.reshape(-1, *tiles.shape[2:]), columns)
    heights = [7.3 * len(mosaic) / mosaic.shape[1] for mosaic in mosaics.values()]
    figure = new_figure(sum(heights) + 0.4 * len(heights))
    for axes, (scope, mosaic) in zip(_stack(figure, heights), mosaics.items(), strict=True):
        limit = np.nanmax(np.abs(mosaic))
        shown = axes.imshow(mosaic, cmap="RdBu", vmin=-limit, vmax=limit, interpolation="nearest")
        height, width, inputs, outputs = weights[scope].shape
        shown_of = "" if inputs <= _MOST_KERNELS[0] and outputs <= _MOST_KERNELS[1] else ", the first of them"
        title = f"{scope}: {inputs} × {outputs} kernels of {height} × {width}{shown_of}"
        axes.set_title(title, fontsize=10, loc="left")
        bare(axes)
        figure.colorbar(shown, ax=axes, fraction=0.02, pad=0.01, aspect=12).ax.tick_params(labelsize=7)
    return figure


def features(
    image: np.ndarray,
    endpoints: Mapping[str, np.ndarray],
    probabilities: np.ndarray,
    classes: Sequence[str],
    *,
    title: str | None = None,
) -> Figure:
    """One image, and the output of each scope of the network for it.

    Each scope has a scale of its own, from its lowest value in dark to its highest in light.

    Parameters
    ----------
    image : uint8 [28, 28]
        0 background to 255 ink.
    endpoints : dict of scope -> float [height, width, maps] or [units]
        In order; the first one is the input.
    probabilities : float [classes]
        In 0..1; of more than ten classes the ten likeliest are shown.
    classes : sequence of str
        The names.
    title : str, optional
    """
    (first, _), *rest = endpoints.items()
    rows = {scope: _rows(output) for scope, output in rest}
    heights = [
        0.1 * len(mosaic) if endpoints[scope].ndim == 1 else 5.8 * len(mosaic) / mosaic.shape[1]
        for scope, mosaic in rows.items()
    ]
    figure = new_figure(max(4.2, sum(heights) + 0.4 * len(heights) + 0.4), title)
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[1, 3.2])[0]
    above, below = (part.subplots() for part in left.subfigures(2, 1))
    above.imshow(image, cmap="binary", vmin=0, vmax=255)
    above.set_title(_caption(first, endpoints[first]), fontsize=9, loc="left", pad=2)
    bare(above)
    _bars(below, probabilities, classes)
    for axes, (scope, mosaic) in zip(_stack(right, heights), rows.items(), strict=True):
        axes.imshow(
            mosaic, cmap="viridis", interpolation="nearest", aspect="equal" if endpoints[scope].ndim == 3 else "auto"
        )
        axes.set_title(_caption(scope, endpoints[scope]), fontsize=9, loc="left", pad=2)
        bare(axes)
    return figure


def _caption(scope: str, output: np.ndarray) -> str:
    return f"{scope}   {' × '.join(map(str, output.shape))}"


def _bars(axes: Axes, probabilities: np.ndarray, classes: Sequence[str]) -> None:
    best = np.sort(np.argsort(-probabilities, kind="stable")[:10])  # the likeliest, in the order of the classes
    colors = [COLORS[0] if i == probabilities.argmax() else GREY for i in best]
    axes.barh(range(len(best)), probabilities[best], color=colors)
    axes.set_yticks(range(len(best)), [plain(shortened(classes[i], 12)) for i in best], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 1], ["0", "100%"], fontsize=8)
    axes.set_xlabel("probability", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)


def _rows(output: np.ndarray) -> np.ndarray:
    # Float [rows, columns] of one scope: maps as tiles, units as pixels.
    if output.ndim == 3 and output.shape[:2] != (1, 1):
        maps = output.transpose(2, 0, 1)
        whole_rows = (columns for columns in range(32, 15, -1) if len(maps) % columns == 0)
        return _mosaic(maps, next(whole_rows, 25))
    units = output.reshape(-1)
    columns = min(100, len(units))
    padded = np.full(-(-len(units) // columns) * columns, np.nan)
    padded[: len(units)] = units
    return padded.reshape(-1, columns)


def _stack(figure: FigureBase, heights: Sequence[float]) -> Any:
    # Axes one above the other, with these heights.
    return figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights).flat


def _mosaic(tiles: np.ndarray, columns: int) -> np.ndarray:
    # Float [n, height, width] -> float [rows, columns], nan between the tiles and in place of missing ones.
    n, height, width = tiles.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    cells = np.full([rows * columns, height + _GAP, width + _GAP], np.nan)
    cells[:n, :height, :width] = tiles
    whole = cells.reshape(rows, columns, height + _GAP, width + _GAP).swapaxes(1, 2)
    return whole.reshape(rows * (height + _GAP), -1)[:-_GAP, :-_GAP]
