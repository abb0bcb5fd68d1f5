import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.graph.lenet5 import TABLE, _codes, lenet5
from lenet_tf1.graph.summary import summarize


@pytest.fixture
def built():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 784])
        ends = lenet5(x, classes=10, seed=0)
        session.run(tf.global_variables_initializer())
        yield session, x, ends


def test_connections_are_the_published_ones(built):
    connections = {layer.name: layer.connections for layer in summarize(built[2])}
    assert connections["C1"] == 122_304
    assert connections["S2"] == 5_880
    assert connections["C3"] == 151_600
    assert connections["S4"] == 2_000
    assert connections["C5"] == 48_120
    assert connections["F6"] == 10_164


def test_the_table_is_the_papers():
    assert [len(row) for row in TABLE] == [3] * 6 + [4] * 9 + [6]
    wanted = "012 123 234 345 045 015 0123 1234 2345 0345 0145 0125 0134 1245 0235 012345"
    assert " ".join("".join(map(str, sorted(row))) for row in TABLE) == wanted


def test_a_map_of_c3_reads_the_maps_of_s2_that_the_table_says(built):
    session, x, ends = built
    image = np.random.default_rng(0).random([1, 784])
    for j, row in enumerate(TABLE):
        (gradient,) = session.run(tf.gradients(ends["C3"][..., j], ends["S2"]), {x: image})
        assert np.flatnonzero(np.abs(gradient).sum(axis=(0, 1, 2))).tolist() == sorted(row)


def test_the_input_is_32_by_32_around_the_image(built):
    session, x, ends = built
    image = session.run(ends["input"], {x: np.ones([1, 784])})[0, ..., 0]
    assert np.allclose(image[2:-2, 2:-2], 1.175)
    image[2:-2, 2:-2] = -0.1
    assert np.allclose(image, -0.1)


def test_the_output_is_the_distance_from_the_codes(built):
    session, x, ends = built
    f6, logits = session.run([ends["F6"], ends["output"]], {x: np.random.default_rng(1).random([4, 784])})
    distances = ((f6[:, None] - _codes(10)[None]) ** 2).sum(axis=2)
    assert np.allclose(logits, -distances, rtol=1e-4)


def test_codes_are_of_ink_and_paper_and_far_apart():
    codes = _codes(26)
    assert codes.shape == (26, 84)
    assert set(np.unique(codes)) == {-1, 1}
    different = (codes[:, None] != codes[None]).sum(axis=2)[~np.eye(26, dtype=bool)]
    assert different.min() >= 6
