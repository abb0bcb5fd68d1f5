"""A page to draw digits on, recognised while they are drawn."""

import sys
from collections.abc import Sequence

from lenet_tf1.app.serving import serve
from lenet_tf1.base import console


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
    parser = console.Parser("app", __doc__)
    parser.add_argument("--run-dir", metavar="FOLDER", help="(checkpoints/page, or else the networks that ship)")
    parser.add_argument("--recipe", metavar="NAME", help="what a checkpoint of another program is of, such as lenet")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1, this machine alone)")
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="0 takes any that is free (8000)")
    parser.add_argument("--allow-host", metavar="NAME", action="append", default=[], help="answer under NAME, too")
    parser.add_argument("--root-path", metavar="/PATH", default="", help="what a proxy's paths begin with")
    parser.add_argument("--no-browser", action="store_true", help="don't open the page")
    args = parser.parse_args(argv)
    console.import_tensorflow(args.verbose)
    serve(
        args.run_dir,
        recipe=args.recipe,
        host=args.host,
        port=args.port,
        allow_hosts=args.allow_host,
        root_path=args.root_path,
        browser=not args.no_browser,
    )


if __name__ == "__main__":
    sys.exit(main())
