import weakref

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.model import build_model
from lenet_tf1.inference import metrics
from lenet_tf1.inference.metrics import (
    calibrate,
    classify,
    evaluate_ensemble,
    evaluate_split,
    misclassified,
    predict_probabilities,
)


@pytest.fixture(scope="module")
def untrained():
    with tf.Graph().as_default(), tf.Session() as session:
        model = build_model("lenet", classes=10, seed=2)
        session.run(tf.global_variables_initializer())
        yield session, model


def test_two_batches_at_a_time_are_what_one_is(untrained, mnist):
    session, model = untrained
    split = mnist.test[:1000]
    losses, confusion = [], np.zeros([10, 10], int)
    for start in range(0, 1000, 256):
        batch = split[start : start + 256]
        feed = {model.x: as_input(batch.images), model.y: one_hot(batch.labels, 10)}
        found, predictions = session.run([model.losses, model.predictions], feed)
        losses.extend(found)
        np.add.at(confusion, (batch.labels, predictions), 1)
    for _ in range(5):
        measurement = evaluate_split(session, model, split)
        assert measurement.loss == np.mean(losses, dtype=np.float64)
        assert np.array_equal(measurement.confusion, confusion)
    assert measurement.total == 1000
    assert measurement.correct == confusion.trace()
    assert measurement.accuracy == confusion.trace() / 1000


def test_one_network_together_with_nobody_is_itself(untrained, mnist):
    session, model = untrained
    split = mnist.test[:1000]
    alone = evaluate_split(session, model, split)
    together = evaluate_ensemble([predict_probabilities(session, model, split)], split.labels)
    assert np.array_equal(together.confusion, alone.confusion)
    assert together.loss == pytest.approx(alone.loss, rel=1e-5)


def test_the_mean_of_probabilities_by_hand():
    several = [np.array([[0.9, 0.1], [0.6, 0.4], [0.0, 1.0]]), np.array([[0.5, 0.5], [0.2, 0.8], [0.0, 1.0]])]
    measurement = evaluate_ensemble(several, np.array([0, 0, 1]))
    assert measurement.confusion.tolist() == [[1, 1], [0, 1]]
    assert measurement.loss == pytest.approx(-(np.log(0.7) + np.log(0.4)) / 3)


def test_what_is_classified_is_what_is_measured(untrained, mnist):
    session, model = untrained
    split = mnist.test[:1000]
    losses, predictions, shares = classify(session, model, split)
    whole = evaluate_split(session, model, split)
    assert (predictions == split.labels).sum() == whole.correct
    assert losses.mean(dtype=np.float64) == whole.loss
    assert np.array_equal(shares, predict_probabilities(session, model, split))


def test_calibration_is_the_distance_of_what_is_said_from_what_is_so():
    confidence = np.array([0.62, 0.64, 0.66, 0.68, 0.91, 0.93, 1.0])
    right = np.array([True, False, False, True, True, True, True])
    found = calibrate(confidence, right, bins=10)
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 0, 4, 0, 0, 3]
    assert found.accuracy[[6, 9]].tolist() == [0.5, 1.0]
    assert found.confidence[[6, 9]] == pytest.approx([0.65, 2.84 / 3])
    assert np.isnan(found.accuracy[0])
    assert found.error == pytest.approx((4 * 0.15 + 3 * (1 - 2.84 / 3)) / 7)


def test_who_is_always_right_and_sure_is_calibrated():
    assert calibrate(np.ones(5), np.ones(5, bool)).error == 0
    assert calibrate(np.full(5, 1 / 15), np.zeros(5, bool)).counts[0] == 5  # an edge belongs to the bin below it


def test_the_worst_mistakes_come_first():
    losses = np.array([0.1, 2.0, 5.0, 3.0, 9.0])
    assert misclassified(losses, np.array([1, 0, 1, 1, 1]), np.array([1, 1, 0, 0, 1])).tolist() == [2, 3, 1]


def test_no_more_than_two_batches_are_there_as_floats(mnist, untrained, monkeypatch):
    """However long the split is."""
    alive = most = 0

    class Batch(np.ndarray):
        """One that can be seen to go."""

    def gone():
        nonlocal alive
        alive -= 1

    class Counted(metrics.Batches):
        def __getitem__(self, index):
            nonlocal alive, most
            x, y = super().__getitem__(index)
            x = x.view(Batch)
            weakref.finalize(x, gone)
            alive += 1
            most = max(most, alive)
            return x, y

    session, model = untrained
    monkeypatch.setattr(metrics, "Batches", Counted)
    assert len(metrics.predict_probabilities(session, model, mnist.test[:2000], batch_size=20)) == 2000
    assert most == 2
    assert alive == 0
