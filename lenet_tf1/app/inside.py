"""A look into the network: what each layer makes of an image, how its numbers come about, and what speaks for them.

All of it is computed in fp32, in a graph of its own, so that what is shown adds up where digits are read in bf16.
"""

import threading
from typing import Any

import numpy as np

from lenet_tf1.app.connections import Refused
from lenet_tf1.data.preparation import DARK_ON_LIGHT
from lenet_tf1.inference import attribution, parts
from lenet_tf1.inference.anatomy import take_apart
from lenet_tf1.inference.attribution import METHODS
from lenet_tf1.inference.frozen import FrozenNetwork

WHY = {method.lower().replace(" ", "-"): method for method in METHODS}  # by the last part of the request's path
_PIXELS = 784


class Inside:
    """A network for looking into.

    Parameters
    ----------
    network : FrozenNetwork
        The one that reads.
    """

    def __init__(self, network: FrozenNetwork) -> None:
        self._network = network.again(attribution.add_attribution)
        self._turn = threading.Lock()  # a map takes up to a hundred megabytes
        self._layers: list[dict[str, Any]] | None = None

    def outputs(self, body: bytes) -> dict[str, Any]:
        """Each scope's output for the 784 bytes of an image."""
        outputs, _ = self._network.run_layers(_image(body))
        return {scope: parts.pack(output) for scope, output in outputs.items()}

    def layers(self) -> list[dict[str, Any]]:
        """What each layer computes, with its weights."""
        with self._turn:
            if self._layers is None:
                self._layers = parts.packed(take_apart(self._network), np.float32)
            return self._layers

    def why(self, method: str, body: bytes) -> dict[str, Any]:
        """A map of what speaks for a class, by the name of its method, for an image's bytes and one with the class."""
        label = body[-1] if len(body) == _PIXELS + 1 else -1
        if not 0 <= label < len(self._network.recipe.classes):
            raise Refused(400, f"an image is {_PIXELS} bytes, and one more is the number of a class")
        ground = float(self._network.recipe.preparation == DARK_ON_LIGHT)
        with self._turn:
            session, why = self._network.session, self._network.extension
            if method not in attribution.methods_of(why):
                raise Refused(404, f"there is no {method} of a network without convolutions")
            return parts.pack(attribution.map_of(session, why, _image(body[:-1]), label, method, ground=ground))

    def close(self) -> None:
        """Close its session."""
        self._network.close()


def _image(body: bytes) -> np.ndarray:
    if len(body) != _PIXELS:
        raise Refused(400, f"an image is {_PIXELS} bytes, not {len(body):,}")
    return np.frombuffer(body, np.uint8).reshape(28, 28)
