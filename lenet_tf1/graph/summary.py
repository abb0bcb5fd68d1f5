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
    """

    name: str
    shape: list
    parameters: int
    multiply_adds: int
    connections: int


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
    if any(o.type == "AvgPool" for o in output.graph.get_operations() if o.name.startswith(f"{scope}/")):
        weights *= 4  # one coefficient for four pixels
    return Layer(scope, shape, sum(sizes), weights, weights + biases * positions)


def table(layers):
    """The layers as lines of text, with their sum."""
    rows = [("layer", "output", "parameters", "multiply-adds", "connections")]
    rows += [(layer.name, " x ".join(map(str, layer.shape)), *(f"{n:,}" for n in layer[2:])) for layer in layers]
    rows.append(("in all", "", *(f"{sum(column):,}" for column in list(zip(*layers, strict=True))[2:])))
    return "\n".join(f"{a:8} {b:14} {c:>12} {d:>15} {e:>13}" for a, b, c, d, e in rows)
