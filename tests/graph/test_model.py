import itertools
import math

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.augment import add_augmentation
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.training import add_training, training_loss


@pytest.fixture(scope="module")
def untrained(mnist):
    """What an untrained network makes of 500 test images."""
    batch = mnist.test[:500]
    with tf.Graph().as_default(), tf.Session() as session:
        model = build_model("lenet", classes=10, seed=1)
        session.run(tf.global_variables_initializer())
        feed = {model.x: as_input(batch.images), model.y: one_hot(batch.labels, 10)}
        names = ["logits", "probabilities", "predictions", "losses", "loss", "correct", "accuracy"]
        return session.run({name: getattr(model, name) for name in names}, feed) | {"labels": batch.labels}


def test_probabilities_sum_to_one(untrained):
    assert untrained["probabilities"].shape == (500, 10)
    assert np.allclose(untrained["probabilities"].sum(axis=1), 1, atol=1e-5)
    assert not np.allclose(untrained["logits"].sum(axis=1), 1)  # softmax is not in the logits


def test_an_untrained_network_guesses(untrained):
    assert abs(untrained["loss"] - math.log(10)) < 0.1
    assert untrained["accuracy"] < 0.4


def test_measures_agree(untrained):
    assert np.array_equal(untrained["predictions"], untrained["logits"].argmax(axis=1))
    assert np.array_equal(untrained["correct"], untrained["predictions"] == untrained["labels"])
    assert untrained["accuracy"] == pytest.approx(untrained["correct"].mean())
    assert untrained["loss"] == pytest.approx(untrained["losses"].mean(), rel=1e-5)
    picked = untrained["probabilities"][np.arange(500), untrained["labels"]]
    assert np.allclose(untrained["losses"], -np.log(picked), atol=1e-4)


@pytest.mark.parametrize("augmented", [False, True])
def test_the_top_level_of_the_graph_is_a_line(augmented):
    with tf.Graph().as_default() as graph:
        x = add_augmentation(shift=1, slant=1, bend=1).output if augmented else None
        model = build_model("lenet", classes=10, x=x)
        add_training(training_loss(model, "cross-entropy", 0.1 * augmented), lambda step: tf.constant(0.1))
    line = ["x", "input1", "conv2", "pool3", "conv4", "pool5", "fc6", "fc7"]

    def top(name):
        return name.split("/")[0]

    assert {top(o.name) for o in graph.get_operations()} == {*line, "y", "probabilities", "loss", "accuracy", "train"}
    edges = {(top(i.op.name), top(o.name)) for o in graph.get_operations() for i in o.inputs}
    forward = {(a, b) for a, b in edges if a != b and "train" not in (a, b)}
    assert forward == {
        *itertools.pairwise(line),
        *[("fc7", end) for end in ("probabilities", "loss", "accuracy")],
        *[("y", end) for end in ("loss", "accuracy")],
    }
    # TensorBoard sets a scope aside, and its edges with it, if a NoOp bears the scope's own name.
    assert graph.get_operation_by_name("train").type == "NoOp"
    assert {b for a, b in edges if a == "train"} == {"train"} | ({"x"} if augmented else set())


def test_the_placeholders_have_the_documents_names():
    with tf.Graph().as_default() as graph:
        build_model("lenet", classes=10)
        assert graph.get_tensor_by_name("x:0").shape.as_list() == [None, 784]
        assert graph.get_tensor_by_name("y:0").shape.as_list() == [None, 10]
        assert graph.get_tensor_by_name("fc6/keep_prob:0").shape.as_list() == []
