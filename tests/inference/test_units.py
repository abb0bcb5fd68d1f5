import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import networks

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.machine import open_session
from lenet_tf1.data.batches import as_input
from lenet_tf1.graph.model import build_model
from lenet_tf1.inference import units as module
from lenet_tf1.inference.frozen import restore
from lenet_tf1.inference.units import add_units, maximise, most_exciting


@pytest.fixture(scope="module")
def network(run_dir):
    with restore(run_dir, extend=add_units) as network:
        yield network


def test_the_same_seed_makes_the_same_bits(network):
    one, again, other = (maximise(network.session, network.extension, [3, 7], seed=seed) for seed in (0, 0, 1))
    assert one.tobytes() == again.tobytes() != other.tobytes()
    assert one.shape == (2, 28, 28) and one.dtype == np.float32
    assert one.min() >= 0 and one.max() <= 1


def test_a_picture_excites_its_own_unit_as_no_image_does(network, mnist):
    assert (network.extension.scope, network.extension.total) == ("conv4", 50)
    pictures = maximise(network.session, network.extension, range(50)).reshape(50, 784)
    conv4 = network.model.endpoints["conv4"]
    made = network.session.run(conv4, {network.model.x: pictures})[:, 7, 7]  # [pictures, maps], in the middle
    images = network.session.run(conv4, {network.model.x: as_input(mnist.test.images[:500])})[:, 7, 7]
    assert np.mean(made.diagonal() > images.max(axis=0)) > 0.9
    assert np.mean(made.argmax(axis=0) == np.arange(50)) > 0.8


def test_a_picture_of_a_class_is_taken_for_it(run_dir):
    with restore(run_dir, extend=lambda model: add_units(model, "fc7")) as network:
        pictures = maximise(network.session, network.extension, range(10))
        assert np.array_equal(network.probabilities(pictures.reshape(10, 784)).argmax(axis=1), range(10))


def test_the_most_exciting_images_are_those_of_all(network, mnist):
    split = mnist.test[:300]
    found = most_exciting(network.session, network.extension, split, [4, 20])
    assert found.shape == (2, 9)
    outputs = network.session.run(network.model.endpoints["conv4"], {network.model.x: as_input(split.images)})
    for unit, numbers in zip([4, 20], found, strict=True):
        highest = outputs[..., unit].max(axis=(1, 2))
        assert np.allclose(highest[numbers], np.sort(highest)[::-1][:9], rtol=1e-4, atol=1e-5)
    assert most_exciting(network.session, network.extension, split[:4], [0]).shape == (1, 4)


@pytest.mark.parametrize("name", networks())
def test_every_scope_of_every_network_has_pictures(name, monkeypatch):
    monkeypatch.setattr(module, "_STEPS", 2)
    with tf.Graph().as_default() as graph, open_session(graph, "fp32") as session:
        model = build_model(name, classes=10)
        every = [add_units(model, scope) for scope in list(model.endpoints)[1:]]
        session.run(tf.global_variables_initializer())
        for units in every:
            first, last = maximise(session, units, [0, units.total - 1])
            assert np.isfinite([first, last]).all()
            assert not np.array_equal(first, last)
    assert every[-1].total == 10


def test_a_scope_that_is_not_there_is_told():
    with tf.Graph().as_default():
        model = build_model("bootcamp", classes=10)
        assert add_units(model).scope == "conv4"
        with pytest.raises(InputError, match="there is no scope input1 with units; there are conv2, pool3, conv4"):
            add_units(model, "input1")
