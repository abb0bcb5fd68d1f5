"""Restore a checkpoint, or several, and measure on a split: accuracy in all and for each class, loss, confusion."""

import dataclasses
import json
import math
import os
import sys

from lenet_tf1 import console
from lenet_tf1.data.datasets import SPLITS, load
from lenet_tf1.errors import InputError
from lenet_tf1.measure import measure, measure_together, probabilities
from lenet_tf1.recipes import find_recipe

TITLES = {"train": "Training-Set", "validation": "Validation-Set", "test": "Test-Set"}  # document 003's words


def evaluate(
    path="checkpoints/lenet", *, recipe=None, dataset=None, split="test", batch_size=256, report=lambda sentence: None
):
    """Restore what is at `path` and measure it on a split of its recipe's data set.

    Parameters: `path` a run directory (its best checkpoint by validation) or a checkpoint, or several of
    them, which then classify together, by the mean of their probabilities; `recipe` the name of one, for
    a checkpoint that another program wrote; `dataset` a name or a folder in place of the recipe's;
    `split` one of SPLITS; `report` is told of damaged checkpoints that were passed over.

    Returns (Measurement, Recipe), the recipe of the first of several. Raises InputError if there is
    nothing to restore or it doesn't fit.
    """
    if batch_size < 1:
        raise InputError(f"batch size must be 1 or more, not {batch_size}")
    if split not in SPLITS:
        raise InputError(f"there is no split named {split}; there are {', '.join(SPLITS)}")
    recipe = None if recipe is None else find_recipe(recipe)

    from lenet_tf1 import checkpoints

    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    if not paths:
        raise InputError("there is nothing to evaluate")
    members = [checkpoints.find(path, recipe, report) for path in paths]
    recipe = members[0].recipe if dataset is None else dataclasses.replace(members[0].recipe, dataset=dataset)
    for path, member in zip(paths, members, strict=True):
        if member.recipe.classes != recipe.classes:
            raise InputError(f"{path} tells other classes apart than {paths[0]}")
        if dataset is None and member.recipe.dataset != recipe.dataset:
            raise InputError(f"{path} was not trained on {recipe.dataset}, as {paths[0]} was; say --dataset")
    data = getattr(load(recipe.dataset, classes=len(recipe.classes)), split)
    if len(members) == 1:
        measurement = _restore_and(measure, members[0], data, batch_size)
    else:
        several = [_restore_and(probabilities, member, data, batch_size) for member in members]
        measurement = measure_together(several, data.labels)
    if not math.isfinite(measurement.loss):
        raise InputError(f"{' or '.join(map(str, paths))} holds weights that make nothing finite of the {split} images")
    return measurement, recipe


def _restore_and(do, checkpoint, split, batch_size):
    import tensorflow.compat.v1 as tf

    from lenet_tf1.graph.model import build_model
    from lenet_tf1.machine import choose_precision, open_session

    recipe = checkpoint.recipe
    # A network that was trained in bf16 is measured in fp32 where there is none.
    precision = "fp32" if recipe.precision == "fp32" else choose_precision("auto")
    with tf.Graph().as_default() as graph, open_session(graph, precision) as session:
        model = build_model(recipe.network, classes=len(recipe.classes))
        checkpoint.restore(session, tf.trainable_variables())
        return do(session, model, split, batch_size=batch_size)


def accuracy_line(measurement, split):
    """Document 003's line: Accuracy on Test-Set: 99.2% (9921/10000)."""
    m = measurement
    return f"Accuracy on {TITLES[split]}: {m.accuracy:.1%} ({m.correct}/{m.total})"


def confusion_table(measurement, classes):
    """The confusion as lines of text, each class with its own accuracy at the end."""
    confusion = measurement.confusion
    label = max(map(len, classes))
    cell = 1 + max(label, len(str(confusion.max())))
    lines = [" " * label + "".join(f"{name:>{cell}}" for name in classes) + "   correct"]
    for name, row, hits in zip(classes, confusion, confusion.diagonal(), strict=True):
        share = f"{hits / row.sum():9.2%}" if row.sum() else "        -"
        lines.append(f"{name:>{label}}" + "".join(f"{count:>{cell}}" for count in row) + f" {share}")
    return "\n".join(lines)


@console.command
def main(argv=None):
    """The command: see --help."""
    parser = console.Parser("evaluate", __doc__)
    parser.add_argument(
        "paths",
        metavar="path",
        nargs="*",
        default=["checkpoints/lenet"],
        help="run directory or checkpoint prefix (checkpoints/lenet); several classify together",
    )
    parser.add_argument("--recipe", help="what a checkpoint of another program is of, such as lenet")
    parser.add_argument("--dataset", metavar="NAME_OR_FOLDER", help="in place of what it was trained on")
    parser.add_argument("--split", choices=SPLITS, default="test", help="what to measure on (test)")
    parser.add_argument("--batch-size", type=int, default=256, metavar="N", help="images at once (256)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    args = parser.parse_args(argv)
    console.import_tensorflow(args.verbose)
    m, recipe = evaluate(
        args.paths,
        recipe=args.recipe,
        dataset=args.dataset,
        split=args.split,
        batch_size=args.batch_size,
        report=console.note,
    )
    if args.json:
        result = {"dataset": recipe.dataset, "split": args.split, "correct": m.correct, "total": m.total}
        result |= {"accuracy": m.accuracy, "loss": m.loss, "confusion": m.confusion.tolist()}
        print(json.dumps(result))
        return
    if len(args.paths) > 1:
        print(f"{len(args.paths)} networks together, by the mean of their probabilities:")
    print(accuracy_line(m, args.split))
    print(f"Loss: {m.loss:.4f}\n\nRows are the true classes, columns the predictions:\n")
    print(confusion_table(m, recipe.classes))


if __name__ == "__main__":
    sys.exit(main())
