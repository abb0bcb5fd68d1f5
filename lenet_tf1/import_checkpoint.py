"""Make a run of a checkpoint that another program wrote."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lenet_tf1.base import console, system
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.convert.importing import import_checkpoint
from lenet_tf1.data import DATA_DIR_HELP

if TYPE_CHECKING:
    from lenet_tf1.runs.foreign import Imported

__all__ = ["import_checkpoint", "main"]
_MOST_LEFT = 20  # names that are listed


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
    parser = console.Parser("import_checkpoint", __doc__)
    add = parser.add_argument
    add("file", metavar="FILE", help="PREFIX, folder, .h5, .weights.h5 or .keras")
    add("--recipe", required=True, metavar="NAME", help="whose network it is of, such as lenet")
    add("--run-dir", metavar="RUN", help="where the run goes")
    add(
        "--map",
        action="append",
        default=[],
        metavar="PATTERN=NAME",
        help=r"a regular expression for names in the file, and ours: 'layer(\d)/kernel=conv\1/w'",
    )
    add("--no-averages", action="store_true", help="the variables, where their moving averages are there too")
    add("--dataset", metavar="PLACE", help="what it tells apart, in place of the recipe's data set")
    add("--data-dir", metavar="FOLDER", help=DATA_DIR_HELP)
    add("--dry-run", action="store_true", help="list what goes where and what is left over; write nothing")
    args = parser.parse_args(argv)
    if args.run_dir is None and not args.dry_run:
        raise InputError("say --run-dir, where the run goes, or --dry-run")
    console.import_tensorflow(args.verbose)
    from lenet_tf1.runs.matching import Rules, parse_renames

    imported = import_checkpoint(
        args.file,
        args.recipe,
        None if args.dry_run else args.run_dir,
        rules=Rules(parse_renames(args.map), averages=not args.no_averages),
        dataset=args.dataset,
        data_dir=args.data_dir,
    )
    report = Report()
    for line in _lines(imported):
        report.line(line)
    if not args.dry_run:
        report.line(f"\nNext:\n  python -m lenet_tf1.evaluate {system.quoted(args.run_dir)}")


def _lines(imported: "Imported") -> list[str]:
    matched = imported.match
    width = max(map(len, matched.taken.values()))
    lines = [f"Found by {matched.how}:"]
    lines += [
        f"  {theirs:{width}} -> {ours} {list(imported.weights[ours].shape)}" for ours, theirs in matched.taken.items()
    ]
    if matched.left:
        more = f", and {len(matched.left) - _MOST_LEFT} more" if len(matched.left) > _MOST_LEFT else ""
        lines.append(f"Left over: {', '.join(matched.left[:_MOST_LEFT])}{more}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
