"""The weights that a training begins from: another run's, or another program's."""

import os
from typing import NamedTuple

import numpy as np

from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.inference.frozen import read_from
from lenet_tf1.inference.frozen_reader import read_either
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.checkpoints import Checkpoint, ForeignCheckpoint
from lenet_tf1.runs.finding import is_own


class Origin(NamedTuple):
    """Weights, and where they are from.

    Attributes
    ----------
    digest : str
        SHA-256 of the file or files that hold them, in hexadecimal.
    recipe : Recipe
        What they were trained with; of another program's the one that was told.
    weights : dict of str -> float32 array
        By the variables' names; of the page reader's, the averages.
    """

    digest: str
    recipe: Recipe
    weights: dict[str, np.ndarray]


def read_origin(path: str | os.PathLike[str], recipe: Recipe | None, report: Report = QUIET) -> Origin:
    """The weights of a run directory (the best by validation) or a checkpoint.

    Parameters
    ----------
    path : path
    recipe : Recipe or None
        What another program's checkpoint is of.
    report : Report
        Is told of damaged checkpoints that were passed over.

    Raises
    ------
    InputError
        If there is nothing to read.
    """

    def read(checkpoint: Checkpoint | ForeignCheckpoint) -> Origin:
        return Origin(checkpoint.digest, checkpoint.recipe, read_either(checkpoint))

    return read_from(read, path, None if is_own(path) else recipe, report)
