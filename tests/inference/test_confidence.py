import json
import math

import numpy as np
import pytest

from lenet_tf1.inference import confidence
from lenet_tf1.inference.confidence import Confidence, Rejection
from lenet_tf1.inference.frozen import restore


@pytest.fixture(scope="module")
def drawn():
    """Logits of 20,000 images of four classes, and labels drawn from their softmax."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, [20_000, 4])
    p = softmax(logits)
    labels = (p.cumsum(axis=1) < rng.random([len(p), 1])).sum(axis=1).clip(max=3)
    return logits, labels


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("factor", [0.25, 1.0, 3.0])
def test_the_temperature_undoes_what_logits_were_multiplied_by(drawn, factor):
    logits, labels = drawn
    chosen = confidence.choose(softmax(factor * logits), labels)
    assert chosen.temperature == pytest.approx(factor, rel=0.05)
    right = Rejection(chosen, chosen.calibrated(softmax(factor * logits)), labels)
    assert right.calibration.error < 0.01


def test_the_temperature_is_the_softmaxs():
    logits = np.array([[3.0, -1.0, 0.5], [-2.0, 0.0, 9.0]])
    np.testing.assert_allclose(Confidence(0.7).calibrated(softmax(logits)), softmax(logits / 0.7), rtol=1e-5)
    certain = Confidence(0.5).calibrated(np.array([[1.0, 0.0], [0.0, 1.0]], np.float32))
    assert certain.dtype == np.float32 and np.isfinite(certain).all()
    assert certain.argmax(axis=1).tolist() == [0, 1]


def test_one_answer_is_as_good_as_several():
    p = softmax(np.array([[3.0, -1.0, 0.5]]))
    assert np.array_equal(Confidence(0.7).calibrated(p[0]), Confidence(0.7).calibrated(p)[0])


def test_the_threshold_rejects_that_share_of_validation(drawn):
    logits, labels = drawn
    for share in (0.01, 0.2):
        chosen = confidence.choose(softmax(logits), labels, rejected=share)
        rejection = Rejection(chosen, chosen.calibrated(softmax(logits)), labels)
        assert rejection.rejected == pytest.approx(share, abs=1e-3)


def test_the_surest_are_more_often_right(drawn):
    logits, labels = drawn
    rejection = Rejection(Confidence(), softmax(logits), labels)
    answered, accuracy = rejection.curve()
    assert answered[-1] == 1 and accuracy[-1] == rejection.right.mean() == rejection.accuracy_without(0)
    assert rejection.accuracy_without(0.5) > rejection.accuracy_without(0.2) > rejection.accuracy_without(0)
    half = rejection.surest >= np.median(rejection.surest)
    assert rejection.accuracy_without(0.5) == pytest.approx(rejection.right[half].mean(), abs=1e-3)
    assert math.isnan(Rejection(Confidence(threshold=1.0), softmax(logits), labels).accuracy)


def test_two_kinds_told_apart():
    low, high = np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.6])
    assert confidence.auroc(high, low) == 1
    assert confidence.auroc(low, high) == 0
    assert confidence.auroc(low, low) == 0.5
    assert confidence.auroc(np.array([1, 3]), np.array([2, 2])) == 0.5
    inside, outside = np.linspace(0, 1, 101), np.linspace(-1, 0.1, 111)
    assert confidence.false_positives(inside, outside) == pytest.approx(6 / 111)


def test_a_run_knows_its_confidence(run_dir):
    told = json.loads((run_dir / "result.json").read_text())["confidence"]
    assert confidence.of_run(run_dir) == Confidence(**told)
    with restore(run_dir) as network:
        assert network.confidence == Confidence(**told)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"temperature": 0.5},
        {"temperature": "0.5", "threshold": 0.5},
        {"temperature": 0, "threshold": 0.5},
        {"temperature": math.nan, "threshold": 0.5},
        {"temperature": 1.0, "threshold": 1e999},
    ],
)
def test_without_one_that_makes_sense_a_network_is_taken_as_it_is(tmp_path, told):
    assert confidence.of_run(tmp_path) == Confidence(1.0, 0.5)
    (tmp_path / "result.json").write_text(json.dumps({"confidence": told}))
    assert confidence.of_run(tmp_path) == Confidence(1.0, 0.5)
