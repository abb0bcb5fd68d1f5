"""Kaggle's CSV: a row an image, its label perhaps first, then its pixels row by row; with or without a header."""

import csv
import io
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report

_LARGEST = 1 << 30  # bytes; Kaggle's train.csv has 77 million
_LONGEST_LINE = 1 << 20  # letters
_PIXELS = 784
_ROWS = 4096  # that are parsed at a time
_LABELS = ("label", "class", "target", "y", "digit")


def read_table(path: Path, report: Report = QUIET) -> tuple[np.ndarray, np.ndarray | None]:
    """Read images, and their labels if there are any.

    A table has labels if a column is headed so, or, without a header, if it has 785 columns: the first are the
    labels, or the last, if all that stands first is the same.

    Parameters
    ----------
    path : Path
        The table, perhaps compressed by gzip.
    report : Report
        Is told where the labels are, if not first.

    Returns
    -------
    images : ndarray
        uint8 [n, 28, 28].
    labels : ndarray or None
        int64 [n].

    Raises
    ------
    InputError
        For a file that is no such table, or has more than 1 GiB, unpacked.
    """
    try:
        file = io.TextIOWrapper(io.BytesIO(files.unpacked(path, _LARGEST)), encoding="utf-8-sig", newline="")
        columns = _columns(file, path)
        images, labels = _values(file, path, columns)
    except (zlib.error, EOFError) as error:
        raise InputError(f"{path} is a damaged gzip file ({error})") from error
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no CSV of images: it is no text") from error
    if labels is not None and not columns.headed and np.ptp(labels) == 0 and np.ptp(images[:, -1]):
        report.note(f"the labels of {path} are taken from its last column: all that stands first is {labels[0]}")
        images, labels = np.column_stack([labels.astype(np.uint8), images[:, :-1]]), images[:, -1].astype(np.int64)
    return images.reshape(-1, 28, 28), labels


class _Columns(NamedTuple):
    label: int | None
    ignored: int | None  # a row's own number
    headed: bool


def _columns(file: io.TextIOWrapper, path: Path) -> _Columns:
    # The file is left before the first row of numbers.
    first = file.readline(_LONGEST_LINE)
    names = [name.strip().strip('"').lower() for name in first.strip().split(",")]
    headed = any(not _is_number(name) for name in names)
    if not headed:
        file.seek(0)
    label: int | None = None if headed or len(names) != _PIXELS + 1 else 0
    ignored: int | None = None
    for i, name in enumerate(names if headed else []):
        if name in _LABELS:
            label = i
        elif name in ("", "id", "imageid", "index", "unnamed: 0"):
            ignored = i
    pixels = len(names) - (label is not None) - (ignored is not None)
    if pixels != _PIXELS:
        raise InputError(
            f"{path} is no CSV of images as Kaggle has them: its rows have {pixels:,} pixels, not {_PIXELS} "
            f"(label,pixel0,...,pixel783, or without the label)"
        )
    return _Columns(label, ignored, headed)


def _values(file: io.TextIOWrapper, path: Path, columns: _Columns) -> tuple[np.ndarray, np.ndarray | None]:
    # The pixels, uint8 [n, 784], and the labels.
    label, ignored, _ = columns
    images, labels = [], []
    while lines := file.readlines(_ROWS * 2048):
        if max(map(len, lines)) > _LONGEST_LINE:
            raise InputError(f"{path} has a line of more than {_LONGEST_LINE:,} letters")
        try:
            values = np.loadtxt(lines, np.float32, delimiter=",", ndmin=2, comments=None, quotechar='"')
        except ValueError as error:
            raise InputError(f"{path} is no CSV of images: {_reason(error)}") from error
        if not values.size:
            continue
        width = _PIXELS + (label is not None) + (ignored is not None)
        if values.shape[1] != width:
            raise InputError(f"{path} has rows of {values.shape[1]:,} columns after its header of {width}")
        pixels = np.delete(values, [i for i in (label, ignored) if i is not None], axis=1)
        if not (pixels >= 0).all() or not (pixels <= 255).all() or (pixels != np.rint(pixels)).any():
            raise InputError(f"{path} holds other numbers than whole ones from 0 to 255 for pixels")
        images.append(pixels.astype(np.uint8))
        if label is not None:
            labels.append(_labels(values[:, label], path))
    if not images:
        raise InputError(f"{path} holds no rows")
    return np.concatenate(images), np.concatenate(labels) if labels else None


def _labels(column: np.ndarray, path: Path) -> np.ndarray:
    if not (np.abs(column) < 1e6).all() or (column != np.rint(column)).any():
        raise InputError(f"{path} holds labels that are no whole numbers")
    return column.astype(np.int64)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _reason(error: ValueError) -> str:
    return str(error).split(";")[0].splitlines()[0][:200]


def submission(labels: np.ndarray | list[str]) -> bytes:
    """Kaggle's form of an answer: ImageId,Label, counted from 1."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("ImageId", "Label"))
    writer.writerows(enumerate(labels, start=1))
    return text.getvalue().encode()
