import contextlib
import threading

import numpy as np
import pytest
import templates

from lenet_tf1.data import normalize
from lenet_tf1.data.batches import as_input
from lenet_tf1.data.hands import no_digits
from lenet_tf1.inference.confidence import Rejection, choose
from lenet_tf1.inference.frozen import restore
from lenet_tf1.reading import ensemble
from lenet_tf1.reading.ensemble import TOGETHER, Ensemble
from lenet_tf1.runs.shipped import SHIPPED, SHIPPED_SECOND


@pytest.fixture(scope="module")
def both():
    with contextlib.closing(Ensemble(restore(SHIPPED), with_second=True)) as one:
        yield one


@pytest.fixture(scope="module")
def letters():
    rng = np.random.default_rng(1)
    return np.stack([normalize.as_mnist(templates.draw(shape, rng)) for shape in no_digits.OTHERS])


def test_both_networks_and_all_views_count(both, letters):
    views = np.concatenate([normalize.views(image) for image in letters])
    with restore(SHIPPED_SECOND) as network:
        seen = np.stack([both.classify(views), network.probabilities(as_input(views))])
    by_view = seen.reshape(2, len(letters), normalize.VIEWS, 10)
    found = both.probabilities(letters)
    assert np.abs(found - TOGETHER.calibrated(by_view.mean(axis=(0, 2)))).max() < 0.05  # bf16, in other batches
    for without in (by_view[:1], by_view[1:], by_view[:, :, :1]):
        assert np.abs(found - TOGETHER.calibrated(without.mean(axis=(0, 2)))).max() > 0.1


def test_letters_are_doubted(both, letters):
    assert np.mean(both.probabilities(letters).max(axis=1) < TOGETHER.threshold) > 0.5


def test_what_it_is_sure_of_is_what_validation_says(both, mnist):
    few = mnist.validation[:2000]
    told = both.of_many(few.images)
    assert choose(told, few.labels).temperature == pytest.approx(1, abs=0.25)  # one more changes little
    rejection = Rejection(TOGETHER, told, few.labels)
    assert 0.003 < rejection.rejected < 0.02
    assert rejection.accuracy > 0.995


def test_of_very_many_images_each_is_seen_once(both, mnist, monkeypatch):
    monkeypatch.setattr(ensemble, "_MOST_VIEWED", 10)
    monkeypatch.setattr(normalize, "views", None)
    images = mnist.test.images[:20]
    assert (both.probabilities(images).argmax(axis=1) == mnist.test.labels[:20]).all()


def test_alone_it_is_the_network_and_what_its_run_chose(mnist):
    with contextlib.closing(Ensemble(restore(SHIPPED), with_second=False)) as one:
        images = mnist.test.images[:20]
        assert one.confidence != TOGETHER
        assert np.array_equal(one.probabilities(images), one.confidence.calibrated(one.classify(images)))


def test_once_closed_nothing_is_opened_again(mnist):
    before = threading.active_count()
    for is_used in (False, True):
        one = Ensemble(restore(SHIPPED), with_second=True)
        if is_used:
            one.probabilities(mnist.test.images[:1])
        one.close()
        one.close()  # again is no error
        with pytest.raises(RuntimeError, match="closed"):
            one.probabilities(mnist.test.images[:1])
    assert threading.active_count() == before
