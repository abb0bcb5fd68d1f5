"""The page with the network in it, as one HTML file that needs neither a server nor a network connection.

Its script and style are the page's own, from the folder static; in place of the server it has the network's layers,
with weights in half precision.
"""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from lenet_tf1.base.errors import InputError
from lenet_tf1.convert.graph import InferenceGraph
from lenet_tf1.inference.anatomy import take_apart
from lenet_tf1.inference.confidence import softmax
from lenet_tf1.inference.frozen import FrozenNetwork, HeldWeights
from lenet_tf1.inference.parts import OTHER, Layer, packed, run, unpacked

_NETWORK = '<script type="application/json" id="network">'
_INSTEAD = {"server.js": ("ink.js", "fit.js", "joining.js", "alone.js")}  # what takes the server's place
# Nothing can be fetched, and nothing sent.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def write_html(graph: InferenceGraph, path: Path) -> None:
    """Write the page of a network.

    Raises
    ------
    InputError
        If a layer does what JavaScript hasn't learned here.
    """
    with FrozenNetwork(HeldWeights(graph.recipe, graph.weights), extend=lambda model: None) as network:  # in fp32
        layers = take_apart(network)
    for layer in layers:
        if layer.kind == OTHER:
            what = f" ({', '.join(layer.operations)})" if layer.operations else ""
            raise InputError(f"the layer {layer.name}{what} can't be written in JavaScript; onnx or tflite take it")
    recipe, confidence = graph.recipe, graph.confidence
    about: dict[str, Any] = {"recipe": recipe.name, "network": recipe.network, "classes": list(recipe.classes)}
    about |= {"temperature": confidence.temperature, "threshold": confidence.threshold}
    path.write_bytes(_page({"about": about, "layers": packed(layers, np.float16)}).encode())


def read_html(path: Path) -> list[Layer]:
    """The layers in a file that `write_html` wrote."""
    text = path.read_text(encoding="utf-8")
    return unpacked(json.loads(text.split(_NETWORK)[1].split("</script>")[0])["layers"])


def classify(layers: list[Layer], images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, float32 [n, classes], and classes, int64 [n], of images, float32 [n, 28, 28, 1], by NumPy."""
    logits = run(layers, images.reshape(-1, 784))[-1]
    return softmax(logits), logits.argmax(axis=1)


def _page(network: dict[str, Any]) -> str:
    held = json.dumps(network).replace("<", "\\u003c")  # a class may have any name
    page = _static("index.html").replace(
        '<link rel="stylesheet" href="page.css">', f"<style>\n{_static('page.css')}</style>"
    )
    page = page.replace(
        '<meta charset="utf-8">',
        f'<meta charset="utf-8">\n  <meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
    )
    first, *rest = re.split(r' *<script src="([a-z.]+)"></script>\n', page)
    parts = [first, f"{_NETWORK}{held}</script>\n"]
    for name, after in zip(rest[::2], rest[1::2], strict=True):
        parts += [f"<script>\n{_static(part)}</script>\n" for part in _INSTEAD.get(name, (name,))]
        parts.append(after)
    return "".join(parts)


def _static(name: str) -> str:
    return resources.files("lenet_tf1").joinpath("static", name).read_text(encoding="utf-8")
