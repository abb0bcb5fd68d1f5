"""Restore checkpoints and evaluate them: accuracy, loss, confusion."""

import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lenet_tf1.base import console
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.data import DATA_DIR_HELP, SPLITS
from lenet_tf1.inference.evaluation import evaluate, evaluate_and_reject
from lenet_tf1.inference.tables import accuracy_line, confusion_table, rejection_table
from lenet_tf1.recipes import Recipe
from lenet_tf1.training import evaluating, places
from lenet_tf1.training.meeting import Meeting

if TYPE_CHECKING:  # numpy is imported late, so that --help is quick
    from lenet_tf1.inference.confidence import Rejection
    from lenet_tf1.inference.metrics import Metrics

__all__ = ["accuracy_line", "confusion_table", "evaluate", "evaluate_and_reject", "main"]


def options_of(argv: Sequence[str] | None) -> dict[str, Any]:
    """The command's options by name. Raises InputError if they don't do."""
    parser = console.Parser("evaluate", __doc__)
    add = parser.add_argument
    add(
        "paths",
        metavar="path",
        nargs="*",
        default=["checkpoints/lenet"],
        help="run directory or checkpoint prefix (checkpoints/lenet); several classify together",
    )
    add("--recipe", help="what a checkpoint of another program is of, such as lenet")
    add("--dataset", metavar="NAME_OR_FOLDER", help="in place of what it was trained on")
    add("--data-dir", metavar="FOLDER", help=DATA_DIR_HELP)
    add("--split", choices=SPLITS, default="test", help="what to measure on (test)")
    add("--batch-size", type=int, default=256, metavar="N", help="images at once (256)")
    add("--reject", action="store_true", help="tell what leaving out the least sure answers gains, too")
    add("--json", action="store_true", help="print one JSON object and nothing else")
    places.add_options(parser)
    return vars(parser.parse_args(argv))


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
    options = options_of(argv)
    verbose, as_json, with_rejection, paths = (options.pop(name) for name in ("verbose", "json", "reject", "paths"))
    console.import_tensorflow(verbose)
    report, (place, wait) = Report(), places.asked(options)
    if place:
        if with_rejection:
            raise InputError("--reject looks at all answers together: leave it to one process")
        with Meeting(place, wait=wait) as meeting:
            if place.rank:
                evaluating.follow(meeting)
            (m, recipe), rejection = evaluating.evaluate(meeting, paths, **options, report=report), None
    elif with_rejection:
        m, recipe, rejection = evaluate_and_reject(paths, **options, report=report)
    else:
        (m, recipe), rejection = evaluate(paths, **options, report=report), None
    if as_json:
        report.line(_as_json(m, recipe, options["split"], rejection))
        return
    if len(paths) > 1:
        report.line(f"{len(paths)} networks together, by the mean of their probabilities:")
    report.line(accuracy_line(m, options["split"]))
    report.line(f"Loss: {m.loss:.4f}\n")
    report.line(confusion_table(m, recipe.classes))
    if rejection:
        report.line(f"\n{rejection_table(rejection, options['split'])}")


def _as_json(m: "Metrics", recipe: Recipe, split: str, rejection: "Rejection | None") -> str:
    result = {"dataset": recipe.dataset, "split": split, "correct": m.correct, "total": m.total}
    result |= {"accuracy": m.accuracy, "loss": m.loss, "confusion": m.confusion.tolist()}
    if rejection:
        result |= dataclasses.asdict(rejection.confidence) | {"rejected": rejection.rejected}
        result |= {"accuracy_of_others": rejection.accuracy, "calibration_error": rejection.calibration.error}
    return json.dumps(result)


if __name__ == "__main__":
    sys.exit(main())
