import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import variables

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.batches import as_input
from lenet_tf1.evaluate import evaluate
from lenet_tf1.recipes import RECIPES, find_recipe
from lenet_tf1.runs.finding import find

pytestmark = pytest.mark.usefixtures("forked_readers")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'model_checkpoint_path: ""', b"nonsense"])
def test_a_bad_state_file_of_a_foreign_checkpoint(tmp_path, content):
    (tmp_path / "checkpoint").write_bytes(content)
    with pytest.raises(InputError):
        evaluate(tmp_path, recipe="lenet")


def save_document_000(folder, *, classes=10, images=None):
    """Document 000's graph and its way to save it: ref variables, Adam outside of any scope, ./mnist/model.

    Returns what it makes of the images.
    """

    def get_variable(name, shape):
        return tf.get_variable(name, shape, tf.float32, tf.random_normal_initializer(0, 0.1), use_resource=False)

    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(0)
        x = tf.placeholder(tf.float32, [None, 784], name="x")
        y = tf.placeholder(tf.float32, [None, classes], name="y")
        net = tf.reshape(x, [-1, 28, 28, 1])
        for conv, pool, shape in [("conv2", "pool3", [5, 5, 1, 20]), ("conv4", "pool5", [5, 5, 20, 50])]:
            with tf.variable_scope(conv):
                net = tf.nn.conv2d(net, get_variable("w", shape), strides=[1, 1, 1, 1], padding="SAME")
                net = tf.nn.relu(tf.nn.bias_add(net, get_variable("b", shape[-1:])))
            with tf.variable_scope(pool):
                net = tf.nn.max_pool(net, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        with tf.variable_scope("fc6"):
            net = tf.matmul(tf.reshape(net, [-1, 2450]), get_variable("w", [2450, 500])) + get_variable("b", [500])
            net = tf.nn.relu(net)
        with tf.variable_scope("fc7"):
            act = tf.nn.softmax(tf.matmul(net, get_variable("w", [500, classes])) + get_variable("b", [classes]))
        cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=act, labels=y))
        train = tf.train.AdamOptimizer(tf.placeholder_with_default(0.001, [], name="learn_rate")).minimize(cost)
        session.run(tf.global_variables_initializer())
        session.run(train, {x: np.ones([4, 784]), y: np.eye(classes)[:4]})
        tf.train.Saver().save(session, str(folder / "model"))
        return None if images is None else session.run(act, {x: images})


def test_document_000s_own_checkpoint(tmp_path, monkeypatch, mnist):
    (tmp_path / "mnist").mkdir()
    probabilities = save_document_000(tmp_path / "mnist", images=as_input(mnist.test.images[:2000]))
    assert {"conv2/w/Adam", "beta1_power"} <= variables(tmp_path / "mnist" / "model").keys()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(RECIPES, "lenet", dataclasses.replace(find_recipe("lenet"), precision="fp32"))  # as it computes
    monkeypatch.setattr(
        "lenet_tf1.data.datasets.load", lambda *_, **__: dataclasses.replace(mnist, test=mnist.test[:2000])
    )
    measurement, recipe = evaluate("./mnist/model", recipe="lenet")
    assert recipe.name == "lenet"
    assert measurement.total == 2000
    # The same weights in its graph and in ours say the same of every image.
    assert np.array_equal(measurement.confusion.sum(axis=0), np.bincount(probabilities.argmax(axis=1), minlength=10))


def test_ways_to_name_a_foreign_checkpoint(tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    save_document_000(tmp_path / "mnist")
    moved = (tmp_path / "mnist").rename(tmp_path / "moved")  # its state file says where it was
    monkeypatch.chdir(tmp_path)
    for given in ("./moved/model", "moved/model.index", "moved/model.data-00000-of-00001", "moved", moved):
        assert Path(find(given, find_recipe("lenet")).prefix).resolve() == moved / "model"


def test_a_foreign_checkpoint_needs_a_recipe(tmp_path):
    save_document_000(tmp_path)
    with pytest.raises(InputError, match="say which network it is of with --recipe"):
        evaluate(tmp_path / "model")


@pytest.mark.full
def test_another_networks_checkpoint_names_what_differs(tmp_path):
    save_document_000(tmp_path, classes=26)
    with pytest.raises(InputError) as error:
        evaluate(tmp_path / "model", recipe="lenet")
    assert "fc7/w is [500, 26] instead of [500, 10]" in str(error.value)
    assert "fc7/b is [26] instead of [10]" in str(error.value)


@pytest.mark.parametrize("name", ["model.index", pytest.param("model.data-00000-of-00001", marks=pytest.mark.full)])
def test_a_damaged_foreign_checkpoint(tmp_path, name):
    save_document_000(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:100])
    with pytest.raises(InputError, match="model can't be read as a checkpoint"):
        evaluate(tmp_path / "model", recipe="lenet")


@pytest.mark.parametrize("path", ["nowhere", "empty", "empty/model"])
def test_nothing_to_restore(tmp_path, monkeypatch, path):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"python -m lenet_tf1\.train makes one"):
        evaluate(path, recipe="lenet")
