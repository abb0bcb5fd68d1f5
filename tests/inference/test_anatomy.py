import dataclasses
import json

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import networks

from lenet_tf1.data.batches import as_input
from lenet_tf1.graph.layers import dense
from lenet_tf1.graph.lenet5 import TABLE
from lenet_tf1.graph.model import variable_shapes
from lenet_tf1.inference.anatomy import take_apart
from lenet_tf1.inference.frozen import FrozenNetwork, HeldWeights
from lenet_tf1.inference.parts import packed, run, unpacked
from lenet_tf1.recipes import find_recipe

KINDS = {
    "lenet": "pixels convolution maximum convolution maximum dense dense",
    "generator-cnn": "pixels convolution maximum convolution maximum convolution convolution dense",
    "one-conv": "pixels convolution maximum dense dense",
    "three-conv": "pixels convolution maximum convolution maximum convolution dense",
    "norm-conv": "pixels convolution maximum convolution maximum convolution convolution dense",
    "lenet5": "pixels convolution mean convolution mean convolution dense distance",
}


def opened(name):
    """A network of random weights, in fp32."""
    chance = np.random.default_rng(0)
    weights = {n: chance.normal(0, 0.1, s).astype(np.float32) for n, s in variable_shapes(name, 10).items()}
    weights |= {n: abs(value) for n, value in weights.items() if n.endswith("/variance")}
    recipe = dataclasses.replace(find_recipe("lenet"), network=name)
    return FrozenNetwork(HeldWeights(recipe, weights), extend=lambda model: None)


@pytest.mark.parametrize("name", networks())
def test_every_network_is_taken_apart_and_computes_the_same(name, mnist):
    with opened(name) as network:
        layers = take_apart(network)
        assert " ".join(layer.kind for layer in layers) == KINDS.get(name, KINDS["lenet"])
        outputs, _ = network.run_layers(mnist.test.images[0])
    assert [layer.name for layer in layers] == list(outputs)
    again = unpacked(json.loads(json.dumps(packed(layers, np.float32))))
    for computed, output in zip(run(again, as_input(mnist.test.images[:1])), outputs.values(), strict=True):
        assert computed[0].shape == output.shape
        assert np.abs(computed[0] - output).max() <= 1e-5 * max(1, np.abs(output).max())


def test_the_table_of_lenet5_is_in_its_weights():
    with opened("lenet5") as network:
        weights = take_apart(network)[3].weights
    read = [tuple(sorted(np.flatnonzero(weights[..., j].any(axis=(0, 1))))) for j in range(16)]
    assert read == [tuple(sorted(row)) for row in TABLE]


def test_weights_in_half_precision_are_within_their_rounding():
    with opened("small") as network:
        layers = take_apart(network)
    for layer, half in zip(layers, unpacked(packed(layers, np.float16)), strict=True):
        if layer.weights is not None:
            assert np.allclose(half.weights, layer.weights, rtol=2**-11, atol=2**-25)
        assert [str(step) for step in half.steps] == [str(step) for step in layer.steps]


def strange(x, *, classes, seed):
    """Layers that nothing is known about, and one that another than the last is read by."""
    ends = {"input": tf.reshape(x, [-1, 28, 28, 1])}
    ends["leaky"] = tf.nn.leaky_relu(ends["input"] - 0.5)
    ends["stretched"] = tf.image.resize(ends["leaky"], [14, 14])
    ends["doubled"] = 2 * tf.nn.max_pool2d(ends["input"], ksize=3, strides=2, padding="SAME")
    both = tf.concat([tf.reshape(ends["doubled"], [-1, 196]), tf.reshape(ends["stretched"], [-1, 196])], axis=1)
    ends["out"] = dense(both, "out", units=classes, seed=seed)
    return ends


def test_what_is_not_known_is_said():
    with opened(f"{__name__}:strange") as network:
        layers = take_apart(network)
    assert [(layer.kind, layer.operations) for layer in layers] == [
        ("pixels", ()),
        ("other", ("Sub", "LeakyRelu")),
        ("other", ("ResizeBilinear",)),
        ("maximum", ()),
        ("other", ("ConcatV2",)),
    ]
    assert layers[3].below == 0
