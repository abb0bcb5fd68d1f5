"""Search a recipe's settings in trials that validation compares."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from lenet_tf1.base import console
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.data import DATA_DIR_HELP
from lenet_tf1.recipes import PRECISIONS, RECIPES
from lenet_tf1.training import plan
from lenet_tf1.training.ranges import SEARCHED
from lenet_tf1.training.searching import METHODS, search

__all__ = ["main", "search"]


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
    parser = console.Parser("search", __doc__)
    add = parser.add_argument
    add("recipe", metavar="RECIPE", help=f"one of: {', '.join(RECIPES)}")
    add("--run-dir", metavar="FOLDER", help="where everything goes (checkpoints/RECIPE-search)")
    text = f"LOW:HIGH or A,B,... of a setting, several times, in place of the usual ones: {', '.join(SEARCHED)}"
    add("--range", metavar="NAME=RANGE", dest="ranges", action="append", default=[], help=text)
    add("--trials", type=int, default=20, metavar="N", help="with how many different settings (20)")
    add("--method", choices=METHODS, default=METHODS[0], help="the better ones longer, or all as long (halving)")
    add("--epochs", type=int, metavar="N", help="of a whole trial (as the recipe says)")
    add("--steps", type=int, metavar="N", help="instead of epochs")
    add("--seed", type=int, default=0, metavar="N", help="of the choices (0); trials have the recipe's own")
    about = "in place of the recipe's own: docs/formats.md has the formats"
    add("--dataset", metavar="PLACE", default=argparse.SUPPRESS, help=about)
    add("--data-dir", metavar="FOLDER", default=argparse.SUPPRESS, help=DATA_DIR_HELP)
    add("--precision", choices=PRECISIONS, default=argparse.SUPPRESS, help="auto is the fastest here")
    options = vars(parser.parse_args(argv))
    settings: dict[str, Any] = {n: options.pop(n) for n in ("dataset", "data_dir", "precision") if n in options}
    recipe, _ = plan.requested_recipe(options.pop("recipe"), settings)
    options["ranges"] = dict(map(_named, options["ranges"]))
    options["run_dir"] = options["run_dir"] or f"checkpoints/{recipe.name}-search"
    console.import_tensorflow(options.pop("verbose"))
    search(recipe, **options, report=Report(bars=sys.stdout.isatty() and sys.stderr.isatty()))


def _named(text: str) -> tuple[str, str]:
    name, found, choices = text.partition("=")
    if not found:
        raise InputError(f"--range takes NAME=LOW:HIGH or NAME=A,B,..., not {text}")
    return name.strip().replace("-", "_"), choices


if __name__ == "__main__":
    sys.exit(main())
