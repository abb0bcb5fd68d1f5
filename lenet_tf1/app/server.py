"""What the page asks for: recognition, a look into the network, and a first training if there is none yet."""

import base64
import dataclasses
import ipaddress
import socket
import threading
from importlib import resources
from urllib.parse import urlsplit

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lenet_tf1 import images
from lenet_tf1.errors import InputError
from lenet_tf1.recipes import find_recipe
from lenet_tf1.recognition import Recognizer, as_json, digits
from lenet_tf1.train import train

MAX_BODY = 16 << 20  # bytes
FIRST_RECIPE = "page-first"  # what is trained where there is nothing yet: the recipe page, but shorter,
FIRST_TRAINING = 600  # steps, less than a minute with the digits that are drawn for it
_DECODING = threading.BoundedSemaphore(2)  # the largest pictures take a gigabyte each while they are decoded
_FILES = {"/": "index.html", "/page.js": "page.js", "/page.css": "page.css"}
_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class Refused(Exception):
    """A request that is answered with `status` and one sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Service:
    """The network behind the page, once there is one.

    Parameters: `run_dir` a run directory or checkpoint; if nothing is there, `begin_training` makes it.
    """

    def __init__(self, run_dir, report=lambda sentence: None):
        self.run_dir, self.report = run_dir, report
        self.recognizer, self.missing = None, None
        self.said, self.error = None, None  # what a training that was asked for has printed, and why it failed
        self._lock = threading.Lock()
        try:
            self.recognizer = Recognizer(run_dir, report)
        except InputError as error:
            self.missing = str(error)

    def health(self):
        """The service's state as JSON's types."""
        state = {"status": "ok" if self.recognizer else "untrained", "run_dir": str(self.run_dir)}
        if self.recognizer:
            recipe = self.recognizer.network.recipe
            return state | {"recipe": recipe.name, "network": recipe.network, "classes": list(recipe.classes)}
        return state | {"missing": self.missing, "training": self.said, "error": self.error}

    def begin_training(self):
        """Train a network that will do, in a thread of its own; what it prints is in `health`."""
        with self._lock:
            if self.recognizer or (self.said is not None and self.error is None):
                return
            self.said, self.error = [], None
        threading.Thread(target=self._train, daemon=True).start()

    def _train(self):
        settings = {"name": FIRST_RECIPE, "dataset": "page-small", "steps": FIRST_TRAINING, "report_every": 20}
        self.said.append("drawing the digits to train on")
        try:
            train(
                dataclasses.replace(find_recipe("page"), **settings),
                self.run_dir,
                summaries="none",
                say=self.said.append,
            )
            self.recognizer = Recognizer(self.run_dir, self.report)
        except Exception as error:  # whatever it is, the page says so, and it can be tried again
            self.error = str(error) or type(error).__name__

    def recognize(self, body):
        """What `POST /recognize` answers for a picture's bytes."""
        recognizer = self._ready()
        try:
            with _DECODING:
                grey = images.decode(body)
        except InputError as error:
            raise Refused(400, str(error)) from error
        lines = recognizer.read(grey)
        answer = as_json(lines) | {"size": list(grey.shape[::-1])}
        for entry, digit in zip(answer["digits"], digits(lines), strict=True):
            entry["probabilities"] = [round(float(p), 4) for p in digit.probabilities]
            entry["image"] = base64.b64encode(digit.image.tobytes()).decode()
        return answer

    def look(self, body):
        """What `POST /look` answers for the 784 bytes of an image: each scope's output, stretched to 0..255."""
        recognizer = self._ready()
        if len(body) != 784:
            raise Refused(400, f"an image is 784 bytes, not {len(body):,}")
        outputs, _ = recognizer.network.look(np.frombuffer(body, np.uint8).reshape(28, 28))
        return {scope: _as_bytes(output) for scope, output in outputs.items()}

    def _ready(self):
        if not self.recognizer:
            raise Refused(503, "there is no trained network yet")
        return self.recognizer


def _as_bytes(output):
    low, high = float(output.min()), float(output.max())
    data = ((output - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
    return {"shape": list(output.shape), "low": low, "high": high, "data": base64.b64encode(data.tobytes()).decode()}


def application(service, hosts):
    """The Starlette application of a Service, for requests to `hosts`, names; None is any address of the machine."""

    def checked(endpoint):
        async def answer(request):
            try:
                _check_origin(request, hosts)
                return await endpoint(request)
            except Refused as refused:
                return JSONResponse({"error": str(refused)}, refused.status, headers=_HEADERS)

        return answer

    async def file(request):
        name = _FILES[request.scope["path"]]
        content = resources.files(__package__).joinpath("static", name).read_bytes()
        return Response(content, media_type=_TYPES[name.rsplit(".", 1)[1]], headers=_HEADERS)

    def answering(work, takes_body):
        async def endpoint(request):
            arguments = [await _body(request)] if takes_body else []
            return JSONResponse(await run_in_threadpool(work, *arguments), headers=_HEADERS)

        return endpoint

    async def unexpected(request, error):
        service.report(f"{type(error).__name__} while answering {request.url.path}")
        return JSONResponse({"error": "something went wrong in the server"}, 500, headers=_HEADERS)

    routes = [Route(path, checked(file)) for path in _FILES]
    routes += [
        Route("/health", checked(answering(service.health, False))),
        Route("/recognize", checked(answering(service.recognize, True)), methods=["POST"]),
        Route("/look", checked(answering(service.look, True)), methods=["POST"]),
        Route("/train", checked(answering(service.begin_training, False)), methods=["POST"]),
    ]
    starlette = Starlette(routes=routes, exception_handlers={Exception: unexpected})
    starlette.router.redirect_slashes = False  # to wherever the request says that it is
    return starlette


def _check_origin(request, hosts):
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


def _is_address(name):
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost"
    return True


async def _body(request):
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(413, f"more than {MAX_BODY >> 20} MiB are too much")
    return bytes(body)
