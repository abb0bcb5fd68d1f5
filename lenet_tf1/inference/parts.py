"""A network as numbers alone: what each layer reads, multiplies and does with the sum, computed with NumPy.

The page and the HTML export hold the same description, and compute with it in JavaScript: static/layers.js.
"""

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

PIXELS, CONVOLUTION, MAXIMUM, MEAN, DENSE, DISTANCE = "pixels", "convolution", "maximum", "mean", "dense", "distance"
OTHER = "other"
TIMES, PLUS, RELU, TANH = "times", "plus", "relu", "tanh"


class Step(NamedTuple):
    """What is done to each number by itself.

    Attributes
    ----------
    operation : {"times", "plus", "relu", "tanh"}
    operand : ndarray or None
        Of times and plus: float32 [] or [channels].
    """

    operation: str
    operand: np.ndarray | None = None


class Layer(NamedTuple):
    """A layer: one sum, maximum or mean for each number of its output, then steps.

    Attributes
    ----------
    name : str
        The endpoint's.
    kind : str
        One of PIXELS: the image itself, with a margin after the steps; CONVOLUTION, MAXIMUM, MEAN: over a window;
        DENSE: over all of the layer below; DISTANCE: minus the squared distance from a code; OTHER: none of these.
    below : int
        Which layer it reads; -1 for the image.
    shape : tuple of int
        Of its output: [height, width, channels] or [units].
    steps : tuple of Step
    weights : ndarray or None
        Float32, of a convolution [height, width, inputs, channels], dense [inputs, units], of codes the same.
    size, stride : (int, int)
        Of a window, and from one to the next: rows and columns.
    margin : (int, int)
        Rows above the layer below, and columns left of it, that windows begin at; for pixels, of the margin itself.
    ground : float
        What the pixels' margin holds; in other margins there is nothing.
    operations : tuple of str
        Of OTHER: TensorFlow's names for what it does.
    """

    name: str
    kind: str
    below: int
    shape: tuple[int, ...]
    steps: tuple[Step, ...] = ()
    weights: np.ndarray | None = None
    size: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    margin: tuple[int, int] = (0, 0)
    ground: float = 0.0
    operations: tuple[str, ...] = ()


def compute(layer: Layer, below: np.ndarray) -> np.ndarray:
    """A layer's output, float32 [n, *shape], from that of the layer below or from images [n, 784].

    Raises
    ------
    ValueError
        If nothing is known about the layer, or if the shapes don't fit.
    """
    if layer.kind == PIXELS:
        height, width = (side - 2 * margin for side, margin in zip(layer.shape[:2], layer.margin, strict=True))
        values = _stepped(below.reshape(-1, height, width, 1), layer.steps)
        around = [(0, 0), *((margin, margin) for margin in layer.margin), (0, 0)]
        return np.pad(values, around, constant_values=layer.ground)
    return _stepped(_summed(layer, below), layer.steps).reshape(-1, *layer.shape).astype(np.float32)


def run(layers: Sequence[Layer], x: np.ndarray) -> list[np.ndarray]:
    """Every layer's output for images float32 [n, 784] in 0..1, as `compute` makes them."""
    outputs: list[np.ndarray] = []
    for layer in layers:
        outputs.append(compute(layer, outputs[layer.below] if layer.below >= 0 else x))
    return outputs


def _summed(layer: Layer, below: np.ndarray) -> np.ndarray:
    if layer.kind in (DENSE, DISTANCE) and layer.weights is not None:
        flat = below.reshape(len(below), -1)
        if layer.kind == DENSE:
            return flat @ layer.weights
        return -np.square(flat[:, :, None] - layer.weights).sum(axis=1)
    if layer.kind == MAXIMUM:
        return _windows(layer, below, -np.inf).max(axis=(4, 5))
    if layer.kind == MEAN:
        return _windows(layer, below, 0.0).mean(axis=(4, 5))
    if layer.kind == CONVOLUTION and layer.weights is not None:
        return np.tensordot(_windows(layer, below, 0.0), layer.weights, axes=([4, 5, 3], [0, 1, 2]))
    raise ValueError(f"nothing is known about {layer.name}")


def _windows(layer: Layer, below: np.ndarray, margin: float) -> np.ndarray:
    # [n, height, width, channels, rows of the window, columns of it]
    around = [(0, 0)]
    for side, before, size, stride, out in zip(
        below.shape[1:3], layer.margin, layer.size, layer.stride, layer.shape[:2], strict=True
    ):
        around.append((before, max(0, (out - 1) * stride + size - side - before)))
    padded = np.pad(below, [*around, (0, 0)], constant_values=margin)
    windows = np.lib.stride_tricks.sliding_window_view(padded, layer.size, (1, 2))
    return windows[:, :: layer.stride[0], :: layer.stride[1]][:, : layer.shape[0], : layer.shape[1]]


def _stepped(values: np.ndarray, steps: Sequence[Step]) -> np.ndarray:
    for operation, operand in steps:
        if operation == TIMES:
            values = values * operand
        elif operation == PLUS:
            values = values + operand
        else:
            values = np.maximum(values, 0) if operation == RELU else np.tanh(values)
    return values


def packed(layers: Sequence[Layer], dtype: type[np.floating]) -> list[dict[str, Any]]:
    """Layers as JSON's types; weights and operands as base64 of their bytes, least significant first.

    Parameters
    ----------
    layers : sequence of Layer
    dtype : numpy.float32 or numpy.float16
        What the weights are rounded to; operands stay float32.
    """
    return [
        layer._asdict()
        | {"steps": [[step.operation, _packed(step.operand, np.float32)] for step in layer.steps]}
        | {"weights": _packed(layer.weights, dtype)}
        for layer in layers
    ]


def unpacked(fields: Sequence[dict[str, Any]]) -> list[Layer]:
    """The layers of what `packed` returned, or of its JSON."""
    layers = []
    for one in fields:
        steps = tuple(Step(operation, _unpacked(operand)) for operation, operand in one["steps"])
        pairs = {name: tuple(one[name]) for name in ("shape", "size", "stride", "margin", "operations")}
        layers.append(Layer(**one | pairs | {"steps": steps, "weights": _unpacked(one["weights"])}))
    return layers


def pack(values: np.ndarray, dtype: type[np.floating] = np.float32) -> dict[str, Any]:
    """An array as its shape, its type and its bytes in base64, least significant first."""
    name = np.dtype(dtype).name
    data = base64.b64encode(values.astype(np.dtype(dtype).newbyteorder("<")).tobytes()).decode()
    return {"shape": list(values.shape), "type": name, "data": data}


def _packed(values: np.ndarray | None, dtype: type[np.floating]) -> dict[str, Any] | None:
    return None if values is None else pack(values, dtype)


def _unpacked(fields: dict[str, Any] | None) -> np.ndarray | None:
    if fields is None:
        return None
    values = np.frombuffer(base64.b64decode(fields["data"]), np.dtype(fields["type"]).newbyteorder("<"))
    return values.reshape(fields["shape"]).astype(np.float32)
