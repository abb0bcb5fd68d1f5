import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.machine import open_session
from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.adversarial import add_noise, margin, shared_variables
from lenet_tf1.graph.layers import dense
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.networks import NETWORKS


def test_the_margin_is_above_the_highest_other():
    logits, y = np.array([[1, 4, 2], [7, 5, 6]], np.float32), np.eye(3, dtype=np.float32)[[1, 2]]
    with tf.Graph().as_default() as graph, open_session(graph, "fp32") as session:
        assert list(session.run(margin(tf.constant(logits), tf.constant(y)))) == [2, -1]


@pytest.fixture(scope="module")
def built():
    """Noise and the network that it is made against, without training."""
    with tf.Graph().as_default() as graph:
        noise = add_noise("bootcamp", classes=10, seed=0, epsilon=0.2, steps=5, warm_up=10)
        with shared_variables():
            model = build_model("bootcamp", classes=10, seed=0, x=noise.output, y=noise.labels)
        with open_session(graph, "fp32") as session:
            session.run(tf.global_variables_initializer())
            yield session, noise, model


def test_the_graph_has_one_set_of_variables_and_the_scopes_of_before(built):
    _, _noise, model = built
    names = [variable.op.name for variable in model.x.graph.get_collection("variables")]
    assert names == [f"{scope}/{name}" for scope in ("conv2", "conv4", "fc6", "fc7") for name in "wb"]
    assert all(end.op.name.startswith(f"{scope}/") for scope, end in model.endpoints.items())
    tops = {operation.name.split("/")[0] for operation in model.x.graph.get_operations()}
    assert tops - {"init"} == {"x", "y", *model.endpoints, "probabilities", "loss", "accuracy", "train"}


@pytest.mark.parametrize(("step", "bound"), [(0, 0.02), (4, 0.1), (9, 0.2), (1000, 0.2)])
def test_noise_grows_and_stays_within_its_bound(built, mnist, step, bound):
    session, noise, model = built
    x, y = as_input(mnist.test.images[:50]), one_hot(mnist.test.labels[:50], 10)
    feed = {noise.images: x, noise.labels: y, noise.seed: [0, step]}
    moved, again, losses = session.run([noise.output, model.x, model.losses], feed)
    assert np.array_equal(moved, again)
    assert moved.min() >= 0 and moved.max() <= 1
    assert 0.9 * bound < abs(moved - x).max() <= bound + 1e-6
    assert losses.mean() > session.run(model.losses, {model.x: x, model.y: y}).mean()
    assert np.array_equal(moved, session.run(noise.output, feed))
    assert not np.array_equal(moved, session.run(noise.output, feed | {noise.seed: [1, step]}))


def test_a_network_that_makes_its_variables_anew_is_told(monkeypatch):
    def anew(x, *, classes, seed):
        return {"fc2": dense(x + tf.Variable(tf.zeros([784])), "fc2", units=classes, seed=seed)}

    monkeypatch.setitem(NETWORKS, "anew", anew)
    with tf.Graph().as_default(), pytest.raises(InputError, match="makes its variables without get_variable"):
        add_noise("anew", classes=10, seed=0, epsilon=0.1, steps=2, warm_up=1)
