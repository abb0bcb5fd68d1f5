"""What all figures have in common: size, fonts, colours that colour-blind people tell apart, and how they are saved."""

import io
from pathlib import Path
from typing import BinaryIO

from matplotlib import font_manager, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from lenet_tf1.base.errors import InputError

# Okabe and Ito's colours, the yellow left out.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
GREY = "#808080"
WIDTH = 8.0  # inches, which a README shows without making it smaller
LONGEST_NAME = 24  # letters that are shown of a class's name
_SCREEN_DPI = 100
_FILE_DPI = 150
_KINDS = (".png", ".svg", ".pdf")
_NO_WINDOWS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")  # matplotlib's backends that only write files

# Fonts for class names in letters that matplotlib's own font lacks: the first one that is installed is used.
_MORE_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Micro Hei", "PingFang SC")


def new_figure(height: float, title: str | None = None, width: float = WIDTH) -> Figure:
    """An empty Figure of that size in inches, with matplotlib's constrained layout."""
    figure = Figure(figsize=(width, height), layout="constrained", dpi=_SCREEN_DPI)
    if title:
        figure.suptitle(plain(title), fontsize=11)
    return figure


def bare(axes: Axes) -> None:
    """Remove ticks and frame, for axes that show a picture."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def open_frame(axes: Axes) -> None:
    """Remove the frame's top and right sides, and draw a grid behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e0e0e0", linewidth=0.6)
    axes.set_axisbelow(True)


def plain(text: str) -> str:
    """The text with each $ escaped, so that matplotlib finds no formula in the name of a folder or a class."""
    return text.replace("$", r"\$")


def shortened(name: str, most: int) -> str:
    """The name, cut off with an ellipsis if it has more than `most` letters."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def check_name(path: Path) -> None:
    """Raise InputError unless the path ends in .png, .svg or .pdf and its folder exists."""
    if path.suffix.lower() not in _KINDS:
        raise InputError(f"{path} is no name for a picture; end it in .png, .svg or .pdf")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent} to save {path.name} in")


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, SVG or PDF, by the path's ending. Raises InputError as `check_name` does."""
    check_name(path)
    _write(figure, path, path.suffix.lower().removeprefix("."))


def as_png(figure: Figure, *, dpi: int = _FILE_DPI) -> bytes:
    """The figure as the bytes of a PNG file with `dpi` pixels per inch."""
    file = io.BytesIO()
    _write(figure, file, "png", dpi)
    return file.getvalue()


def show(figure: Figure) -> None:
    """Show the figure in a window until it is closed. Raises InputError if there is no screen."""
    import matplotlib.pyplot as plt  # which chooses a backend: saving doesn't need one

    if plt.get_backend().lower() in _NO_WINDOWS:
        raise InputError("there is no screen to open a window on; say --out FILE.png")
    _set_fonts(figure)
    # pyplot alone makes windows, each with an empty figure, whose place this one takes.
    canvas = plt.figure(figsize=figure.get_size_inches(), dpi=figure.dpi).canvas
    canvas.figure = figure
    figure.set_canvas(canvas)
    plt.show()


def _set_fonts(figure: Figure) -> None:
    installed = font_manager.get_font_names()
    families = ["DejaVu Sans", *(name for name in _MORE_FONTS if name in installed)]
    for text in figure.findobj(Text):
        text.set_fontfamily(families)


def _write(figure: Figure, file: Path | BinaryIO, kind: str, dpi: int = _FILE_DPI) -> None:
    _set_fonts(figure)
    # With a fixed salt and without the date, the same figure is the same file.
    dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with rc_context({"svg.hashsalt": "lenet_tf1"}):
        figure.savefig(file, format=kind, dpi=dpi, metadata=dated.get(kind))
