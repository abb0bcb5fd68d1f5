"""A network's layers in numbers, as `model.summary()` lists them and as LeCun et al. (1998) count connections."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import tensorflow.compat.v1 as tf


class Layer(NamedTuple):
    """One endpoint of a network, for one image.

    Attributes
    ----------
    name : str
        Its scope.
    shape : list of int
        Of its output, without the batch.
    parameters : int
        Trainable numbers in its scope.
    multiply_adds : int
        Multiplications whose products are summed; max-pooling and mean-pooling have none.
    connections : int
        Multiply-adds and the biases' additions, as the paper on LeNet-5 counts them.
    operation : {"Conv2D", "MaxPool", "AvgPool", "MatMul", ""}
        The type of its main operation, "" for none of these.
    window : (height, width) or None
        Of the receptive field of a convolution or pooling, in the layer's input.
    """

    name: str
    shape: list[int]
    parameters: int
    multiply_adds: int
    connections: int
    operation: str
    window: tuple[int, int] | None


def summarize(endpoints: Mapping[str, tf.Tensor]) -> list[Layer]:
    """The layers of a network in the default graph, from the endpoints that its function returned."""
    return [_layer(scope, output) for scope, output in endpoints.items()]


def _layer(scope: str, output: tf.Tensor) -> Layer:
    shape = output.shape.as_list()[1:]
    variables = tf.trainable_variables(f"{scope}/")
    sizes = [variable.shape.num_elements() for variable in variables]
    biases = sum(size for variable, size in zip(variables, sizes, strict=True) if variable.op.name.endswith("/b"))
    positions = shape[0] * shape[1] if len(shape) == 3 else 1  # at each of them a kernel is used once
    weights = (sum(sizes) - biases) * positions
    operation = _main_operation(scope, output.graph)
    kind, window = (operation.type, _window(operation)) if operation else ("", None)
    if kind == "AvgPool":
        weights *= 4  # one coefficient for four pixels
    return Layer(scope, shape, sum(sizes), weights, weights + biases * positions, kind, window)


def _main_operation(scope: str, graph: tf.Graph) -> tf.Operation | None:
    # The last of its kind: LeNet-5's C3 has a matrix product before its convolution.
    kinds = ("Conv2D", "MaxPool", "AvgPool", "MatMul")
    inside = [o for o in graph.get_operations() if o.name.startswith(f"{scope}/") and o.type in kinds]
    return max(inside, key=lambda o: o.type != "MatMul", default=None)


def _window(operation: tf.Operation) -> tuple[int, int] | None:
    if operation.type == "Conv2D":
        return tuple(operation.inputs[1].shape.as_list()[:2])
    return tuple(operation.get_attr("ksize")[1:3]) if operation.type != "MatMul" else None


def table(layers: Sequence[Layer]) -> str:
    """The layers as lines of text, the last one their sums."""
    rows: list[tuple[str, ...]] = [("layer", "output", "parameters", "multiply-adds", "connections")]
    rows += [(layer.name, " x ".join(map(str, layer.shape)), *(f"{n:,}" for n in layer[2:5])) for layer in layers]
    rows.append(("in all", "", *(f"{sum(column):,}" for column in list(zip(*layers, strict=True))[2:5])))
    return "\n".join(f"{a:8} {b:14} {c:>12} {d:>15} {e:>13}" for a, b, c, d, e in rows)
