"""Restore checkpoints and evaluate them: accuracy, loss, confusion."""

import dataclasses
import json
import sys
from collections.abc import Sequence

from lenet_tf1.base import console
from lenet_tf1.base.report import Report
from lenet_tf1.data import DATA_DIR_HELP, SPLITS
from lenet_tf1.inference.evaluation import evaluate, evaluate_and_reject
from lenet_tf1.inference.tables import accuracy_line, confusion_table, rejection_table

__all__ = ["accuracy_line", "confusion_table", "evaluate", "evaluate_and_reject", "main"]


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
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
    options = vars(parser.parse_args(argv))
    verbose, as_json, with_rejection, paths = (options.pop(name) for name in ("verbose", "json", "reject", "paths"))
    console.import_tensorflow(verbose)
    report = Report()
    if with_rejection:
        m, recipe, rejection = evaluate_and_reject(paths, **options, report=report)
    else:
        (m, recipe), rejection = evaluate(paths, **options, report=report), None
    if as_json:
        result = {"dataset": recipe.dataset, "split": options["split"], "correct": m.correct, "total": m.total}
        result |= {"accuracy": m.accuracy, "loss": m.loss, "confusion": m.confusion.tolist()}
        if rejection:
            result |= dataclasses.asdict(rejection.confidence) | {"rejected": rejection.rejected}
            result |= {"accuracy_of_others": rejection.accuracy, "calibration_error": rejection.calibration.error}
        report.line(json.dumps(result))
        return
    if len(paths) > 1:
        report.line(f"{len(paths)} networks together, by the mean of their probabilities:")
    report.line(accuracy_line(m, options["split"]))
    report.line(f"Loss: {m.loss:.4f}\n")
    report.line(confusion_table(m, recipe.classes))
    if rejection:
        report.line(f"\n{rejection_table(rejection, options['split'])}")


if __name__ == "__main__":
    sys.exit(main())
