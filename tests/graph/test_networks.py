import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.networks import NETWORKS, lenet, small
from lenet_tf1.machine import choose_precision, open_session


def test_lenet_is_document_000s():
    with tf.Graph().as_default():
        ends = lenet(tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0)
        shapes = {variable.op.name: variable.shape.as_list() for variable in tf.trainable_variables()}
        parameters = sum(variable.shape.num_elements() for variable in tf.trainable_variables())
    assert parameters == 1_256_080
    assert shapes == {
        "conv2/w": [5, 5, 1, 20],
        "conv2/b": [20],
        "conv4/w": [5, 5, 20, 50],
        "conv4/b": [50],
        "fc6/w": [2450, 500],
        "fc6/b": [500],
        "fc7/w": [500, 10],
        "fc7/b": [10],
    }
    assert {scope: end.shape.as_list() for scope, end in ends.items()} == {
        "input1": [None, 28, 28, 1],
        "conv2": [None, 28, 28, 20],
        "pool3": [None, 14, 14, 20],
        "conv4": [None, 14, 14, 50],
        "pool5": [None, 7, 7, 50],
        "fc6": [None, 500],
        "fc7": [None, 10],
    }
    assert all(end.name.startswith(f"{scope}/") for scope, end in ends.items())


def test_small_has_lenets_scopes():
    with tf.Graph().as_default():
        ends = small(tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0)
        assert sum(variable.shape.num_elements() for variable in tf.trainable_variables()) == 212_682
    assert {scope: end.shape.as_list() for scope, end in ends.items()} == {
        "input1": [None, 28, 28, 1],
        "conv2": [None, 24, 24, 16],
        "pool3": [None, 12, 12, 16],
        "conv4": [None, 10, 10, 32],
        "pool5": [None, 5, 5, 32],
        "fc6": [None, 256],
        "fc7": [None, 10],
    }


def test_the_graph_holds_no_keras():
    with tf.Graph().as_default() as graph:
        lenet(tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0)
        assert not any("keras" in operation.name for operation in graph.get_operations())


def gradients(network, images, labels, precision):
    """The gradient of the loss for every variable, at the initial weights."""
    with tf.Graph().as_default() as graph, open_session(graph, precision) as session:
        model = build_model(network, classes=10, seed=3)
        found = tf.gradients(model.loss, tf.trainable_variables())
        session.run(tf.global_variables_initializer())
        return session.run(found, {model.x: as_input(images), model.y: one_hot(labels, 10)})


@pytest.mark.parametrize("network", NETWORKS)
def test_gradients_are_those_of_the_plain_graph(network, mnist, monkeypatch):
    batch = mnist.train[:64]
    ours = gradients(network, batch.images, batch.labels, "fp32")
    monkeypatch.setattr("lenet_tf1.graph.layers._POOLED_FIRST", {})
    plain = gradients(network, batch.images, batch.labels, "fp32")
    for mine, theirs in zip(ours, plain, strict=True):
        assert np.abs(mine - theirs).max() <= 1e-5 * np.abs(theirs).max()


@pytest.mark.parametrize("network", NETWORKS)
def test_gradients_in_bfloat16_are_within_a_tenth(network, mnist):
    if choose_precision("auto") == "fp32":
        pytest.skip("this processor has no bfloat16; one with AVX512_BF16 or AMX would run this")
    batch = mnist.train[:64]
    # Eight bits make other pixels the maximum here and there; measured: 6 % for lenet and 8 % for small in conv2.
    exact = gradients(network, batch.images, batch.labels, "fp32")
    for mine, theirs in zip(gradients(network, batch.images, batch.labels, "bf16"), exact, strict=True):
        assert np.linalg.norm(mine - theirs) <= 0.1 * np.linalg.norm(theirs)
