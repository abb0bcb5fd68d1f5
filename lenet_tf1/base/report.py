"""Where a function's words go: lines that are its result, notes beside them, and a bar while it is at work."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

_BETWEEN_LINES = "\n\t"


def visible(text: str, keep: str = "") -> str:
    """The text with what a terminal would act upon, or not show, written as an escape; `keep` is left as it is.

    Names of files, classes and recipes are other people's: a line break in one would forge a line, an escape
    sequence or a mark of direction would change others.

    Examples
    --------
    >>> visible("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode("ascii") for c in text)


class Report:
    """Prints: lines to stdout, notes to stderr. Whatever reports takes one of these, and prints nothing itself.

    What can't be printed comes out as an escape.

    Parameters
    ----------
    bars : bool
        Whether progress bars are shown, on stderr.
    """

    def __init__(self, *, bars: bool = False) -> None:
        self.bars = bars

    def line(self, text: str = "") -> None:
        """Tell what was asked for: a row of a table, a result, or several such lines."""
        print(visible(text, keep=_BETWEEN_LINES))

    def note(self, sentence: object) -> None:
        """Tell something that is worth knowing besides."""
        print(f"lenet_tf1: {visible(str(sentence))}", file=sys.stderr)

    def progress(self, **options: Any) -> "tqdm":
        """A tqdm bar with these of its options, invisible unless `bars`."""
        if self.bars:
            with warnings.catch_warnings():  # of a notebook without ipywidgets, which gets a bar of letters
                warnings.simplefilter("ignore")
                from tqdm.auto import tqdm  # takes a while, which --help hasn't
        else:
            from tqdm import tqdm

        return tqdm(**options, leave=False, disable=not self.bars)


@contextmanager
def meanwhile(sentence: str) -> Iterator[None]:
    """A context in which a terminal on stderr shows what is being done; at its end nothing of that is left."""
    if not sys.stderr.isatty():
        yield
        return
    text = f"lenet_tf1: {sentence}"
    print(text, end="", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        print("\r" + " " * len(text), end="\r", file=sys.stderr, flush=True)  # spaces do that in every terminal


class Quiet(Report):
    """Says nothing."""

    def line(self, text: str = "") -> None:
        """Drop it."""

    def note(self, sentence: object) -> None:
        """Drop it."""


class Recorded(Report):
    """Keeps what is said, in the lists `lines` and `notes`."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.notes: list[str] = []

    def line(self, text: str = "") -> None:
        """Append it to `lines`."""
        self.lines.append(text)

    def note(self, sentence: object) -> None:
        """Append it to `notes`."""
        self.notes.append(str(sentence))


QUIET = Quiet()
