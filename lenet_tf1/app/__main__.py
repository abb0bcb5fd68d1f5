"""A page to draw digits on, recognised while they are drawn."""

import ipaddress
import os
import re
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from lenet_tf1.base import console
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report

_PRINTED = Report()
_GRACE = 5  # seconds that requests have to end in, once the server is told to


def serve(
    run_dir: str | os.PathLike[str] | None = None,
    *,
    recipe: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    allow_hosts: Sequence[str] = (),
    root_path: str = "",
    browser: bool = False,
    report: Report = _PRINTED,
) -> None:
    """Serve the page until SIGINT or SIGTERM.

    Parameters
    ----------
    run_dir : path
        A run directory or checkpoint; where none is given, runs.shipped.default_run.
    recipe : str, optional
        The name of one, for a checkpoint that another program wrote.
    host, port : str, int
        Where to listen; port 0 is any that is free.
    allow_hosts : sequence of str
        Names under which others reach it, such as a proxy's.
    root_path : str
        What paths begin with behind a proxy that passes them on as they are, such as "/digits".
    browser : bool
        Whether to open the page.
    report : Report
        Takes the line with the address, and notes.

    Raises
    ------
    InputError
        If the place is taken, or a name or a path can't be one.
    """
    allowed = {_checked_name(name) for name in allow_hosts}
    root_path = _checked_path(root_path)
    import uvicorn

    from lenet_tf1.app.connections import BACKLOG, Connection
    from lenet_tf1.app.server import application
    from lenet_tf1.app.service import Service
    from lenet_tf1.runs.shipped import default_run

    listener = _listen(host, port)
    with listener:
        service = Service(default_run() if run_dir is None else run_dir, report, recipe)
        if service.missing and Path(service.run_dir).exists():
            report.note(service.missing)
        loopback = _is_loopback(host)
        hosts = {"127.0.0.1", "localhost", "::1", host} if loopback else None
        if not loopback:
            report.note(f"anybody who can reach {host} can use this server, and nothing of it is encrypted")
        if allowed:
            report.note(f"whoever reaches this server as {' or '.join(sorted(allowed))} can use it")
        address = _address(host, listener) + root_path.removeprefix("/") + "/" * bool(root_path)
        trained = "" if service.recognizer else ", where a first network can be trained"
        report.line(f"The page is at {address}{trained}. Ctrl-C ends it.")
        if browser:
            threading.Timer(0.5, webbrowser.open, [address]).start()
        config = uvicorn.Config(
            application(service, hosts, allowed, root_path),
            http=Connection,
            backlog=BACKLOG,
            ws="none",
            log_level="error",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=_GRACE,
        )
        uvicorn.Server(config).run([listener])


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.:-]+", name) or "//" in name:
        raise InputError(f"--allow-host needs a name alone, such as gpu-server.local, not {name!r}")
    return name.lower().rsplit(":", 1)[0] if name.count(":") == 1 else name.lower()


def _checked_path(path: str) -> str:
    path = path.rstrip("/")
    if path and not re.fullmatch(r"(/[A-Za-z0-9_.~-]+)+", path):
        raise InputError(f"--root-path needs a path, such as /digits, not {path!r}")
    return path


def _address(host: str, listener: socket.socket) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}/"


def _listen(host: str, port: int) -> socket.socket:
    if not host:
        raise InputError("--host needs an address, such as 127.0.0.1")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)  # from now on it is this server's, and who comes too early waits
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{host} port {port} can't be listened at ({reason}); choose another --port") from error
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@console.command
def main(argv: Sequence[str] | None = None) -> None:
    """The command: see --help."""
    parser = console.Parser("app", __doc__)
    parser.add_argument("--run-dir", metavar="FOLDER", help="(checkpoints/page, or else the network that ships)")
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
