"""The networks that come with the package, so that the first picture is read before anything is trained.

They are run directories like any other, with the weights alone: their manifests have the recipe, the versions and the
machine they were trained with, the README beside them the commands that make the same bits again.
"""

import os
from pathlib import Path

from lenet_tf1.runs import directory

FOLDER = Path(__file__).parent / "shipped"
SHIPPED = FOLDER / "page"  # tells single digits,
SHIPPED_SECOND = FOLDER / "page-norm"  # in an ensemble with this one
SHIPPED_READER = FOLDER / "reader"  # finds them on pages
PAGE_RUN = Path("checkpoints/page")


def default_run() -> Path:
    """The run directory that pictures are read with where none is named: one's own of the recipe page, or SHIPPED."""
    return PAGE_RUN if directory.checkpoint_folders(PAGE_RUN) else SHIPPED


def ships(run: str | os.PathLike[str]) -> bool:
    """Whether that is the run directory SHIPPED, however it is spelled."""
    return Path(run).resolve() == SHIPPED.resolve()
