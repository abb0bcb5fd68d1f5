"""What all figures have in common: size, fonts, colours that colour-blind people tell apart, and how they are saved."""

import io
import warnings

from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text

from lenet_tf1.errors import InputError

# Okabe and Ito's colours, the yellow left out.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
GREY = "#808080"
WIDTH = 8.0  # inches, which a README shows without making it smaller
LONGEST_NAME = 24  # letters of a class that are shown
_SCREEN_DPI = 100
_FILE_DPI = 150
_KINDS = (".png", ".svg", ".pdf")

# Where class names are in letters that matplotlib's own font lacks, the first of these that is installed has them.
_MORE_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Micro Hei", "PingFang SC")


def new_figure(height, title=None, width=WIDTH):
    """An empty Figure of that many inches, which fits its parts beside each other by itself."""
    figure = Figure(figsize=(width, height), layout="constrained", dpi=_SCREEN_DPI)
    if title:
        figure.suptitle(plain(title), fontsize=11)
    return figure


def bare(axes):
    """Take ticks and frame from axes that show a picture."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def open_frame(axes):
    """Leave of the frame what values are read from, and draw a grid behind."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e0e0e0", linewidth=0.6)
    axes.set_axisbelow(True)


def plain(text):
    """The text such that matplotlib takes no $ in it for mathematics: names come from folders."""
    return text.replace("$", r"\$")


def shortened(name, most):
    """The name, or its beginning if it has more letters than `most`."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def check_name(path):
    """Raise InputError unless `save` can write a picture to the path."""
    if path.suffix.lower() not in _KINDS:
        raise InputError(f"{path} is no name for a picture; end it in .png, .svg or .pdf")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent} to save {path.name} in")


def save(figure, path):
    """Write a figure as PNG, SVG or PDF, as the name says. Raises InputError for another ending."""
    check_name(path)
    _write(figure, path, path.suffix.lower().removeprefix("."))


def as_png(figure, *, dpi=_FILE_DPI):
    """The figure as the bytes of a PNG file of `dpi` pixels an inch."""
    file = io.BytesIO()
    _write(figure, file, "png", dpi)
    return file.getvalue()


def set_fonts(figure):
    """Give the figure's texts fonts for more scripts than matplotlib's own has, if any is installed."""
    installed = font_manager.get_font_names()
    families = ["DejaVu Sans", *(name for name in _MORE_FONTS if name in installed)]
    for text in figure.findobj(Text):
        text.set_fontfamily(families)


def _write(figure, file, kind, dpi=_FILE_DPI):
    set_fonts(figure)
    with warnings.catch_warnings(), rc_context({"svg.hashsalt": "lenet_tf1"}):
        warnings.filterwarnings("ignore", r"Glyph .* missing")  # no font has it: a box stands for it
        # Without the date, the same figure is the same file.
        dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
        figure.savefig(file, format=kind, dpi=dpi, metadata=dated.get(kind))
