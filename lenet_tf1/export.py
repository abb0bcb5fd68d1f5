"""Write a network for other runtimes, or as a page to send to a friend."""

import sys
from collections.abc import Sequence
from pathlib import Path

from lenet_tf1.base import console, system
from lenet_tf1.base.report import Report
from lenet_tf1.convert.exporting import FORMATS, RUNTIMES, Exported, export
from lenet_tf1.data import DATA_DIR_HELP

__all__ = ["export", "main"]


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
    parser = console.Parser("export", __doc__)
    add = parser.add_argument
    add("run", metavar="RUN", help="run directory or checkpoint")
    add("--format", required=True, choices=FORMATS, help="html is one page; onnx and tflite need lenet_tf1[export]")
    add("--out", required=True, metavar="PATH", help="what is written, and mustn't be there yet")
    add("--int8", action="store_true", help="of a tflite: compute in int8, calibrated on training images")
    add("--recipe", metavar="NAME", help="what a checkpoint of another program is of, such as lenet")
    add("--dataset", metavar="PLACE", help="to check with, in place of what it was trained on")
    add("--data-dir", metavar="FOLDER", help=DATA_DIR_HELP)
    options = vars(parser.parse_args(argv))
    console.import_tensorflow(options.pop("verbose"))
    report = Report()
    exported = export(**options, report=report)
    for line in _lines(exported, options["format"], Path(options["out"])):
        report.line(line)


_INPUT = "Input: images, float32 [n, 28, 28, 1], 0 background to 1 ink. Outputs: probabilities, classes."
_PAGE = "Any browser opens it, without a network connection: draw on it, or send it to a friend."


def _lines(e: Exported, format: str, out: Path) -> list[str]:
    name = RUNTIMES[format]
    lines = [
        f"Wrote {', '.join(map(str, e.paths))}: {e.size / 1e6:.2f} MB",
        _PAGE if format == "html" else _INPUT,
        f"On {e.images:,} test images {name} says the class that the Session says for {e.same:,};",
        f"  largest difference of a probability {e.difference:.2g}",
        f"  accuracy {e.accuracy:.2%} (Session {e.session_accuracy:.2%})",
    ]
    if format != "html":  # which runs in browsers
        lines.append(f"  {e.speed:,.0f} images/s (Session {e.session_speed:,.0f}), in batches of 100")
    return lines + (_serving(out) if format == "saved_model" else [])


def _serving(out: Path) -> list[str]:
    place, name = (system.quoted(word) for word in (f"{out.resolve()}:/models/{out.name}/1:ro", out.name))
    return [
        "\nTensorFlow Serving:",
        f"  docker run -p 8501:8501 -v {place} -e MODEL_NAME={name} tensorflow/serving",
        f"  curl http://localhost:8501/v1/models/{name}:predict -d '{{\"instances\": [IMAGE, ...]}}'",
        "where an IMAGE is 28 lists of 28 pixels, each a list of one number",
    ]


if __name__ == "__main__":
    sys.exit(main())
