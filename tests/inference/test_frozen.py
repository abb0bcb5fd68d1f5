import dataclasses
import functools
import shutil
import subprocess
import sys

import numpy as np
import processes
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.machine import open_session
from lenet_tf1.base.report import QUIET
from lenet_tf1.data.batches import as_input
from lenet_tf1.graph.layers import dense, get_variable
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.networks import NETWORKS
from lenet_tf1.inference import frozen as frozen_module
from lenet_tf1.inference.frozen import FrozenNetwork, restore
from lenet_tf1.runs import checkpoints
from lenet_tf1.runs.finding import find
from lenet_tf1.train import train


@pytest.fixture(scope="module")
def network(run_dir):
    with FrozenNetwork(checkpoints.best(run_dir)) as network:
        yield network


@pytest.fixture(scope="module")
def x(mnist):
    return as_input(mnist.test.images[:300])


def test_a_frozen_network_answers_what_the_trained_one_does(network, run_dir, x):
    checkpoint = checkpoints.best(run_dir)
    with tf.Graph().as_default() as graph, open_session(graph, checkpoint.recipe.precision) as session:
        model = build_model("lenet", classes=10)
        tf.train.Saver(tf.trainable_variables()).restore(session, checkpoint.prefix)
        wanted = session.run(model.probabilities, {model.x: x})
    found = network.session.run(network.model.probabilities, {network.model.x: x})
    assert np.allclose(found, wanted, rtol=1e-3, atol=1e-4)  # sums may be taken in another order
    assert np.array_equal(found.argmax(axis=1), wanted.argmax(axis=1))


def test_what_it_classifies_is_what_its_session_answers(network, x):
    for n in (1, 2, 7, 8, 9, 300):  # of eight and more, each core gets some
        found = network.probabilities(x[:n])
        assert found.shape == (n, 10)
        assert np.array_equal(found, network.session.run(network.model.probabilities, {network.model.x: x[:n]}))


def test_a_single_image_is_no_work_for_other_threads(run_dir):
    code = f"""
import time
import numpy as np
from lenet_tf1.base import console
console.import_tensorflow()
from lenet_tf1 import restore
with restore({str(run_dir)!r}) as network:
    for image in np.zeros([50, 1, 784], np.float32):
        network.probabilities(image)
    all_threads, this_one = time.process_time(), time.thread_time()
    for image in np.zeros([300, 1, 784], np.float32):
        network.probabilities(image)
    print((time.thread_time() - this_one) / (time.process_time() - all_threads))
"""
    result = processes.python(code)
    assert result.returncode == 0, result.stderr
    assert float(result.stdout) > 0.8


def test_its_weights_are_constants_and_it_draws_no_random_numbers(network, run_dir):
    reader = tf.train.load_checkpoint(checkpoints.best(run_dir).prefix)
    for name in ("conv2/w", "conv2/b", "fc6/w", "fc7/b"):
        assert np.array_equal(network.session.run(f"{name}:0"), reader.get_tensor(name))
    graph = network.session.graph
    assert not graph.get_collection("variables")
    assert not network.model.drops
    assert not [operation.name for operation in graph.get_operations() if "andom" in operation.type]


def by_hand(x, *, classes, seed):
    """A network with variables of each kind: ours, a moving average and one of TensorFlow's class."""
    ends = {"input1": tf.reshape(x, [-1, 784])}
    with tf.variable_scope("scaled"):
        scale = get_variable("scale", [], tf.ones_initializer())
        tf.get_variable("average", [], trainable=False, initializer=tf.zeros_initializer(), use_resource=True)
        ends["scaled"] = ends["input1"] * scale + tf.Variable(tf.zeros([784]), name="offset")
    ends["fc2"] = dense(ends["scaled"], "fc2", units=classes, seed=seed)
    return ends


def test_a_network_may_make_its_variables_in_any_way(small_recipe, tmp_path, monkeypatch, x):
    monkeypatch.setitem(NETWORKS, "by hand", by_hand)
    recipe = dataclasses.replace(small_recipe, network="by hand", keep_prob=1.0, precision="fp32", epochs=1)
    train(recipe, tmp_path / "run", report=QUIET)
    checkpoint = checkpoints.best(tmp_path / "run")
    values = tf.train.load_checkpoint(checkpoint.prefix)
    weights = {name: values.get_tensor(name) for name in ("scaled/scale", "scaled/offset", "fc2/w", "fc2/b")}
    assert np.abs(weights["scaled/offset"]).max() > 0
    net = x * weights["scaled/scale"] + weights["scaled/offset"]
    logits = net @ weights["fc2/w"] + weights["fc2/b"]
    with FrozenNetwork(checkpoint) as network:
        found = network.probabilities(x)
    assert np.allclose(np.log(found), logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), atol=1e-4)


def test_without_the_private_method_it_runs_all_the_same(run_dir, x, monkeypatch):
    with restore(run_dir) as network:
        wanted = network.probabilities(x[:5])
    monkeypatch.delattr(tf.Session.__mro__[1], "_make_callable_from_options")
    with restore(run_dir) as network:
        assert np.array_equal(network.probabilities(x[:5]), wanted)


def test_a_checkpoint_that_is_pruned_while_it_is_read_gives_way_to_the_next(run_dir, tmp_path, monkeypatch):
    copy = shutil.copytree(run_dir, tmp_path / "run")
    found = []

    def find_and_prune(path, recipe, report):
        checkpoint = find(path, recipe, report)
        if not found:
            shutil.rmtree(checkpoint.folder)
        found.append(checkpoint.step)
        return checkpoint

    monkeypatch.setattr(frozen_module, "find", find_and_prune)
    with restore(copy) as network:
        assert network.recipe.network == "lenet"
    assert len(found) == 2
    assert found[0] != found[1]


def test_a_checkpoint_that_does_not_fit_is_told_as_such(run_dir, monkeypatch):
    monkeypatch.setitem(NETWORKS, "lenet", functools.partial(NETWORKS["lenet"], units=400))
    with pytest.raises(InputError, match=r"was written by another version \(fc6/w is \[2450, 500\] instead of"):
        restore(run_dir)


def test_what_a_program_leaves_open_is_no_matter_at_its_end():
    code = """
from lenet_tf1.base import console
console.import_tensorflow()
from lenet_tf1.inference.frozen import restore
from lenet_tf1.runs.shipped import SHIPPED
network = restore(SHIPPED)"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert ended.stderr == ""
