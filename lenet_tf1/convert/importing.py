"""A checkpoint of another program made a run directory, which evaluates, predicts, plots and trains on."""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lenet_tf1.base.errors import InputError
from lenet_tf1.recipes import Recipe, find_recipe

if TYPE_CHECKING:  # numpy and TensorFlow are imported late, so that --help is quick
    import numpy as np

    from lenet_tf1.runs.foreign import Imported
    from lenet_tf1.runs.matching import Rules


def import_checkpoint(
    file: str | os.PathLike[str],
    recipe: str,
    run_dir: str | os.PathLike[str] | None,
    *,
    rules: "Rules | None" = None,
    dataset: str | None = None,
    data_dir: str | None = None,
) -> "Imported":
    """Read another program's weights, and commit them as a run's first checkpoint.

    Adam's slots and the step begin anew. The run computes in fp32, as the other program did. Which images it is
    trained on is noted when its training goes on.

    Parameters
    ----------
    file : path
        A checkpoint of TensorFlow's, a folder that holds one, or a .h5, .weights.h5 or .keras.
    recipe : str
        The name of the one whose network the weights are of.
    run_dir : path or None
        Where the run goes, which must not be there yet; None writes nothing.
    rules : matching.Rules, optional
        Of the names in the file.
    dataset, data_dir : str, optional
        In place of the recipe's, with classes of its own.

    Returns
    -------
    Imported
        The weights, and where each was found.

    Raises
    ------
    InputError
        If the file can't be read, if it doesn't fit, or if the run directory can't be written.
    """
    from lenet_tf1.base import files
    from lenet_tf1.data.datasets import class_names, lasting
    from lenet_tf1.graph.model import variable_shapes
    from lenet_tf1.runs import finding
    from lenet_tf1.runs.checkpoints import ForeignCheckpoint
    from lenet_tf1.runs.matching import NO_RULES

    files.check_name(file)
    used = find_recipe(recipe)
    place = used.dataset if dataset is None else dataset
    used = dataclasses.replace(used, classes=class_names(place, data_dir), precision="fp32")
    used = dataclasses.replace(used, dataset=lasting(place) or place, data_dir=lasting(data_dir))
    checkpoint = ForeignCheckpoint(finding.foreign_prefix(Path(file)), used, rules or NO_RULES)
    imported = checkpoint.take(variable_shapes(used.network, len(used.classes)))
    if run_dir is not None:
        _commit(Path(run_dir), dataclasses.replace(used, origin=checkpoint.digest), imported.weights)
    return imported


def _commit(run_dir: Path, recipe: Recipe, weights: "Mapping[str, np.ndarray]") -> None:
    import tensorflow.compat.v1 as tf

    from lenet_tf1.base import machine
    from lenet_tf1.graph.model import build_model
    from lenet_tf1.graph.training import add_training
    from lenet_tf1.runs import checkpoints, directory
    from lenet_tf1.runs.manifest import Progress

    with directory.exclusive(run_dir):
        if directory.checkpoint_folders(run_dir):
            raise InputError(f"{run_dir} holds a run already: choose another --run-dir")
        with tf.Graph().as_default() as graph:
            model = build_model(recipe.network, classes=len(recipe.classes), seed=recipe.seed)
            add_training(model.loss, lambda step: tf.constant(recipe.learning_rate))
            saver, variables = tf.train.Saver(), tf.global_variables()
            given = {v.initial_value: weights[v.op.name] for v in variables if v.op.name in weights}
            with machine.open_session(graph, "fp32") as session:
                session.run(tf.global_variables_initializer(), given)
                checkpoints.commit(
                    run_dir,
                    recipe=recipe,
                    step=0,
                    progress=Progress(),
                    provenance=machine.provenance(),
                    save=lambda prefix: saver.save(session, prefix, write_meta_graph=False, write_state=False),
                )
        directory.write_json(run_dir / "recipe.json", recipe.to_json())
