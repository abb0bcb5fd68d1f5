"""The network that comes with the package, so that the first picture is read before anything is trained.

It is a run directory like any other, with the weights alone: its manifest has the recipe, the versions and the machine
it was trained with, its README the command that makes the same bits again.
"""

from pathlib import Path

from lenet_tf1.runs import directory

SHIPPED = Path(__file__).parent / "shipped"
READER = SHIPPED / "reader.npz"  # the weights of the page reader's network
PAGE_RUN = Path("checkpoints/page")


def default_run() -> Path:
    """The run directory that pictures are read with where none is named: one's own of the recipe page, or SHIPPED."""
    return PAGE_RUN if directory.checkpoint_folders(PAGE_RUN) else SHIPPED
