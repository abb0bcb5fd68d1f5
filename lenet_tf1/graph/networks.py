"""The documents' networks: pictures in, logits out. They know no labels, no loss and no session.

Every network takes `x`, float32 [batch, 784] in 0..1, how many `classes` there are, and a `seed` for the
initial weights. It returns its endpoints by scope name, in order; the last one is the logits, float32
[batch, classes].
"""

import functools

import tensorflow.compat.v1 as tf

from lenet_tf1.graph import lenet5
from lenet_tf1.graph.layers import (
    GLOROT,
    Initial,
    constant,
    conv2d,
    conv2d_max_pool,
    dense,
    dropout,
    normal,
    truncated_normal,
)


def lenet(x, *, classes, seed, filters=(20, 50), sizes=(5, 5), padding="SAME", units=500, drops=True, initial=GLOROT):
    """LeNet as document 000 draws it, with document 003's dropout: 1,256,080 parameters for 10 classes.

    fc6 is what fc7 reads, after dropout. The weights start from Glorot's initialiser: with the document's
    normal(0, 0.1) the first loss is far above ln(classes), what guessing costs. Other documents have the
    same network with other numbers, in NETWORKS below.
    """
    ends = {"input1": _as_pictures(x)}  # [batch, 28, 28, 1]
    ends["conv2"], ends["pool3"] = conv2d_max_pool(  # [batch, 28, 28, 20], [batch, 14, 14, 20]
        ends["input1"], "conv2", "pool3", filters=filters[0], size=sizes[0], seed=seed, padding=padding, initial=initial
    )
    ends["conv4"], ends["pool5"] = conv2d_max_pool(  # [batch, 14, 14, 50], [batch, 7, 7, 50]
        ends["pool3"], "conv4", "pool5", filters=filters[1], size=sizes[1], seed=seed, padding=padding, initial=initial
    )
    net = dense(ends["pool5"], "fc6", units=units, seed=seed, activation=tf.nn.relu, initial=initial)  # [batch, 500]
    ends["fc6"] = dropout(net, "fc6") if drops else net  # [batch, 500]
    ends["fc7"] = dense(ends["fc6"], "fc7", units=classes, seed=seed, initial=initial)  # [batch, classes]
    return ends


def generator_cnn(x, *, classes, seed):
    """Document 001's four convolutions without a layer between them and the classes: 174,762 parameters."""
    ends = {"input1": _as_pictures(x)}  # [batch, 28, 28, 1]
    ends["conv2"], ends["pool3"] = conv2d_max_pool(  # [batch, 28, 28, 64], [batch, 14, 14, 64]
        ends["input1"], "conv2", "pool3", filters=64, size=3, seed=seed
    )
    ends["conv4"], ends["pool5"] = conv2d_max_pool(  # [batch, 14, 14, 128], [batch, 7, 7, 128]
        ends["pool3"], "conv4", "pool5", filters=128, size=3, seed=seed
    )
    ends["conv6"] = conv2d(ends["pool5"], "conv6", filters=64, size=3, seed=seed, padding="VALID")  # [batch, 5, 5, 64]
    ends["conv7"] = conv2d(ends["conv6"], "conv7", filters=32, size=3, seed=seed)  # [batch, 5, 5, 32]
    ends["fc8"] = dense(ends["conv7"], "fc8", units=classes, seed=seed)  # [batch, classes]
    return ends


def one_conv(x, *, classes, seed):
    """Document 002's exercise, one convolution and one pooling: 1,386,506 parameters, nearly all of them in fc4."""
    ends = {"input1": _as_pictures(x)}  # [batch, 28, 28, 1]
    ends["conv2"], ends["pool3"] = conv2d_max_pool(  # [batch, 26, 26, 64], [batch, 13, 13, 64]
        ends["input1"], "conv2", "pool3", filters=64, size=3, seed=seed, padding="VALID"
    )
    ends["fc4"] = dense(ends["pool3"], "fc4", units=128, seed=seed, activation=tf.nn.relu)  # [batch, 128]
    ends["fc5"] = dense(ends["fc4"], "fc5", units=classes, seed=seed)  # [batch, classes]
    return ends


def _as_pictures(x):
    with tf.variable_scope("input1"):
        return tf.reshape(x, [-1, 28, 28, 1])


NETWORKS = {
    "lenet": lenet,
    "lenet-as-written": functools.partial(lenet, drops=False, initial=Initial(normal(0.1), normal(0.1))),
    "generator-cnn": generator_cnn,
    # Document 002: 243,786 parameters.
    "fashion": functools.partial(lenet, filters=(64, 64), sizes=(3, 3), padding="VALID", units=128, drops=False),
    "one-conv": one_conv,
    # Document 003: 3,274,634 parameters, started as there.
    "deep-mnist": functools.partial(
        lenet, filters=(32, 64), units=1024, initial=Initial(truncated_normal(0.05), constant(0.1))
    ),
    # Document 004: 121,930 parameters.
    "bootcamp": functools.partial(lenet, filters=(32, 64), sizes=(3, 3), padding="VALID", units=64, drops=False),
    "lenet5": lenet5.lenet5,
    # What is learnt fastest, after tuomaso/train_mnist_fast: 212,682 parameters.
    "small": functools.partial(lenet, filters=(16, 32), sizes=(5, 3), padding="VALID", units=256, drops=False),
}
