"""The network behind the page: recognition, a look into the layers, and a first training if there is none yet."""

import base64
import dataclasses
import os
import threading
from typing import Any

import numpy as np

from lenet_tf1.app.connections import Refused
from lenet_tf1.app.inside import Inside
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Recorded, Report
from lenet_tf1.data import images
from lenet_tf1.reading.recognizer import Recognizer
from lenet_tf1.reading.results import Line, as_json, digits
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs.shipped import ships
from lenet_tf1.training.run import train

FIRST_RECIPE = "page-first"  # what is trained where there is nothing yet: the recipe page, but shorter,
FIRST_TRAINING = 600  # steps, less than a minute with the digits that are drawn for it


class Service:
    """What the page's requests do, as functions from bytes to JSON's types.

    Parameters
    ----------
    run_dir : path
        A run directory or checkpoint; if nothing is there, `begin_training` makes it.
    report : Report
        Is told of damaged checkpoints that were passed over.
    recipe : str, optional
        The name of one, for a checkpoint that another program wrote.
    """

    def __init__(self, run_dir: str | os.PathLike[str], report: Report = QUIET, recipe: str | None = None) -> None:
        self.run_dir, self.report = run_dir, report
        self.recognizer: Recognizer | None = None
        self._seen: Inside | None = None
        self.missing: str | None = None  # why there is no network
        self.training: Recorded | None = None  # what a training that was asked for has printed,
        self.error: str | None = None  # and why it failed
        self._lock = threading.Lock()
        try:
            self.recognizer = Recognizer(run_dir, report, recipe)
        except InputError as error:
            self.missing = str(error)

    def close(self) -> None:
        """Close the networks, which answer nothing any more."""
        for network in (self._seen, self.recognizer):
            if network:
                network.close()

    def health(self) -> dict[str, Any]:
        """The service's state."""
        state = {"status": "ok" if self.recognizer else "untrained", "run_dir": str(self.run_dir)}
        if self.recognizer:
            recipe = self.recognizer.network.recipe
            about: dict[str, Any] = {"recipe": recipe.name, "network": recipe.network}
            about |= {"classes": list(recipe.classes), "ships": ships(self.run_dir)}
            return state | about | {"first": recipe.name == FIRST_RECIPE}
        training = None if self.training is None else ["drawing the digits to train on", *self.training.lines]
        return state | {"missing": self.missing, "training": training, "error": self.error}

    def begin_training(self) -> None:
        """Train a network that will do, in a thread of its own; what it prints is in `health`."""
        with self._lock:
            if self.recognizer or (self.training is not None and self.error is None):
                return
            self.training, self.error = Recorded(), None
        threading.Thread(target=self._train, args=[self.training], daemon=True).start()

    def _train(self, report: Report) -> None:
        settings: dict[str, Any] = {"name": FIRST_RECIPE, "dataset": "page-small", "report_every": 20}
        recipe = dataclasses.replace(find_recipe("page"), steps=FIRST_TRAINING, **settings)
        try:
            train(recipe, os.fspath(self.run_dir), summaries="none", report=report)
            self.recognizer = Recognizer(self.run_dir, self.report)
        except Exception as error:  # whatever it is, the page says so, and it can be tried again
            self.error = str(error) or type(error).__name__

    def recognize_drawing(self, body: bytes) -> dict[str, Any]:
        """What `POST /drawing` answers for a picture of the page's canvas."""
        recognizer, grey = self._ready(), _decoded(body)
        return _answer(recognizer.read_drawing(grey), grey)

    def recognize(self, body: bytes) -> dict[str, Any]:
        """What `POST /recognize` answers for a picture's bytes."""
        recognizer, grey = self._ready(), _decoded(body)
        return _answer(recognizer.read(grey), grey)

    def recognize_with_heat(self, body: bytes) -> dict[str, Any]:
        """As `recognize`, with `heat`: for each size of the picture, where the page reader sees digits."""
        recognizer, grey = self._ready(), _decoded(body)
        lines, maps = recognizer.read_with_heat(grey)
        heat = {f"× {scale:.2g}": _as_bytes(seen[..., None]) for scale, seen in maps}
        return _answer(lines, grey) | {"heat": heat}

    def look(self, body: bytes) -> dict[str, Any]:
        """What `POST /look` answers for the 784 bytes of an image: each scope's output."""
        return self._inside().outputs(body)

    def why(self, method: str, body: bytes) -> dict[str, Any]:
        """What `POST /why/METHOD` answers for an image's bytes and one with a class: what speaks for that class."""
        return self._inside().why(method, body)

    def layers(self) -> list[dict[str, Any]]:
        """What `GET /layers` answers: what each layer computes, with its weights."""
        return self._inside().layers()

    def _inside(self) -> Inside:
        # Made when it is first asked for.
        recognizer = self._ready()
        with self._lock:
            if self._seen is None:
                self._seen = Inside(recognizer.network)
            return self._seen

    def _ready(self) -> Recognizer:
        if not self.recognizer:
            raise Refused(503, "there is no trained network yet")
        return self.recognizer


def _answer(lines: list[Line], grey: np.ndarray) -> dict[str, Any]:
    answer = as_json(lines) | {"size": list(grey.shape[::-1])}
    for entry, digit in zip(answer["digits"], digits(lines), strict=True):
        entry["image"] = base64.b64encode(digit.image.tobytes()).decode()
    return answer


def _decoded(body: bytes) -> np.ndarray:
    try:
        return images.decode(body)
    except InputError as error:
        raise Refused(400, str(error)) from error


def _as_bytes(heat: np.ndarray) -> dict[str, Any]:
    # 0..1 as 0..255
    data = base64.b64encode((heat * 255).astype(np.uint8).tobytes()).decode()
    return {"shape": list(heat.shape), "low": 0.0, "high": 1.0, "data": data}
