"""A network taken apart: its layers as `parts` has them, found in the graph's operations and not by their names."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.inference.frozen import FrozenNetwork
from lenet_tf1.inference.parts import (
    CONVOLUTION,
    DENSE,
    DISTANCE,
    MAXIMUM,
    MEAN,
    OTHER,
    PIXELS,
    PLUS,
    RELU,
    TANH,
    TIMES,
    Layer,
    Step,
    compute,
)

_KINDS = {"Conv2D": CONVOLUTION, "MaxPool": MAXIMUM, "AvgPool": MEAN, "MatMul": DENSE}
_ARRANGING = ("Reshape", "Squeeze", "Identity")  # leave the numbers and their order as they are
_DISTANCE = {"MatMul", "Square", "Sum"}  # |a - b|^2, from a's and b's products and a's own squares
_TRIED = 3  # images on which each layer is compared with the Session,
_WITHIN = 1e-4  # of its largest number


class _Unknown(Exception):
    """What a layer does can't be said; its arguments are the operations' types."""


class _Link(NamedTuple):
    operation: tf.Operation
    others: list[tf.Tensor]  # inputs that no image changes


def take_apart(network: FrozenNetwork) -> list[Layer]:
    """The network's layers, one for each endpoint.

    Each is compared with the Session on random images; one that does something else than its description says, or
    that has operations that `parts` doesn't know, is OTHER.

    Parameters
    ----------
    network : FrozenNetwork
        In fp32, as FrozenNetwork.again makes it.
    """
    model = network.model
    moving = _moving(model.x)
    chance = np.random.default_rng(0)
    x = (chance.random([_TRIED, 784]) * (chance.random([_TRIED, 784]) > 0.5)).astype(np.float32)
    outputs = network.session.run(list(model.endpoints.values()), {model.x: x})
    ends: dict[str, int] = {model.x.name: -1}
    layers = []
    for i, (name, tensor) in enumerate(model.endpoints.items()):
        layer = _layer(name, tensor, ends, moving, network.session)
        below = outputs[layer.below] if layer.below >= 0 else x
        layers.append(layer if layer.kind == OTHER or _agrees(layer, below, outputs[i]) else _other(layer))
        ends[tensor.name] = i
    return layers


def _agrees(layer: Layer, below: np.ndarray, output: np.ndarray) -> bool:
    try:
        computed = compute(layer, below)
    except ValueError:
        return False
    return computed.shape == output.shape and bool(abs(computed - output).max() <= _WITHIN * max(1, abs(output).max()))


def _other(layer: Layer, operations: Sequence[str] = ()) -> Layer:
    return Layer(layer.name, OTHER, layer.below, layer.shape, operations=tuple(operations))


def _moving(x: tf.Tensor) -> set[str]:
    # The names of the tensors that depend on the image.
    found, waiting = {x.name}, [x]
    while waiting:
        made = [tensor for operation in waiting.pop().consumers() for tensor in operation.outputs]
        waiting += [tensor for tensor in made if tensor.name not in found]
        found |= {tensor.name for tensor in made}
    return found


def _layer(name: str, end: tf.Tensor, ends: Mapping[str, int], moving: set[str], session: tf.Session) -> Layer:
    shape = tuple(end.shape.as_list()[1:])
    empty = Layer(name, OTHER, len(ends) - 2, shape)
    try:
        if (product := _distance(end, ends, moving)) is not None:
            return empty._replace(kind=DISTANCE, weights=_matrix(product, session))
        links, below = _chain(end, ends, moving)
        return _described(empty._replace(below=below), links, session)
    except _Unknown as unknown:
        return _other(empty, unknown.args)


def _chain(tensor: tf.Tensor, ends: Mapping[str, int], moving: set[str]) -> tuple[list[_Link], int]:
    # The operations from the layer below to the tensor.
    links: list[_Link] = []
    while tensor.name not in ends:
        operation = tensor.op
        changing = [one for one in operation.inputs if one.name in moving]
        if operation.type not in _ARRANGING:
            if len(changing) != 1:
                raise _Unknown(operation.type)
            links.append(_Link(operation, [one for one in operation.inputs if one.name not in moving]))
        tensor = operation.inputs[0] if operation.type in _ARRANGING else changing[0]
    return links[::-1], ends[tensor.name]


def _distance(end: tf.Tensor, ends: Mapping[str, int], moving: set[str]) -> tf.Operation | None:
    # The matrix product, if the operations from the layer below are a squared distance's.
    found: dict[str, tf.Operation] = {}
    waiting = [end]
    while waiting:
        tensor = waiting.pop()
        if tensor.name in moving and tensor.name not in ends and tensor.op.name not in found:
            found[tensor.op.name] = tensor.op
            waiting += tensor.op.inputs
    kinds = {operation.type: operation for operation in found.values()}
    return kinds["MatMul"] if kinds.keys() >= _DISTANCE else None


def _matrix(product: tf.Operation, session: tf.Session) -> np.ndarray:
    # What the layer below is multiplied with, [inputs, units].
    weights = session.run(product.inputs[1])
    return weights.T if product.get_attr("transpose_b") else weights


def _described(layer: Layer, links: Sequence[_Link], session: tf.Session) -> Layer:
    if layer.below == -1:
        return _pixels(layer, links, session)
    if not links or links[0].operation.type not in _KINDS:
        raise _Unknown(*(link.operation.type for link in links))
    (operation, others), *rest = links
    layer = layer._replace(kind=_KINDS[operation.type], steps=tuple(_step(link, session) for link in rest))
    if layer.kind == DENSE:
        return layer._replace(weights=_matrix(operation, session))
    return _windowed(layer, operation, session.run(others[0]) if others else None)


def _windowed(layer: Layer, operation: tf.Operation, weights: np.ndarray | None) -> Layer:
    padding, form = operation.get_attr("padding"), operation.get_attr("data_format")
    spread = list(operation.get_attr("dilations")) if operation.type == "Conv2D" else [1]
    if padding not in (b"SAME", b"VALID") or form != b"NHWC" or set(spread) != {1}:
        raise _Unknown(operation.type)
    stride = tuple(operation.get_attr("strides")[1:3])
    size = tuple(operation.get_attr("ksize")[1:3]) if weights is None else weights.shape[:2]
    sides = operation.inputs[0].shape.as_list()[1:3]
    margin = [0, 0]
    if padding == b"SAME":
        needed = [
            (-(-side // step) - 1) * step + window for side, step, window in zip(sides, stride, size, strict=True)
        ]
        margin = [max(0, all_ - side) // 2 for all_, side in zip(needed, sides, strict=True)]
    return layer._replace(weights=weights, size=size, stride=stride, margin=(margin[0], margin[1]))


def _pixels(layer: Layer, links: Sequence[_Link], session: tf.Session) -> Layer:
    layer = layer._replace(kind=PIXELS)
    if links and links[-1].operation.type in ("Pad", "PadV2"):
        *links, (_, others) = links
        around = session.run(others[0])
        layer = layer._replace(margin=(int(around[1, 0]), int(around[2, 0])))
        if len(others) > 1:
            layer = layer._replace(ground=float(session.run(others[1])))
    return layer._replace(steps=tuple(_step(link, session) for link in links))


def _step(link: _Link, session: tf.Session) -> Step:
    operation, others = link
    kind = operation.type
    if kind in ("Relu", "Tanh"):
        return Step(RELU if kind == "Relu" else TANH)
    if kind not in ("Mul", "Add", "AddV2", "BiasAdd", "Sub"):
        raise _Unknown(kind)
    operand = session.run(others[0])
    if operand.ndim > 1 or (kind == "Sub" and operation.inputs[0].name == others[0].name):
        raise _Unknown(kind)
    if kind == "Mul":
        return Step(TIMES, operand)
    return Step(PLUS, -operand if kind == "Sub" else operand)
