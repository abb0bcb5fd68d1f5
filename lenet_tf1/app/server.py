"""The page's server: its files and its requests, and who may make them."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lenet_tf1.app.connections import AGAIN, Bodies, Refused
from lenet_tf1.app.inside import WHY
from lenet_tf1.app.service import Service
from lenet_tf1.base import memory
from lenet_tf1.data import images

_LARGE, _LARGE_BODY = 500_000, 1 << 20  # pixels, of which the page's canvas has 250,000 or more; bytes
_AT_ONCE = 4  # pictures and drawings that aren't large
_PATIENCE = 1.5  # seconds that a large picture waits for those before it
_SCRIPTS = ("words", "layers", "maps", "cell", "why", "tour", "server", "drawing", "inside", "page")
_FILES = {"/": "index.html", "/page.css": "page.css"} | {f"/{name}.js": f"{name}.js" for name in _SCRIPTS}
_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_Endpoint = Callable[[Request], Awaitable[Response]]
_Work = Callable[[bytes], Any]


def application(
    service: Service, hosts: Collection[str] | None, allowed: Collection[str] = (), root_path: str = ""
) -> ASGIApp:
    """The application of a Service.

    Parameters
    ----------
    service : Service
    hosts : collection of str, optional
        The names that requests may be to; None is any address of the machine, and its own name.
    allowed : collection of str
        Other names under which it is reached, in lower case: those of proxies in front of it.
    root_path : str
        Of a proxy that passes on paths as they are: what they begin with, such as "/digits".
    """
    bodies, lanes = Bodies(), _Lanes()

    def checked(endpoint: _Endpoint) -> _Endpoint:
        async def answer(request: Request) -> Response:
            try:
                _check_origin(request, hosts, allowed)
                return await endpoint(request)
            except Refused as refused:
                # What is left of its body would be taken for the next request.
                headers = _HEADERS | ({"Connection": "close"} if request.method == "POST" else {})
                headers |= {} if refused.again is None else {"Retry-After": str(refused.again)}
                return JSONResponse({"error": str(refused)}, refused.status, headers=headers)
            except ClientDisconnect:  # there is nobody to answer
                return Response(status_code=400)
            except asyncio.CancelledError:  # the server ends, and has waited long enough
                return Response(status_code=503)

        return answer

    async def unexpected(request: Request, error: Exception) -> Response:
        service.report.note(f"{type(error).__name__} while answering {request.url.path}")
        return JSONResponse({"error": "something went wrong in the server"}, 500, headers=_HEADERS)

    with_bodies: dict[str, Callable[[bytes], Awaitable[Any]]] = {
        "/recognize": partial(lanes.work_on, service.recognize),
        "/recognize-with-heat": partial(lanes.work_on, service.recognize_with_heat),
        "/drawing": partial(lanes.work_on, service.recognize_drawing),
        "/look": _in_thread(service.look),
    }
    with_bodies |= {f"/why/{name}": _in_thread(partial(service.why, method)) for name, method in WHY.items()}
    routes = [Route(path, checked(_file)) for path in _FILES]
    routes += [
        Route(path, checked(_answering_body(work, bodies)), methods=["POST"]) for path, work in with_bodies.items()
    ]
    routes += [
        Route("/health", checked(_answering(service.health))),
        Route("/layers", checked(_answering(service.layers))),
        Route("/train", checked(_answering(service.begin_training)), methods=["POST"]),
    ]
    starlette = Starlette(routes=routes, exception_handlers={Exception: unexpected})
    starlette.router.redirect_slashes = False  # to wherever the request says that it is
    return _below(root_path, starlette) if root_path else starlette


def _below(root_path: str, application: ASGIApp) -> ASGIApp:
    # The application for paths with and without what they begin with: some proxies take it away.
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == root_path:  # the page's own addresses are relative to the last slash
            return await RedirectResponse(f"{root_path}/")(scope, receive, send)
        inside = path.startswith(f"{root_path}/")
        await application({**scope, "path": path[len(root_path) :]} if inside else scope, receive, send)

    return answer


async def _file(request: Request) -> Response:
    name = _FILES[request.scope["path"]]
    content = resources.files("lenet_tf1").joinpath("static", name).read_bytes()
    return Response(content, media_type=_TYPES[name.rsplit(".", 1)[1]], headers=_HEADERS)


def _answering(work: Callable[[], Any]) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(work), headers=_HEADERS)

    return endpoint


def _in_thread(work: _Work) -> Callable[[bytes], Awaitable[Any]]:
    return lambda body: run_in_threadpool(work, body)


def _answering_body(work: Callable[[bytes], Awaitable[Any]], bodies: Bodies) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        body = bytearray()
        try:
            await bodies.read(request, body)
            return JSONResponse(await work(bytes(body)), headers=_HEADERS)
        finally:
            bodies.release(body)

    return endpoint


def _check_origin(request: Request, hosts: Collection[str] | None, allowed: Collection[str]) -> None:
    # Another site's page must not reach this server through its visitor's browser: not under a name of its own that
    # it has pointed here, and not as itself.
    host = request.headers.get("host", "")
    name = _name(f"//{host}")
    ours = name in hosts if hosts is not None else name == socket.gethostname().lower() or _is_address(name)
    if not (ours or name in allowed):
        raise Refused(403, f"this server doesn't answer for the host {host[:100]!r}")
    origin = request.headers.get("origin")
    # A proxy may send its requests to another host than the page's.
    if origin is not None and origin.split("://", 1)[-1] != host and _name(origin) not in allowed:
        raise Refused(403, "this server doesn't answer pages of other sites")


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost"
    return True


class _Lanes:
    # All that pictures take, in time and memory, is bounded here. Large ones go one after the other, in a thread of
    # their own, so that drawings don't wait behind them; and not for long, or they are refused. The others go by a few
    # threads: more would take each other's time, and memory.
    def __init__(self) -> None:
        self._large = ThreadPoolExecutor(1, "lenet_tf1 large pictures")
        self._others = ThreadPoolExecutor(_AT_ONCE, "lenet_tf1 pictures")

    async def work_on(self, work: _Work, picture: bytes) -> Any:
        run = partial(asyncio.get_running_loop().run_in_executor, self._others)
        if len(picture) <= _LARGE_BODY and await run(images.count_pixels, picture) <= _LARGE:
            return await run(work, picture)
        begun = self._large.submit(_work_on_large, work, picture)
        answer = asyncio.wrap_future(begun)
        try:
            await asyncio.wait([answer], timeout=_PATIENCE)
        finally:  # if the server ends, too
            late = begun.cancel()
        if late:
            raise Refused(503, "other large pictures are being read; try again in a moment", again=AGAIN)
        return await answer


def _work_on_large(work: _Work, picture: bytes) -> Any:
    try:
        return work(picture)
    finally:
        memory.give_back()
