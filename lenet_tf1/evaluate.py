"""Restore a checkpoint, or several, and measure on a split: accuracy in all and for each class, loss, confusion."""

import dataclasses
import json
import math
import os
import sys

import numpy as np

from lenet_tf1 import console
from lenet_tf1.data.datasets import SPLITS, load
from lenet_tf1.errors import InputError
from lenet_tf1.measure import measure, measure_together, probabilities
from lenet_tf1.recipes import find_recipe

TITLES = {"train": "Training-Set", "validation": "Validation-Set", "test": "Test-Set"}  # document 003's words


def evaluate(
    path="checkpoints/lenet",
    *,
    recipe=None,
    dataset=None,
    data_dir=None,
    split="test",
    batch_size=256,
    report=lambda sentence: None,
):
    """Restore what is at `path` and measure it on a split of its recipe's data set.

    Parameters: `path` a run directory (its best checkpoint by validation) or a checkpoint, or several of
    them, which then classify together, by the mean of their probabilities; `recipe` the name of one, for
    a checkpoint that another program wrote; `dataset` a name or a folder in place of the recipe's, and
    `data_dir` where copies of named ones may be; `split` one of SPLITS; `report` is told of damaged
    checkpoints that were passed over, of unreadable pictures, and of downloads.

    Returns (Measurement, Recipe), the recipe of the first of several. Raises InputError if there is
    nothing to restore or it doesn't fit.
    """
    if batch_size < 1:
        raise InputError(f"batch size must be 1 or more, not {batch_size}")
    if split not in SPLITS:
        raise InputError(f"there is no split named {split}; there are {', '.join(SPLITS)}")
    recipe = None if recipe is None else find_recipe(recipe)

    from lenet_tf1 import checkpoints
    from lenet_tf1.restored import Restored

    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    if not paths:
        raise InputError("there is nothing to evaluate")
    members = [checkpoints.find(path, recipe, report) for path in paths]
    instead = {name: value for name, value in [("dataset", dataset), ("data_dir", data_dir)] if value is not None}
    recipe = dataclasses.replace(members[0].recipe, **instead)
    for path, member in zip(paths, members, strict=True):
        if member.recipe.classes != recipe.classes:
            raise InputError(f"{path} tells other classes apart than {paths[0]}")
        if dataset is None and member.recipe.dataset != recipe.dataset:
            raise InputError(f"{path} was not trained on {recipe.dataset}, as {paths[0]} was; say --dataset")
    where = {"classes": recipe.classes, "data_dir": recipe.data_dir}
    data = getattr(load(recipe.dataset, **where, wanted=[split], report=report), split).labelled
    if len(members) == 1:
        with Restored(members[0]) as network:
            measurement = measure(network.session, network.model, data, batch_size=batch_size)
    else:
        several = []
        for member in members:
            with Restored(member) as network:
                several.append(probabilities(network.session, network.model, data, batch_size=batch_size))
        measurement = measure_together(several, data.labels)
    if not math.isfinite(measurement.loss):
        raise InputError(f"{' or '.join(map(str, paths))} holds weights that make nothing finite of the {split} images")
    return measurement, recipe


def accuracy_line(measurement, split):
    """Document 003's line: Accuracy on Test-Set: 99.2% (9921/10000)."""
    m = measurement
    return f"Accuracy on {TITLES[split]}: {m.accuracy:.1%} ({m.correct}/{m.total})"


def confusion_table(measurement, classes):
    """The confusion as lines of text of at most 80 columns where that can be, each class with its own accuracy.

    Where names are too long for columns they stand in the rows alone, with numbers; where the classes are
    too many, each has those beside it that it was most often taken for.
    """
    numbers = [str(i) for i in range(len(classes))]
    numbered = [f"{number} {name}" for number, name in zip(numbers, classes, strict=True)]
    for heads, labels in ((classes, classes), (numbers, numbered)):
        cell = 1 + max(map(len, [*heads, str(measurement.confusion.max())]))
        if max(map(len, labels)) + cell * len(classes) + 10 <= _WIDTH:
            return _matrix(measurement.confusion, heads, labels, cell)
    return _mistakes(measurement.confusion, classes)


_WIDTH = 80  # columns of a terminal


def _matrix(confusion, heads, labels, cell):
    label = max(map(len, labels))
    lines = ["Rows are the true classes, columns the predictions:\n"]
    lines.append(" " * label + "".join(f"{head:>{cell}}" for head in heads) + "   correct")
    for name, row, share in zip(labels, confusion, _shares(confusion), strict=True):
        lines.append(f"{name:<{label}}" + "".join(f"{count:>{cell}}" for count in row) + share)
    return "\n".join(lines)


def _mistakes(confusion, classes):
    label = max(map(len, classes))
    lines = [" " * label + "   correct  taken for"]
    for i, (row, share) in enumerate(zip(confusion, _shares(confusion), strict=True)):
        others = sorted((j for j in np.flatnonzero(row) if j != i), key=lambda j: -row[j])[:5]
        taken = ", ".join(f"{classes[j]} ({row[j]})" for j in others)
        lines.append(f"{classes[i]:<{label}}{share}  {taken}".rstrip())
    return "\n".join(lines)


def _shares(confusion):
    totals = confusion.sum(axis=1)
    return [f"{hits / n:10.2%}" if n else f"{'-':>10}" for hits, n in zip(confusion.diagonal(), totals, strict=True)]


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
    parser.add_argument("--data-dir", metavar="FOLDER", help="where FOLDER/NAME may be a copy of a named data set")
    parser.add_argument("--split", choices=SPLITS, default="test", help="what to measure on (test)")
    parser.add_argument("--batch-size", type=int, default=256, metavar="N", help="images at once (256)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    args = parser.parse_args(argv)
    console.import_tensorflow(args.verbose)
    m, recipe = evaluate(
        args.paths,
        recipe=args.recipe,
        dataset=args.dataset,
        data_dir=args.data_dir,
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
    print(f"Loss: {m.loss:.4f}\n")
    print(confusion_table(m, recipe.classes))


if __name__ == "__main__":
    sys.exit(main())
