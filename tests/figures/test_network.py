import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.figures.network import network
from lenet_tf1.figures.style import as_png
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.networks import NETWORKS
from lenet_tf1.graph.summary import Layer, summarize


def layers(name):
    with tf.Graph().as_default():
        return summarize(build_model(name, classes=10).endpoints)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_has_its_name_and_shape(name):
    shown = layers(name)
    figure = network(shown, title=name)
    texts = [text.get_text() for text in figure.axes[0].texts]
    for layer in shown:
        size = "{2}@{0}×{1}".format(*layer.shape) if len(layer.shape) == 3 else str(layer.shape[0])
        assert f"{layer.name}\n{size}" in texts
    assert as_png(figure).startswith(b"\x89PNG")


def test_between_layers_stands_what_makes_the_second():
    texts = [text.get_text() for text in network(layers("lenet5")).axes[0].texts]
    assert texts[-7:] == [
        "convolution\n5 × 5",
        "mean-pooling\n2 × 2",
        "convolution\n5 × 5",
        "mean-pooling\n2 × 2",
        "convolution\n5 × 5",
        "full\nconnection",
        "full\nconnection",
    ]


def test_a_network_of_ones_own_may_have_layers_of_any_kind_in_any_order():
    maps, units = [14, 14, 8], [1568]
    own = [
        Layer("input", [28, 28, 1], 0, 0, 0, "", None),
        Layer("conv", [28, 28, 8], 208, 0, 0, "Conv2D", (5, 5)),
        Layer("normalised", [28, 28, 8], 0, 0, 0, "", None),  # maps from maps, without a window
        Layer("pool", maps, 0, 0, 0, "MaxPool", (2, 2)),
        Layer("mixed", units, 0, 0, 0, "MatMul", None),
        Layer("again", maps, 0, 0, 0, "", None),  # maps from units
        Layer("more", maps, 0, 0, 0, "Conv2D", (1, 1)),
    ]
    figure = network(own)
    assert as_png(figure).startswith(b"\x89PNG")
    assert len(figure.axes[0].lines) == 2 * (len(own) - 1)
    x = [line.get_xdata() for line in figure.axes[0].lines]
    assert all(end >= start for start, end in x)
