"""The page's server: its files and its requests, and who may make them."""

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lenet_tf1.app.service import Refused, Service

MAX_BODY = 16 << 20  # bytes
_FILES = {"/": "index.html", "/page.js": "page.js", "/page.css": "page.css"}
_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_Endpoint = Callable[[Request], Awaitable[Response]]


def application(service: Service, hosts: Collection[str] | None) -> Starlette:
    """The Starlette application of a Service, for requests to `hosts`, names; None is any address of the machine."""

    def checked(endpoint: _Endpoint) -> _Endpoint:
        async def answer(request: Request) -> Response:
            try:
                _check_origin(request, hosts)
                return await endpoint(request)
            except Refused as refused:
                return JSONResponse({"error": str(refused)}, refused.status, headers=_HEADERS)

        return answer

    async def file(request: Request) -> Response:
        name = _FILES[request.scope["path"]]
        content = resources.files(__package__).joinpath("static", name).read_bytes()
        return Response(content, media_type=_TYPES[name.rsplit(".", 1)[1]], headers=_HEADERS)

    def answering(work: Callable[..., Any], takes_body: bool) -> _Endpoint:
        async def endpoint(request: Request) -> Response:
            arguments = [await _body(request)] if takes_body else []
            return JSONResponse(await run_in_threadpool(work, *arguments), headers=_HEADERS)

        return endpoint

    async def unexpected(request: Request, error: Exception) -> Response:
        service.report.note(f"{type(error).__name__} while answering {request.url.path}")
        return JSONResponse({"error": "something went wrong in the server"}, 500, headers=_HEADERS)

    routes = [Route(path, checked(file)) for path in _FILES]
    routes += [
        Route("/health", checked(answering(service.health, False))),
        Route("/recognize", checked(answering(service.recognize, True)), methods=["POST"]),
        Route("/look", checked(answering(service.run_layers, True)), methods=["POST"]),
        Route("/train", checked(answering(service.begin_training, False)), methods=["POST"]),
    ]
    starlette = Starlette(routes=routes, exception_handlers={Exception: unexpected})
    starlette.router.redirect_slashes = False  # to wherever the request says that it is
    return starlette


def _check_origin(request: Request, hosts: Collection[str] | None) -> None:
    # Another site's page must not reach this server through its visitor's browser: not under a name of its own that
    # it has pointed here, and not as itself.
    host = request.headers.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if not (name in hosts if hosts is not None else name == socket.gethostname().lower() or _is_address(name)):
        raise Refused(403, f"this server doesn't answer for the host {host[:100]!r}")
    origin = request.headers.get("origin")
    if origin is not None and origin.split("://", 1)[-1] != host:
        raise Refused(403, "this server doesn't answer pages of other sites")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost"
    return True


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(413, f"more than {MAX_BODY >> 20} MiB are too much")
    return bytes(body)
