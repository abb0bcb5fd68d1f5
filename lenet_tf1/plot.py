"""Draw data, networks and trainings: into a file, or a window."""

import argparse
import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet_tf1.base import console
from lenet_tf1.base.report import Report, visible
from lenet_tf1.data import SPLITS
from lenet_tf1.figures.of_data import graph, lr, samples
from lenet_tf1.figures.of_runs import calibration, confusion, curves, errors, features, kernels, rejection, units, why

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The functions that a notebook calls; each is a KIND of the command, its parameters the KIND's options.
KINDS: dict[str, Callable[..., "Figure"]] = {
    "samples": samples,
    "curves": curves,
    "confusion": confusion,
    "errors": errors,
    "kernels": kernels,
    "features": features,
    "graph": graph,
    "lr": lr,
    "calibration": calibration,
    "rejection": rejection,
    "why": why,
    "units": units,
}

_PLACE = {"nargs": "?", "metavar": "RUN_DIR", "help": "run directory or checkpoint (checkpoints/lenet)"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "run_dirs": {"nargs": "*", "metavar": "RUN_DIR", "help": "run directories (checkpoints/lenet)"},
    "recipe": {"metavar": "NAME", "help": "a recipe, for a checkpoint of another program"},
    "dataset": {"metavar": "NAME_OR_FOLDER", "help": "in place of what the run was trained on"},
    "data_dir": {"metavar": "FOLDER", "help": "where FOLDER/NAME may be a copy of a named data set"},
    "split": {"choices": SPLITS, "help": "of the data set"},
    "first": {"metavar": "N", "type": int, "help": "number of the first image"},
    "index": {"metavar": "N", "type": int, "help": "number of the image"},
    "image": {"metavar": "FILE", "help": "a picture of one character, instead"},
    "target": {"metavar": "CLASS", "help": "what the least change should make of it (the second likeliest)"},
    "scope": {"metavar": "NAME", "help": "whose units (the last convolution)"},
    "seed": {"metavar": "N", "type": int, "help": "of the noise that pictures begin with"},
    "rows": {"metavar": "N", "type": int, "help": "of the grid"},
    "columns": {"metavar": "N", "type": int, "help": "of the grid"},
}
_UNTRAINED: dict[str, dict[str, Any]] = {
    "run_dir": {"nargs": "?", "metavar": "RUN_DIR", "help": "a run directory or checkpoint"},
    "recipe": {"metavar": "NAME", "help": "without a run directory, a recipe (lenet)"},
}


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
    options = vars(_parser().parse_args(argv))
    kind, out, verbose = (options.pop(name) for name in ("kind", "out", "verbose"))
    console.import_tensorflow(verbose)
    from lenet_tf1.figures import style

    if out is not None:
        style.check_name(Path(out))
    figure = KINDS[kind](**options)
    if out is None:
        style.show(figure)
    else:
        style.save(figure, Path(out))
        Report().line(f"Saved to {visible(out)}")


def _parser() -> argparse.ArgumentParser:
    parser = console.Parser("plot", __doc__)
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND", parser_class=console.PlainParser)
    for name, function in KINDS.items():
        text = (function.__doc__ or "").splitlines()[0]
        one = kinds.add_parser(name, help=text[0].lower() + text[1:].rstrip("."), description=text)
        _add_options(one, function)
        one.add_argument("--out", metavar="FILE", help="a .png, .svg or .pdf, instead of a window")
    return parser


def _add_options(parser: argparse.ArgumentParser, function: Callable[..., "Figure"]) -> None:
    # One for each parameter of the function.
    parameters = inspect.signature(function).parameters
    optional = "run_dir" in parameters and parameters["run_dir"].default is None
    for name, parameter in parameters.items():
        settings = (_UNTRAINED if optional else {}).get(name) or _OPTIONS.get(name, _PLACE)
        if name == "run_dirs":
            parser.add_argument(name, default=["checkpoints/lenet"], **settings)
        elif name == "run_dir":
            parser.add_argument(name, default=None if optional else "checkpoints/lenet", **settings)
        else:
            default = "" if parameter.default is None else f" ({parameter.default})"
            settings = settings | {"help": settings["help"] + default}
            parser.add_argument(f"--{name.replace('_', '-')}", default=parameter.default, **settings)


if __name__ == "__main__":
    sys.exit(main())
