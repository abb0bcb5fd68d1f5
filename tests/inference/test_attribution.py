import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import networks

from lenet_tf1.base.machine import open_session
from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.layers import get_variable
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.networks import NETWORKS
from lenet_tf1.inference import attribution
from lenet_tf1.inference.attribution import GRAD_CAM, GRADIENT, INTEGRATED, OCCLUSION, add_attribution, maps_of
from lenet_tf1.inference.frozen import restore

LAST = {"lenet5": "C3", "generator-cnn": "conv7", "one-conv": "conv2"}  # of the others conv4


@pytest.fixture(scope="module")
def trained(run_dir):
    with restore(run_dir, extend=add_attribution) as network:
        yield network


def asked(name, seed=0):
    """A network with its initial weights, and what was added to ask it."""
    with tf.Graph().as_default() as graph:
        why = add_attribution(build_model(name, classes=10, seed=seed))
        session = open_session(graph, "fp32")
        session.run(tf.global_variables_initializer())
    return session, why


def score(session, why, x, label):
    y = np.repeat(one_hot(np.array([label]), 10), len(x), axis=0)
    return session.run(why.score, {why.model.x: x, why.model.y: y})


def check_completeness(session, why, image, ground):
    found = maps_of(session, why, image, 3, ground=ground)[INTEGRATED]
    at, before = score(session, why, np.stack([as_input(image[None])[0], np.full(784, ground, np.float32)]), 3)
    assert found.sum() == pytest.approx(at - before, abs=0.02 * float(abs(found).sum()))
    assert abs(found).sum() > 0


@pytest.mark.parametrize("ground", [0.0, 1.0])
def test_integrated_gradients_sum_to_what_the_image_adds_to_the_logit(trained, mnist, ground):
    for image in mnist.test.images[:3]:
        check_completeness(trained.session, trained.extension, image, ground)


@pytest.mark.parametrize("name", networks())
def test_every_network_can_be_asked(name, mnist):
    session, why = asked(name)
    with session:
        assert why.scope == LAST.get(name, "conv4")
        maps = maps_of(session, why, mnist.test.images[0], 7)
        assert list(maps) == [GRADIENT, INTEGRATED, GRAD_CAM, OCCLUSION]
        assert all(values.shape == (28, 28) and np.isfinite(values).all() for values in maps.values())
        assert all(maps[name].any() for name in (GRADIENT, INTEGRATED, OCCLUSION))
        assert maps[GRAD_CAM].min() >= 0
        check_completeness(session, why, mnist.test.images[1], 0.0)


def likeness(one, other, ink):
    """The correlation of two maps' ranks where there is ink: elsewhere some of them are 0 whatever the weights are."""
    ranks = [values[ink].argsort(kind="stable").argsort(kind="stable") for values in (one, other)]
    return np.corrcoef(ranks)[0, 1]


def test_maps_are_of_the_weights_and_not_of_the_image_alone(trained, mnist):
    # Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018.
    session, why = asked("lenet", seed=1)
    found = []
    with session:
        for image in mnist.test.images[:8]:
            learnt = maps_of(trained.session, trained.extension, image, 3)
            drawn = maps_of(session, why, image, 3)
            found.append([likeness(learnt[name], drawn[name], image > 0) for name in learnt])
        again = maps_of(session, why, image, 3)
        assert all(np.array_equal(drawn[name], again[name]) for name in drawn)
    assert (abs(np.mean(found, axis=0)) < 0.4).all()


@pytest.fixture
def made_up(monkeypatch):
    """A network of two classes: one that counts the ink of rows 4 to 8 in columns 18 to 22, and one that is 2."""

    def counts(x, *, classes, seed):
        weights = np.zeros([28, 28, 2], np.float32)
        weights[4:9, 18:23, 1] = 1
        ends = {"input1": tf.reshape(x, [-1, 784])}
        with tf.variable_scope("fc2"):
            w = get_variable("w", [784, 2], tf.constant_initializer(weights.reshape(784, 2)))
            ends["fc2"] = tf.matmul(ends["input1"], w) + tf.constant([2.0, 0.0])
        return ends

    monkeypatch.setitem(NETWORKS, "counts", counts)
    with tf.Graph().as_default() as graph:
        why = add_attribution(build_model("counts", classes=2))
        with open_session(graph, "fp32") as session:
            session.run(tf.global_variables_initializer())
            yield session, why


def test_maps_of_a_network_that_is_known_are_where_they_must_be(made_up, mnist):
    image = np.full([28, 28], 51, np.uint8)  # a fifth
    maps = maps_of(*made_up, image, 1)
    assert list(maps) == [GRADIENT, INTEGRATED, OCCLUSION]  # it has no convolution
    inside = np.zeros([28, 28], bool)
    inside[4:9, 18:23] = True
    assert np.allclose(maps[GRADIENT], inside)
    assert np.allclose(maps[INTEGRATED], 0.2 * inside, atol=1e-5)
    assert np.unravel_index(maps[OCCLUSION].argmax(), (28, 28)) == (6, 20)
    assert maps[OCCLUSION].max() == pytest.approx(0.2 * 25, rel=1e-4)
    assert not maps[OCCLUSION][11:].any() and not maps[OCCLUSION][:, :16].any()
    assert maps_of(*made_up, image, 1, ground=0.2)[OCCLUSION] == pytest.approx(0, abs=1e-4)


def test_the_least_change_of_a_network_that_is_known_is_the_least(made_up):
    # 25 pixels share what is missing from 2, and none can have more than 1.
    change = attribution.least_change(*made_up, np.zeros([28, 28], np.uint8), 1)
    added = change.image.reshape(28, 28)
    assert added.sum() == pytest.approx(added[4:9, 18:23].sum())
    assert np.linalg.norm(added) == pytest.approx(2 / 5, rel=0.02)
    assert change.probabilities.argmax() == 1


def test_what_cannot_be_is_not_found(made_up):
    image = np.zeros([28, 28], np.uint8)
    session, why = made_up
    nothing = why._replace(towards=tf.zeros_like(why.model.x))
    assert attribution.least_change(session, nothing, image, 1) is None


def test_the_least_change_turns_the_answer_and_less_does_not(trained, mnist):
    session, why = trained.session, trained.extension
    for image in mnist.test.images[:2]:
        _, probabilities = trained.run_layers(image)
        for target in (probabilities.argsort()[::-1])[[1, 4, 9]].tolist():  # next to it, and far away
            change = attribution.least_change(session, why, image, target)
            x = as_input(image[None])
            assert change.probabilities.argmax() == target
            assert change.image.min() >= 0 and change.image.max() <= 1
            assert trained.probabilities(x + 0.9 * (change.image - x)).argmax() != target
