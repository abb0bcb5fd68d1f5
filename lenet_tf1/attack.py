"""Fool a network with noise, and tell its accuracy by the strength."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from lenet_tf1.base import console
from lenet_tf1.base.report import Report, visible
from lenet_tf1.data import DATA_DIR_HELP, SPLITS
from lenet_tf1.inference.robustness import EPSILONS, attack
from lenet_tf1.inference.tables import robustness_table

__all__ = ["attack", "main"]


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
    parser = console.Parser("attack", __doc__)
    add = parser.add_argument
    place = "run directory or checkpoint prefix (checkpoints/lenet)"
    add("path", metavar="RUN_DIR", nargs="?", default="checkpoints/lenet", help=place)
    add("--recipe", help="what a checkpoint of another program is of, such as lenet")
    add("--dataset", metavar="NAME_OR_FOLDER", help="in place of what it was trained on")
    add("--data-dir", metavar="FOLDER", help=DATA_DIR_HELP)
    add("--split", choices=SPLITS, default="test", help="what to attack (test)")
    add("--images", type=int, default=1000, metavar="N", help="how many of it, the first ones (1000)")
    default = " ".join(map(str, EPSILONS))
    what = f"the most that a pixel changes, in 0..1, several times ({default})"
    add("--epsilons", type=float, nargs="+", default=EPSILONS, metavar="E", help=what)
    add("--steps", type=int, default=20, metavar="N", help="of projected gradient descent (20)")
    add("--restarts", type=int, default=1, metavar="N", help="from so many random starts (1)")
    add("--seed", type=int, default=0, metavar="N", help="of these (0)")
    add("--target", metavar="CLASS", help="learn one noise, too, that makes this class of any image")
    add("--out", metavar="FILE", help="draw it into a .png, .svg or .pdf")
    add("--json", action="store_true", help="print one JSON object and nothing else")
    options = vars(parser.parse_args(argv))
    verbose, as_json, out = (options.pop(name) for name in ("verbose", "json", "out"))
    console.import_tensorflow(verbose)
    if out is not None:
        from lenet_tf1.figures import reasons, style

        style.check_name(Path(out))
    found = attack(**options, report=Report(bars=sys.stderr.isatty()))
    report = Report()
    report.line(json.dumps(found.to_json()) if as_json else robustness_table(found))
    if out is not None:
        style.save(reasons.fooling(found), Path(out))
        if not as_json:
            report.line(f"\nSaved to {visible(out)}")


if __name__ == "__main__":
    sys.exit(main())
