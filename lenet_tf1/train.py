"""Train a recipe into a run directory, or continue the run there."""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from lenet_tf1.base import console, files
from lenet_tf1.base.report import Report
from lenet_tf1.data import DATA_DIR_HELP
from lenet_tf1.recipes import PRECISIONS, RECIPES, Recipe, find_recipe
from lenet_tf1.training import places, plan
from lenet_tf1.training.meeting import Meeting
from lenet_tf1.training.run import SUMMARIES, follow, train

__all__ = ["main", "train"]

_SETTINGS = {  # fields of a Recipe that the command line can set: type, and what --help says
    "dataset": (str, "a name, a file or a folder: docs/formats.md has the formats"),
    "data_dir": (str, DATA_DIR_HELP),
    "epochs": (int, "how often every training image is seen"),
    "steps": (int, "how many updates, instead of epochs"),
    "batch_size": (int, "images an update"),
    "learning_rate": (float, "Adam's, at its highest"),
    "keep_prob": (float, "dropout keeps an activation with this probability"),
    "seed": (int, "of initial weights, order of images, dropout, distortion"),
    "patience": (int, "stop after so many epochs without a better validation accuracy"),
    "target_accuracy": (float, "stop above it, on training and validation both"),
    "training_target": (float, "stop at it, on training alone"),
}
_METAVARS = {str: "PLACE", int: "N", float: "F"}


class _Scopes(argparse.Action):
    # Collects what is said several times into a tuple, as a Recipe has it.
    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, (*getattr(namespace, self.dest, ()), values))


def _parser() -> argparse.ArgumentParser:
    parser = console.Parser("train", __doc__)
    add = parser.add_argument
    add("--recipe", metavar="NAME", help=f"one of: {', '.join(RECIPES)} (lenet)")
    add("--run-dir", metavar="FOLDER", help="where everything goes (checkpoints/NAME)")
    add("--from", metavar="PLACE", help="begin with the weights of this run or checkpoint")
    add(
        "--freeze",
        metavar="SCOPE",
        dest="frozen",
        action=_Scopes,
        default=argparse.SUPPRESS,
        help="and leave those of this scope, such as conv2, as they are; perhaps several times",
    )
    add("--restart", action="store_true", help="remove the run that is there and begin again")
    add("--as-written", action="store_true", help="with the document's own mistakes, to see what they do")
    add("--recipes", action="store_true", help="list the recipes with the documents' numbers and ours")
    add("--summary", action="store_true", help="print the network's layers and train nothing")
    add("--summaries", choices=SUMMARIES, default="basic", help="for TensorBoard (basic)")
    group = parser.add_argument_group("settings", "in place of the recipe's own")
    for name, (kind, text) in _SETTINGS.items():
        option = f"--{name.replace('_', '-')}"
        group.add_argument(option, type=kind, metavar=_METAVARS[kind], default=argparse.SUPPRESS, help=text)
    group.add_argument("--precision", choices=PRECISIONS, default=argparse.SUPPRESS, help="auto is the fastest here")
    places.add_options(parser)
    return parser


def destination(argv: Sequence[str]) -> Path:
    """The run directory of the training that these arguments ask for. Raises InputError if they don't do."""
    return _requested(vars(_parser().parse_args(argv)))[2]


def _requested(args: dict[str, Any]) -> tuple[Recipe, dict[str, Any], Path, str | None]:
    # The recipe, its settings that were asked for, the run directory, and what is wrong with the recipe on purpose.
    settings = {field.name: args[field.name] for field in dataclasses.fields(Recipe) if field.name in args}
    requested, mistakes = plan.requested_recipe(args["recipe"], settings, with_mistakes=args["as_written"])
    run_dir = f"checkpoints/{requested.name}" if args["run_dir"] is None else args["run_dir"]
    files.check_name(run_dir)
    return requested, settings, Path(run_dir), mistakes


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
    args = vars(_parser().parse_args(argv))
    requested, settings, run_dir, mistakes = _requested(args)
    console.import_tensorflow(args["verbose"])

    from lenet_tf1 import catalogue
    from lenet_tf1.runs import checkpoints
    from lenet_tf1.training.origin import read_origin

    report = Report(bars=sys.stdout.isatty() and sys.stderr.isatty())
    if args["recipes"]:
        report.line(catalogue.table())
        return
    place, wait = (None, 0.0) if args["summary"] else places.asked(args)
    if place and place.rank:
        with Meeting(place, wait=wait) as meeting:
            follow(meeting)
    named, origin = args["recipe"] is not None or args["as_written"], None
    if args["from"] is not None:
        origin = read_origin(args["from"], find_recipe(args["recipe"]) if args["recipe"] else None, report)
        settings["origin"] = origin.digest
        requested = plan.change(requested, settings) if named else plan.begun_from(origin.recipe, settings)
    existing = checkpoints.existing_recipe(run_dir, lenient=args["restart"])
    recipe = plan.recipe_beside(existing, requested, settings, named=named, restart=args["restart"], run_dir=run_dir)
    plan.refuse_frozen_initial_weights(recipe)
    if args["summary"]:
        report.line(catalogue.summary(recipe))
        return
    if mistakes:
        report.line(f"As the document has it: {mistakes}.")
    options = {"restart": args["restart"], "origin": origin, "summaries": args["summaries"], "report": report}
    with Meeting(place, wait=wait) if place else nullcontext() as meeting:
        train(recipe, run_dir, meeting=meeting, **options)


if __name__ == "__main__":
    sys.exit(main())
