import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.machine import open_session
from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.model import build_model
from lenet_tf1.inference import attacks
from lenet_tf1.inference.attacks import (
    add_attack,
    answers,
    fast_gradient_sign,
    is_right,
    one_noise,
    projected_gradient,
)
from lenet_tf1.inference.frozen import restore


@pytest.fixture(scope="module")
def network(run_dir):
    with restore(run_dir, extend=add_attack) as network:
        yield network


@pytest.fixture(scope="module")
def tried(network, mnist):
    """What every attack takes first: session, tensors, 50 images and their labels."""
    split = mnist.test[:50]
    return network.session, network.extension, as_input(split.images), split.labels


def accuracy(tried, x):
    session, attack, _, labels = tried
    return is_right(session, attack, x, labels).mean()


@pytest.mark.parametrize("epsilon", [0.0, 0.03, 0.3, 1.0])
def test_noise_stays_within_epsilon_and_pixels_within_0_and_1(tried, monkeypatch, epsilon):
    monkeypatch.setattr(attacks, "_NOISE_STEPS", 20)
    session, attack, x, _ = tried
    found = [
        fast_gradient_sign(*tried, epsilon),
        projected_gradient(*tried, epsilon, steps=4, restarts=2),
        np.clip(x + one_noise(session, attack, x, 3, epsilon), 0, 1),
    ]
    for moved in found:
        assert moved.dtype == np.float32 and moved.shape == x.shape
        assert moved.min() >= 0 and moved.max() <= 1
        assert abs(moved - x).max() <= epsilon + 1e-6
        assert (abs(moved - x).max() > 0.9 * epsilon) == (epsilon > 0)


def test_without_strength_nothing_changes(tried):
    clean = accuracy(tried, tried[2])
    assert 0.6 < clean < 1
    assert accuracy(tried, fast_gradient_sign(*tried, 0.0)) == clean
    assert accuracy(tried, projected_gradient(*tried, 0.0, steps=2)) == clean


def test_no_gradient_is_masked(tried):
    # Athalye, Carlini and Wagner, "Obfuscated gradients give a false sense of security", ICML 2018.
    shares = [accuracy(tried, projected_gradient(*tried, epsilon)) for epsilon in (0.0, 0.05, 0.1, 0.5, 1.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-2:] == [0, 0]


def test_many_steps_fool_more_than_one_and_restarts_no_less(tried):
    quick = accuracy(tried, fast_gradient_sign(*tried, 0.08))
    slow, again, more = (
        projected_gradient(*tried, 0.08, steps=10, restarts=restarts, seed=4) for restarts in (1, 1, 3)
    )
    assert accuracy(tried, more) <= accuracy(tried, slow) < quick
    assert slow.tobytes() == again.tobytes()
    assert slow.tobytes() != projected_gradient(*tried, 0.08, steps=10, seed=5).tobytes()


def test_one_noise_makes_one_class_of_others(tried, mnist, monkeypatch):
    monkeypatch.setattr(attacks, "_NOISE_STEPS", 100)
    session, attack, *_ = tried
    learnt_from = mnist.validation[:150]
    noise = one_noise(session, attack, as_input(learnt_from.images[learnt_from.labels != 8]), 8, 0.3)
    others = as_input(mnist.test.images[:500][mnist.test.labels[:500] != 8])
    assert (answers(session, attack, np.clip(others + noise, 0, 1)) == 8).mean() > 0.8
    assert (answers(session, attack, others) == 8).mean() < 0.2


def test_a_network_that_is_sure_is_fooled_all_the_same(mnist):
    with tf.Graph().as_default() as graph, open_session(graph, "fp32") as session:
        attack = add_attack(build_model("bootcamp", classes=10))
        session.run(tf.global_variables_initializer())
        last = next(variable for variable in tf.global_variables() if variable.op.name == "fc7/w")
        session.run(last.assign(1e6 * last))
        x = as_input(mnist.test.images[:20])
        labels = answers(session, attack, x)
        feed = {attack.model.x: x, attack.model.y: one_hot(labels, 10)}
        uphill, towards = session.run([attack.uphill, attack.towards], feed)
        assert not towards.any()  # cross-entropy's gradient is rounded to 0
        assert uphill.any(axis=1).all()
        assert not is_right(session, attack, projected_gradient(session, attack, x, labels, 0.5), labels).any()
