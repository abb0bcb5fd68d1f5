"""The same gradients in fewer operations, for convolution, bias, ReLU and max-pooling in this order.

Max-pooling passes each gradient on to one pixel, and ReLU then drops the gradients of pixels that are 0. Dropping
them before the pooling's gradient takes a quarter of the elements; the bias's gradient is then the sum of these, and
the ReLU has nothing left to do. Nothing reads the convolution's plain output any more, so TensorFlow computes
convolution, bias and ReLU in one kernel. A training step takes a sixth less time.

Gradients for variables and for images are those of the plain graph. For the ReLU's output itself, where all
four pixels are 0, they are 0, while TensorFlow's go to the first of the four. So only training builds its
graph this way.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import TypeVar

import tensorflow.compat.v1 as tf

_NAMES = {kind: f"lenet_tf1/{kind}BeforePooling" for kind in ("MaxPool", "Relu", "BiasAdd")}
_POOLING = ("ksize", "strides", "padding", "explicit_paddings", "data_format")  # attributes of MaxPool and its gradient

_Gradient = TypeVar("_Gradient", bound=Callable)


def pooled_first() -> AbstractContextManager[None]:
    """A context: operations that are built in it on the default graph get their gradients in this order."""
    return tf.get_default_graph().gradient_override_map(_NAMES)


def _gradient_of(kind: str) -> Callable[[_Gradient], _Gradient]:
    def register(function: _Gradient) -> _Gradient:
        with suppress(KeyError):  # a notebook has reloaded this module: TensorFlow keeps the first one
            tf.RegisterGradient(_NAMES[kind])(function)
        return function

    return register


@_gradient_of("MaxPool")
def _max_pool(op: tf.Operation, gradient: tf.Tensor) -> tf.Tensor:
    before, pooled = op.inputs[0], op.outputs[0]
    if before.op.type == "Relu":
        gradient = tf.raw_ops.ReluGrad(gradients=gradient, features=pooled)
    attributes = {name: op.get_attr(name) for name in _POOLING}
    return tf.raw_ops.MaxPoolGrad(orig_input=before, orig_output=pooled, grad=gradient, **attributes)


@_gradient_of("Relu")
def _relu(op: tf.Operation, gradient: tf.Tensor) -> tf.Tensor:
    output = op.outputs[0]
    # Only _max_pool's own ReluGrad has done it: another may be one of a ReLU after the pooling.
    if _before_pooling(gradient) is not None and gradient.op.inputs[0].name == output.name:
        return gradient
    return tf.raw_ops.ReluGrad(gradients=gradient, features=output)


@_gradient_of("BiasAdd")
def _bias_add(op: tf.Operation, gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    data_format = op.get_attr("data_format")
    summed = _before_pooling(gradient)
    # Pooling keeps the sums of its channels, but not those of another axis.
    if summed is None or gradient.op.get_attr("data_format") != data_format:
        summed = gradient
    return gradient, tf.raw_ops.BiasAddGrad(out_backprop=summed, data_format=data_format)


def _before_pooling(gradient: tf.Tensor) -> tf.Tensor | None:
    # The gradient of the pooling's output as _max_pool passed it on, if it is all that this gradient is made of.
    if gradient.op.type == "MaxPoolGrad" and gradient.op.inputs[2].op.type == "ReluGrad":
        return gradient.op.inputs[2]
    return None
