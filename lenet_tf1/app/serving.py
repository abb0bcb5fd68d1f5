"""The page served: until the process is told to end, or in a thread of a program that goes on."""

import asyncio
import ipaddress
import os
import re
import socket
import threading
import webbrowser
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet_tf1.base import system
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report

if TYPE_CHECKING:
    from uvicorn import Server

    from lenet_tf1.app.service import Service

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
) -> "Serving | None":
    """Serve the page until SIGINT or SIGTERM; where an event loop is running, as in a notebook's cell, in a thread.

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

    Returns
    -------
    Serving or None
        Of a thread: where the page is, and how to stop it.

    Raises
    ------
    InputError
        If the place is taken, or a name or a path can't be one.

    Examples
    --------
    In a notebook:

    >>> page = serve(port=0)
    The page is at http://127.0.0.1:40123/. Its stop() ends it.
    >>> page.stop()
    """
    allowed = {_checked_name(name) for name in allow_hosts}
    root_path = _checked_path(root_path)
    from lenet_tf1.app.service import Service  # with TensorFlow, which takes a while
    from lenet_tf1.runs.shipped import default_run

    listener = _listen(host, port)
    try:
        service = Service(default_run() if run_dir is None else run_dir, report, recipe)
        if service.missing and Path(service.run_dir).exists():
            report.note(service.missing)
        if not _is_loopback(host):
            report.note(f"anybody who can reach {host} can use this server, and nothing of it is encrypted")
        if allowed:
            report.note(f"whoever reaches this server as {' or '.join(sorted(allowed))} can use it")
        address = _address(host, listener) + root_path.removeprefix("/") + "/" * bool(root_path)
        trained = "" if service.recognizer else ", where a first network can be trained"
        aside = _has_event_loop()
        report.line(f"The page is at {address}{trained}. {'Its stop() ends it' if aside else 'Ctrl-C ends it'}.")
        if browser:
            threading.Timer(0.5, webbrowser.open, [address]).start()
        server = _make_server(service, host, allowed, root_path)
        if aside:
            return Serving(address, server, service, listener)
        server.run([listener])
    except BaseException:
        listener.close()
        raise
    listener.close()
    return None


def _make_server(service: "Service", host: str, allowed: Collection[str], root_path: str) -> "Server":
    import uvicorn

    from lenet_tf1.app.connections import BACKLOG, Connection
    from lenet_tf1.app.server import application

    hosts = {"127.0.0.1", "localhost", "::1", host} if _is_loopback(host) else None
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
    return uvicorn.Server(config)


class Serving:
    """A page that is served in a thread, until `stop`, or the program's end.

    Attributes
    ----------
    address : str
        Where the page is, such as http://127.0.0.1:8000/.
    """

    def __init__(self, address: str, server: "Server", service: "Service", listener: socket.socket) -> None:
        self.address = address
        self._server, self._service, self._listener = server, service, listener
        self._thread = threading.Thread(target=server.run, args=[[listener]], name="lenet_tf1 page", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, and give what it held free. Requests that are under way have five seconds."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
        self._service.close()

    def __repr__(self) -> str:
        return f"<the page at {self.address}>"


def _has_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


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
    system.keep_address(listener)
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
