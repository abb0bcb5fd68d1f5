"""A network as a figure in the style of the paper on LeNet-5: maps as sheets one behind the other, units as bars."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from lenet_tf1.figures.style import COLORS, bare, new_figure

if TYPE_CHECKING:  # its module imports TensorFlow
    from lenet_tf1.graph.summary import Layer

Point = tuple[float, float] | np.ndarray

_SHEETS = 8  # at most, of a layer's maps
_OFFSET = 0.16  # from one sheet to the next, in both directions
_PIXEL = 0.1  # side of a map's pixel
_SPACE = 1.3  # between layers, more where the operation's name needs it
_LEAST = 2.5  # a layer's least distance from the next one, for its caption
_BAR = 0.28  # width of a bar of units
_LEAN = 0.35  # from its lower end to its upper end, to the right
_OPERATIONS = {
    "Conv2D": "convolution",
    "MaxPool": "max-pooling",
    "AvgPool": "mean-pooling",
    "MatMul": "full\nconnection",
    "": "",
}


def network(layers: "Sequence[Layer]", *, title: str | None = None) -> Figure:
    """The network from left to right, each scope with its shape, drawn from the graph's own numbers.

    Between two layers stands the operation that makes the second one from the first, with the size of its window, of
    which one is drawn. At most 8 of a layer's maps are drawn, and the length of a bar of units is logarithmic.

    Parameters
    ----------
    layers : sequence of graph.summary.Layer
        What graph.summary.summarize returns.
    title : str, optional
    """
    drawn: list[_Sheets | _Units] = []
    x = 0.0
    for layer in layers:
        maps = len(layer.shape) == 3 and layer.shape[:2] != [1, 1]
        item = _Sheets(layer, x) if maps else _Units(layer, x)
        drawn.append(item)
        x += max(item.width + _SPACE, _LEAST)
    top = max(item.top for item in drawn)
    bottom = min(item.bottom for item in drawn)
    figure = new_figure(10.0 * (top - bottom + 2.4) / (x + 0.4), title, 10.0)
    axes = figure.subplots()
    for item in drawn:
        item.draw(axes)
        shape = item.layer.shape
        size = f"{shape[2]}@{shape[0]}×{shape[1]}" if len(shape) == 3 else f"{shape[0]}"
        axes.text(
            item.x + item.width / 2, top + 0.2, f"{item.layer.name}\n{size}", ha="center", va="bottom", fontsize=10
        )
    for before, after in itertools.pairwise(drawn):
        _connect(axes, before, after, bottom - 0.25)
    axes.set_xlim(-0.2, x - _SPACE + 0.4)
    axes.set_ylim(bottom - 1.1, top + 1.1)
    axes.set_aspect("equal")
    bare(axes)
    return figure


class _Sheets:
    # Maps, from `x` to `x + width`.

    def __init__(self, layer: "Layer", x: float) -> None:
        height, width, maps = layer.shape
        self.layer, self.x, self.n = layer, x, min(maps, _SHEETS)
        self.size = np.array([width, height]) * _PIXEL
        spread = (self.n - 1) * _OFFSET
        self.width = self.size[0] + spread
        self.top, self.bottom = (self.size[1] + spread) / 2, -(self.size[1] + spread) / 2

    @property
    def front(self) -> np.ndarray:
        # The lower left corner of the sheet in front, which is the rightmost and lowest.
        return np.array([self.x + (self.n - 1) * _OFFSET, self.bottom])

    def draw(self, axes: Axes) -> None:
        for i in range(self.n):
            behind = (self.n - 1 - i) * _OFFSET
            corner = (self.front[0] - behind, self.front[1] + behind)
            axes.add_patch(Rectangle(corner, *self.size, facecolor="#eaf3fa", edgecolor=COLORS[0], linewidth=0.7))

    def entry(self) -> Point:
        # Where lines from the layer before end: a pixel of the sheet in front.
        return self.front + self.size * [0.3, 0.62]

    def begins(self) -> tuple[Point, Point]:
        # The left ends of its upper and its lower edge.
        return (self.x, self.top), (self.front[0], self.bottom)

    def ends(self) -> tuple[Point, Point]:
        # The right ends of its upper and its lower edge.
        return (self.x + self.size[0], self.top), (self.x + self.width, self.bottom)


class _Units:
    # A bar of units, from `x` to `x + width`, leaning as in the paper.

    def __init__(self, layer: "Layer", x: float) -> None:
        self.layer, self.x, self.width = layer, x, _BAR + _LEAN
        height = 0.9 * np.log10(np.prod(layer.shape) + 1)
        self.top, self.bottom = height / 2, -height / 2

    def draw(self, axes: Axes) -> None:
        corners = [(0, self.bottom), (_BAR, self.bottom), (self.width, self.top), (self.width - _BAR, self.top)]
        place = [(self.x + dx, y) for dx, y in corners]
        axes.add_patch(Polygon(place, facecolor="#fdeee2", edgecolor=COLORS[1], linewidth=0.7))

    def entry(self) -> Point:
        return np.array([self.x + _LEAN / 2, 0.0])

    def begins(self) -> tuple[Point, Point]:
        # The left ends of its upper and its lower edge.
        return (self.x + _LEAN, self.top), (self.x, self.bottom)

    def ends(self) -> tuple[Point, Point]:
        return (self.x + self.width, self.top), (self.x + _BAR, self.bottom)


def _connect(axes: Axes, before: _Sheets | _Units, after: _Sheets | _Units, low: float) -> None:
    # The operation's name at the height `low`, and two lines: from a window, if it has one, else from edge to edge.
    operation, window = after.layer.operation, after.layer.window
    name = _OPERATIONS[operation]
    if window:
        name += f"\n{window[0]} × {window[1]}"
    middle = (before.x + before.width + after.x) / 2
    axes.text(middle, low, name, ha="center", va="top", fontsize=9, color="#404040")
    line: dict[str, Any] = {"color": "#606060", "linewidth": 0.6}
    end = after.entry()
    if window and isinstance(before, _Sheets):
        size = np.array(window[::-1]) * _PIXEL
        corner = before.front + (before.size - size) * [0.75, 0.3]
        axes.add_patch(Rectangle((corner[0], corner[1]), *size, facecolor="none", edgecolor="black", linewidth=0.8))
        for y in (0, size[1]):
            axes.plot(*zip((corner[0] + size[0], corner[1] + y), end, strict=True), **line)
    else:
        for (x_before, y_before), (x_after, y_after) in zip(before.ends(), after.begins(), strict=True):
            axes.plot([x_before, x_after], [y_before, y_after], **line)
