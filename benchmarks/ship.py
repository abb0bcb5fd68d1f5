"""Make a trained run one of the networks that ship with the package: python benchmarks/ship.py RUN [--check]

RUN is a finished run of the recipe page, page-norm or reader. Its best checkpoint's weights go into
lenet_tf1/runs/shipped, without Adam's slots, with its recipe, versions, machine and result; of the reader's, the
averages. With --check nothing is written: RUN, trained anew by the command in that folder's README on the machine that
its manifest names, has to have the same weights, bit for bit.
"""

import argparse
import contextlib
import dataclasses
import shutil
from pathlib import Path

import numpy as np

from lenet_tf1.base import console
from lenet_tf1.base.report import Report


def read_weights(checkpoint):
    """What a checkpoint's network runs with, by the names in the checkpoint, float32."""
    from lenet_tf1.graph.networks import READER
    from lenet_tf1.graph.training import AVERAGE
    from lenet_tf1.inference.frozen_reader import read_either

    end = AVERAGE if checkpoint.recipe.network == READER else ""
    return {name + end: values for name, values in read_either(checkpoint).items()}


def ship(checkpoint, run_dir, target):
    """Write the weights of a checkpoint as a run directory of its own."""
    import tensorflow.compat.v1 as tf

    from lenet_tf1.runs import checkpoints, directory

    weights = read_weights(checkpoint)
    about = checkpoint.manifest
    target.mkdir(exist_ok=True)
    with directory.exclusive(target), tf.Graph().as_default(), tf.Session() as session:
        directory.clear(target)
        for name, values in weights.items():
            tf.get_variable(name, initializer=values, use_resource=True)
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver()
        checkpoints.commit(
            target,
            recipe=dataclasses.replace(checkpoint.recipe, data_dir=None),
            step=checkpoint.step,
            progress=about.progress,
            provenance={"data": about.data, "versions": about.versions, "machine": about.machine},
            save=lambda prefix: saver.save(session, prefix, write_meta_graph=False, write_state=False),
        )
        shutil.copy(run_dir / "result.json", target / "result.json")
    (target / ".lock").unlink()


def chosen_together():
    """What the ensemble's Confidence has to be: chosen on validation."""
    from lenet_tf1.data.datasets import load
    from lenet_tf1.inference.confidence import Confidence, choose
    from lenet_tf1.reading.ensemble import ensemble_of
    from lenet_tf1.runs.shipped import SHIPPED

    split = load("mnist").validation
    with contextlib.closing(ensemble_of(SHIPPED)) as ensemble:
        ensemble.confidence = Confidence()  # as they are
        return choose(ensemble.of_many(split.images), split.labels)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--check", action="store_true", help="compare the weights, and write nothing")
    args = parser.parse_args()
    console.import_tensorflow()

    from lenet_tf1.reading.ensemble import TOGETHER
    from lenet_tf1.runs import checkpoints
    from lenet_tf1.runs.shipped import SHIPPED, SHIPPED_READER, SHIPPED_SECOND

    checkpoint = checkpoints.best(args.run, Report())
    name = checkpoint.recipe.name
    target = {place.name: place for place in (SHIPPED, SHIPPED_SECOND, SHIPPED_READER)}.get(name)
    if target is None:
        raise SystemExit(f"{args.run} is a run of {name}, and none of those that ship")
    if args.check:
        ours, theirs = (read_weights(one) for one in (checkpoint, checkpoints.best(target, Report())))
        different = [name for name in ours if not np.array_equal(ours[name], theirs[name])]
        raise SystemExit(f"other bits in {', '.join(different)}" if different else "the same bits")
    ship(checkpoint, args.run, target)
    print(f"{target} holds step {checkpoint.step:,} of {args.run}")
    if target != SHIPPED_READER:
        print(f"the ensemble on validation: {chosen_together()}, in lenet_tf1/reading/ensemble.py {TOGETHER}")


if __name__ == "__main__":
    main()
