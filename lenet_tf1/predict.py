"""Recognise the digits in pictures: one digit, a number, several lines."""

import contextlib
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet_tf1.base import console
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report, visible

if TYPE_CHECKING:
    from PIL import Image

    from lenet_tf1.reading.results import Line


@console.command
def main(argv: Sequence[str] | None = None) -> int:
    """The command: see --help."""
    parser = console.Parser("predict", __doc__)
    parser.add_argument("pictures", nargs="+", metavar="IMAGE", help="a picture, or a folder of pictures")
    parser.add_argument("--run-dir", metavar="FOLDER", help="(checkpoints/page, or else the networks that ship)")
    parser.add_argument("--recipe", metavar="NAME", help="what a checkpoint of another program is of, such as lenet")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON array and nothing else")
    form.add_argument("--csv", action="store_true", help="print a row a digit and nothing else")
    form.add_argument("--submission", metavar="OUT.csv", help="of Kaggle's test.csv: write ImageId,Label")
    parser.add_argument("--show", metavar="OUT.png", help="draw the one picture with boxes and labels")
    args = parser.parse_args(argv)
    if args.show is not None:
        _check_show(args.show, [Path(picture) for picture in args.pictures])
    console.import_tensorflow(args.verbose)
    if args.submission is not None:
        _submit(args.pictures, args.run_dir, args.recipe, Path(args.submission))
        return 0

    from lenet_tf1.reading.overlay import draw_boxes
    from lenet_tf1.reading.pictures import predict
    from lenet_tf1.reading.results import COLUMNS, as_json, as_rows, texts

    failed, results = False, []
    table = csv.writer(sys.stdout, lineterminator="\n")
    if args.csv:
        table.writerow(("path", *COLUMNS))
    report = Report(bars=sys.stderr.isatty())
    with contextlib.closing(predict(args.pictures, args.run_dir, recipe=args.recipe, report=report)) as found:
        for path, grey, lines in found:
            if grey is None or lines is None:
                failed = True
                continue
            if args.json:
                results.append({"path": str(path)} | as_json(lines))
            elif args.csv:
                table.writerows((path, *row) for row in as_rows(lines))
            else:
                report.line(f"{visible(str(path))}: {' '.join(texts(lines)) or 'nothing found'}{_remarks(lines)}")
            if args.show is not None:
                _save(draw_boxes(grey, lines), args.show)
    if args.json:
        report.line(json.dumps(results))
    return 1 if failed else 0


def _submit(tables: list[str], run_dir: str | None, recipe: str | None, out: Path) -> None:
    from lenet_tf1.base import files
    from lenet_tf1.data.tables import submission
    from lenet_tf1.reading.tables import recognise_table

    if len(tables) > 1:
        raise InputError("--submission answers one table; give one, such as test.csv")
    if out.exists() and Path(tables[0]).exists() and out.samefile(tables[0]):
        raise InputError(f"{out} is the table itself, which --submission would overwrite; give another name")
    report = Report()
    labels = recognise_table(tables[0], run_dir, recipe=recipe, report=report)
    files.write(out, submission(labels))
    report.line(f"Wrote {len(labels):,} labels to {out}")


def _remarks(lines: "list[Line]") -> str:
    from lenet_tf1.reading.results import digits, turned

    unsure = [f"{d.label} {d.probability:.0%}" for d in digits(lines) if d.doubted]
    remarks = [f"turned by {turned(lines)} degrees"] if turned(lines) else []
    remarks += [f"unsure of {', '.join(unsure)}"] if unsure else []
    return f" ({'; '.join(remarks)})" if remarks else ""


def _check_show(out: str, pictures: list[Path]) -> None:
    if len(pictures) > 1 or pictures[0].is_dir():
        raise InputError("--show draws one picture; give one")
    if Path(out).suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"{out!r} is no name for a picture; end it in .png")
    if Path(out).exists() and pictures[0].exists() and Path(out).samefile(pictures[0]):
        raise InputError(f"{out} is the picture itself, which --show would overwrite; give another name")


def _save(image: "Image.Image", path: str) -> None:
    try:
        image.save(path)
    except (OSError, ValueError, OverflowError) as error:  # no disk, or more pixels than such a file can have
        raise InputError(f"{path} can't be written ({getattr(error, 'strerror', None) or error})") from error


if __name__ == "__main__":
    sys.exit(main())
