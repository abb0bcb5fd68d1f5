"""What a network is made of, layer by layer, as `model.summary()` tells it and as LeCun et al. count it."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf


class Layer(NamedTuple):
    """One endpoint of a network, for one image.

    name           its scope
    shape          of its output, without the batch
    parameters     trainable numbers in its scope
    multiply_adds  products that are added up; a maximum or a mean has none
    connections    these and the biases' additions, as the paper on LeNet-5 counts them
    operation      what makes it: Conv2D, MaxPool, AvgPool, MatMul, or "" for none of them
    window         (height, width) of what each number of it is made from, in the maps below; else None
    """

    name: str
    shape: list
    parameters: int
    multiply_adds: int
    connections: int
    operation: str
    window: tuple | None


def summarize(endpoints):
    """The Layers of a network in the default graph, of what its function returned."""
    return [_layer(scope, output) for scope, output in endpoints.items()]


def _layer(scope, output):
    shape = output.shape.as_list()[1:]
    variables = tf.trainable_variables(f"{scope}/")
    sizes = [variable.shape.num_elements() for variable in variables]
    biases = sum(size for variable, size in zip(variables, sizes, strict=True) if variable.op.name.endswith("/b"))
    positions = shape[0] * shape[1] if len(shape) == 3 else 1  # where each number of a kernel is used once
    weights = (sum(sizes) - biases) * positions
    operation = _main_operation(scope, output.graph)
    kind, window = (operation.type, _window(operation)) if operation else ("", None)
    if kind == "AvgPool":
        weights *= 4  # one coefficient for four pixels
    return Layer(scope, shape, sum(sizes), weights, weights + biases * positions, kind, window)


def _main_operation(scope, graph):
    # The last of its kind: LeNet-5's C3 has a matrix product before its convolution.
    kinds = ("Conv2D", "MaxPool", "AvgPool", "MatMul")
    inside = [o for o in graph.get_operations() if o.name.startswith(f"{scope}/") and o.type in kinds]
    return max(inside, key=lambda o: o.type != "MatMul", default=None)


def _window(operation):
    if operation.type == "Conv2D":
        return tuple(operation.inputs[1].shape.as_list()[:2])
    return tuple(operation.get_attr("ksize")[1:3]) if operation.type != "MatMul" else None


def table(layers):
    """The layers as lines of text, with their sum."""
    rows = [("layer", "output", "parameters", "multiply-adds", "connections")]
    rows += [(layer.name, " x ".join(map(str, layer.shape)), *(f"{n:,}" for n in layer[2:5])) for layer in layers]
    rows.append(("in all", "", *(f"{sum(column):,}" for column in list(zip(*layers, strict=True))[2:5])))
    return "\n".join(f"{a:8} {b:14} {c:>12} {d:>15} {e:>13}" for a, b, c, d, e in rows)
