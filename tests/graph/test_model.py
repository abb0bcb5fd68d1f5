import itertools
import math

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.augment import add_augmentation
from lenet_tf1.graph.layers import dense
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.networks import NETWORKS
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


def tiny(x, *, classes, seed):
    """A network that is named by module:function."""
    return {"fc1": dense(x, "fc1", units=classes, seed=seed)}


def test_a_network_can_be_one_of_ones_own():
    with tf.Graph().as_default():
        model = build_model(f"{__name__}:tiny", classes=7)
        assert list(model.endpoints) == ["fc1"]
        assert model.probabilities.shape.as_list() == [None, 7]
        assert sum(variable.shape.num_elements() for variable in tf.trainable_variables()) == 785 * 7


WANTED = r"the network wrong must return a dict of endpoints, the last one the logits, float32 \[batch, 10\]"


@pytest.mark.parametrize(
    ("returns", "said"),
    [
        (lambda x: None, ", not NoneType"),
        (lambda x: x[:, :10], r", not \w*Tensor"),
        (lambda x: {}, ", not an empty dict"),
        (lambda x: {"a": x, "fc2": 3}, "; fc2 is of type int"),
        (lambda x: {"a": x}, r"; a is float32 \[batch, 784\]"),
        (lambda x: {"fc2": tf.reshape(x, [-1, 28, 28])[..., :10]}, r"; fc2 is float32 \[batch, 28, 10\]"),
        (lambda x: {"fc2": x[0, :10]}, r"; fc2 is float32 \[10\]"),
        (lambda x: {"fc2": tf.reduce_mean(x[:, :10], axis=0, keepdims=True)}, r"; fc2 is float32 \[1, 10\]"),
        (lambda x: {"fc2": tf.cast(x[:, :10], tf.float16)}, r"; fc2 is float16 \[batch, 10\]"),
    ],
)
def test_what_returns_no_logits_is_one_sentence(monkeypatch, returns, said):
    def wrong(x, *, classes, seed):
        return returns(x)

    monkeypatch.setitem(NETWORKS, "wrong", wrong)
    with tf.Graph().as_default(), pytest.raises(InputError, match=f"^{WANTED}{said}$"):
        build_model("wrong", classes=10)


def test_logits_of_a_shape_that_is_not_known_are_taken(monkeypatch):
    def unknown(x, *, classes, seed):
        return {"fc2": tf.py_func(lambda pixels: pixels[:, :10], [x], tf.float32)}

    monkeypatch.setitem(NETWORKS, "unknown", unknown)
    with tf.Graph().as_default(), tf.Session() as session:
        model = build_model("unknown", classes=10)
        assert session.run(model.predictions, {model.x: np.eye(784)[:3]}).tolist() == [0, 1, 2]
