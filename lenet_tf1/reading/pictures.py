"""Picture files and folders of them, read one after the other."""

import os
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.data import images, picture_formats
from lenet_tf1.reading.recognizer import Recognizer
from lenet_tf1.reading.results import Line

_PRINTED = Report()


def predict(
    paths: Sequence[str | os.PathLike[str]],
    run_dir: str | os.PathLike[str] | None = None,
    *,
    recipe: str | None = None,
    report: Report = _PRINTED,
) -> Generator[tuple[Path, np.ndarray | None, list[Line] | None], None, None]:
    """Recognise pictures, one after the other.

    Parameters
    ----------
    paths : sequence of paths
        Of picture files, or of folders whose pictures are meant, those in folders below included.
    run_dir : path
        A run directory or checkpoint; where none is given, runs.shipped.default_run.
    recipe : str, optional
        The name of one, for a checkpoint that another program wrote.
    report : Report
        Takes a sentence for each file that can't be read; its bar shows progress.

    Yields
    ------
    path : Path
    grey : ndarray or None
        The picture as uint8 [height, width]; None for a file that can't be read.
    lines : list or None
        What Recognizer.read finds in it; None likewise.

    Raises
    ------
    InputError
        If there is no network to restore, or no picture at all.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        files += _pictures_below(path, report) if path.is_dir() else [path]
    if not files:
        suffixes = ", ".join(picture_formats.SUFFIXES)
        raise InputError(f"there is no picture in {', '.join(map(str, paths))}; {suffixes} are looked for")
    bars = report.bars and len(files) > 1
    progress = Report(bars=bars).progress(total=len(files), unit="picture")
    with Recognizer(run_dir, report, recipe) as recognizer, progress as bar:
        for file in files:
            try:
                grey, several = images.read_first(file)
            except InputError as error:
                report.note(error)
                yield file, None, None
            else:
                if several:
                    report.note(f"{file} holds several pictures; the first is read")
                yield file, grey, recognizer.read(grey)
            bar.update()


def _pictures_below(folder: Path, report: Report) -> list[Path]:
    def hidden(path: Path) -> bool:
        return any(part.startswith(".") for part in path.relative_to(folder).parts)

    there = sorted(path for path in folder.rglob("*") if not hidden(path))
    if others := [path for path in there if picture_formats.is_other(path)]:
        kinds = picture_formats.kinds(others)
        report.note(
            f"{len(others):,} files in {folder} are no pictures and are passed over: {kinds}; the first is {others[0]}"
        )
    return [path for path in there if picture_formats.is_picture(path)]
