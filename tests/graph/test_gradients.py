import importlib
from contextlib import nullcontext

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import networks

from lenet_tf1.base.machine import choose_precision, open_session
from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph import gradients
from lenet_tf1.graph.gradients import pooled_first
from lenet_tf1.graph.layers import conv2d_max_pool
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.networks import NETWORKS


def layer(images, padding, context, maps_too):
    """A layer's outputs and gradients for the images, w and b, built within the context."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(images)
        with context():
            maps, pooled = conv2d_max_pool(x, "conv", "pool", filters=20, size=5, seed=0, padding=padding)
        w, b = tf.trainable_variables()
        session.run([w.initializer, b.initializer])
        b.load(np.linspace(-0.3, 0.3, 20, dtype=np.float32), session)
        weights = tf.constant(np.random.default_rng(1).normal(size=pooled.shape.as_list()).astype(np.float32))
        found = tf.gradients([pooled * weights] + [tf.square(maps)] * maps_too, [x, w, b])
        return session.run([maps, pooled, *found])


@pytest.mark.parametrize("maps_too", [False, True])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("size", [28, 13])
def test_a_layers_gradients_are_the_plain_ones(padding, size, maps_too):
    # Whole numbers in the images make many equal maxima, of which one alone has a gradient.
    images = np.random.default_rng(0).integers(-2, 3, size=[8, size, size, 1]).astype(np.float32)
    images[:, : size // 2] = 0
    ours = layer(images, padding, pooled_first, maps_too)
    plain = layer(images, padding, nullcontext, maps_too)
    for mine, theirs in zip(ours[:2], plain[:2], strict=True):
        assert np.array_equal(mine, theirs)  # to the bit
    for mine, theirs in zip(ours[2:], plain[2:], strict=True):
        assert np.abs(mine - theirs).max() <= 1e-5 * np.abs(theirs).max()


def test_other_orders_of_operations_have_the_plain_gradients():
    def run(context):
        with tf.Graph().as_default(), tf.Session() as session:
            x = tf.constant(np.random.default_rng(0).normal(size=[2, 6, 6, 3]).astype(np.float32))
            with context():
                no_relu = tf.nn.max_pool2d(tf.nn.bias_add(x, [0.1, 0.2, 0.3]), 2, 2, "SAME")
                relu_after = tf.nn.relu(no_relu)
                twice = tf.nn.max_pool2d(tf.nn.relu(relu_after), 2, 2, "VALID")
            return session.run(tf.gradients([no_relu, tf.square(twice)], x))

    assert np.allclose(run(pooled_first), run(nullcontext))


def pooled(x, b, *, pooling_format=None, **settings):
    """Bias, ReLU and max-pooling, of constants x and b, with what differs from conv2d_max_pool's."""
    data_format = settings.get("data_format", "NHWC")
    net = tf.nn.relu(tf.nn.bias_add(x, b, data_format=data_format))
    settings = {"ksize": 2, "strides": 2, "padding": "SAME", **settings, "data_format": pooling_format or data_format}
    return tf.nn.max_pool2d(net, **settings)


def gradients_of(context, build, shape):
    """The gradients, for x and b, of what `build(x, b)` makes of whole numbers x of the shape and three biases b."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(np.random.default_rng(0).integers(-2, 3, size=shape).astype(np.float32))
        b = tf.constant([0.5, 0.0, -0.5])
        with context():
            output = build(x, b)
        weights = np.random.default_rng(1).normal(size=output.shape.as_list()).astype(np.float32)
        return session.run(tf.gradients(output * weights, [x, b]))


EXPLICIT = [[0, 0], [1, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ([4, 6, 6, 3], {"padding": EXPLICIT}),
        ([4, 6, 6, 3], {"padding": EXPLICIT, "ksize": 3, "strides": 2}),
        ([4, 3, 6, 6], {"data_format": "NCHW"}),
        ([4, 3, 3, 3], {"data_format": "NCHW", "strides": 1}),  # every axis could be the channels'
        ([4, 6, 3, 3], {"pooling_format": "NCHW", "strides": 1}),  # pooling along the bias's axis
    ],
)
def test_layouts_and_explicit_padding_have_the_plain_gradients(shape, settings):
    def build(x, b):
        return tf.nn.relu(pooled(x, b, **settings) + 0.25)  # so that MaxPool's gradient comes from a ReLU

    try:
        plain = gradients_of(nullcontext, build, shape)
    except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
        pytest.skip("this TensorFlow has no kernels for NCHW on this device")
    for mine, theirs in zip(gradients_of(pooled_first, build, shape), plain, strict=True):
        assert np.abs(mine - theirs).max() <= 1e-5 * np.abs(theirs).max()


@pytest.mark.parametrize("padding", ["SAME", [[0, 0], [0, 0], [1, 0], [1, 1]]])
def test_the_gradients_operations_carry_the_layers_attributes(padding):
    """In the graph, where no device has to have the kernels."""
    with tf.Graph().as_default() as graph:
        x, b = tf.zeros([2, 3, 6, 6]), tf.zeros([3])
        with pooled_first():
            output = pooled(x, b, data_format="NCHW", padding=padding)
        gradient = tf.gradients(output, [x, b])
        made = {operation.type: operation for operation in graph.get_operations()}
    assert [g.shape.as_list() for g in gradient] == [[2, 3, 6, 6], [3]]
    for forward, backward in (("MaxPool", "MaxPoolGrad"), ("BiasAdd", "BiasAddGrad")):
        assert made[backward].get_attr("data_format") == made[forward].get_attr("data_format") == b"NCHW"
    for name in ("ksize", "strides", "padding", "explicit_paddings"):
        assert made["MaxPoolGrad"].get_attr(name) == made["MaxPool"].get_attr(name)


def test_a_relu_whose_output_is_renamed_before_the_pooling_keeps_its_gradient():
    def build(x, b):
        net = tf.identity(tf.nn.relu(tf.nn.bias_add(x, b)))
        # A pixel that is 0 has a gradient here, unless the first ReLU stops it.
        return tf.nn.relu(tf.nn.bias_add(tf.nn.max_pool2d(net, 2, 2, "SAME"), [1.0, 1.0, 1.0]))

    ours, plain = (gradients_of(context, build, [4, 6, 6, 3]) for context in (pooled_first, nullcontext))
    assert np.allclose(ours[0], plain[0])
    assert np.allclose(ours[1], plain[1], rtol=1e-5)


def of_a_batch(network, batch, context, precision):
    """The gradient of the loss for every variable, at the initial weights."""
    with tf.Graph().as_default() as graph, open_session(graph, precision) as session:
        with context():
            model = build_model(network, classes=10, seed=3)
        found = tf.gradients(model.loss, tf.trainable_variables())
        session.run(tf.global_variables_initializer())
        return session.run(found, {model.x: as_input(batch.images), model.y: one_hot(batch.labels, 10)})


@pytest.mark.parametrize("network", NETWORKS)
def test_a_networks_gradients_are_the_plain_ones(network, mnist):
    ours, plain = (of_a_batch(network, mnist.train[:64], context, "fp32") for context in (pooled_first, nullcontext))
    for mine, theirs in zip(ours, plain, strict=True):
        assert np.abs(mine - theirs).max() <= 1e-5 * np.abs(theirs).max()


@pytest.mark.parametrize("network", networks())
def test_gradients_in_bfloat16_are_within_15_percent(network, mnist):
    if choose_precision("auto") == "fp32":
        pytest.skip("this processor has no bfloat16; one with AVX512_BF16 or AMX would run this")
    # Eight bits make other pixels the maximum here and there; measured at the worst variable: 6 % for
    # lenet, 8 % for small, 12 % for lenet5.
    ours = of_a_batch(network, mnist.train[:64], pooled_first, "bf16")
    exact = of_a_batch(network, mnist.train[:64], nullcontext, "fp32")
    for mine, theirs in zip(ours, exact, strict=True):
        assert np.linalg.norm(mine - theirs) <= 0.15 * np.linalg.norm(theirs)


def test_the_module_can_be_reloaded():
    importlib.reload(gradients)
