import numpy as np
import pytest

from lenet_tf1.data import normalize
from lenet_tf1.inference.confidence import choose
from lenet_tf1.inference.frozen import restore
from lenet_tf1.reading import committee
from lenet_tf1.reading.committee import Committee
from lenet_tf1.runs.shipped import SHIPPED, SHIPPED_SECOND


@pytest.fixture(scope="module")
def both():
    one = Committee(restore(SHIPPED), seconded=True)
    yield one
    one.close()


def test_both_count_and_every_view(both, mnist):
    images = mnist.test.images[:20]
    views = np.concatenate([normalize.views(image) for image in images])
    with restore(SHIPPED_SECOND) as second:
        seen = [both.classify(views), second.probabilities(views.reshape(-1, 784).astype(np.float32) / 255)]
    mean = np.mean(seen, axis=0).reshape(20, normalize.VIEWS, 10).mean(axis=1)
    assert np.abs(both.calibrated(images) - committee.TOGETHER.calibrated(mean)).max() < 0.02


def test_what_they_are_sure_of_is_what_validation_says(both, mnist, monkeypatch):
    few = mnist.validation[:2000]
    monkeypatch.setattr(both, "confidence", type(committee.TOGETHER)())
    chosen = choose(both.calibrated(few.images), few.labels)
    assert chosen.temperature == pytest.approx(committee.TOGETHER.temperature, rel=0.2)
    assert (both.calibrated(few.images).argmax(axis=1) == few.labels).mean() > 0.99


def test_alone_it_is_the_network_and_what_its_run_chose(mnist):
    one = Committee(restore(SHIPPED), seconded=False)
    images = mnist.test.images[:20]
    assert one.confidence == one.network.confidence
    assert np.array_equal(one.calibrated(images), one.confidence.calibrated(one.classify(images)))
    one.close()
