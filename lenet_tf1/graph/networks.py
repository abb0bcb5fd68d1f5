"""The documents' networks: pictures in, logits out. They know no labels, no loss and no session."""

import tensorflow.compat.v1 as tf

from lenet_tf1.graph.layers import conv2d_max_pool, dense, dropout


def lenet(x, *, classes, seed):
    """LeNet as document 000 draws it, with document 003's dropout: 1,256,080 parameters for 10 classes.

    Parameters: `x` float32 [batch, 784] in 0..1; `classes` how many logits; `seed` for the initial weights.

    Returns the endpoints by scope name, in order. fc7 is the logits, float32 [batch, classes]; fc6 is
    what fc7 reads, after dropout. The weights start from Glorot's initialiser: with the document's
    normal(0, 0.1) the first loss is far above ln(classes), what guessing costs.
    """
    ends = {}
    with tf.variable_scope("input1"):
        ends["input1"] = tf.reshape(x, [-1, 28, 28, 1])  # [batch, 28, 28, 1]
    ends["conv2"], ends["pool3"] = conv2d_max_pool(  # [batch, 28, 28, 20], [batch, 14, 14, 20]
        ends["input1"], "conv2", "pool3", filters=20, size=5, seed=seed
    )
    ends["conv4"], ends["pool5"] = conv2d_max_pool(  # [batch, 14, 14, 50], [batch, 7, 7, 50]
        ends["pool3"], "conv4", "pool5", filters=50, size=5, seed=seed
    )
    net = dense(ends["pool5"], "fc6", units=500, seed=seed, activation=tf.nn.relu)  # [batch, 500]
    ends["fc6"] = dropout(net, "fc6")  # [batch, 500]
    ends["fc7"] = dense(ends["fc6"], "fc7", units=classes, seed=seed)  # [batch, classes]
    return ends


def small(x, *, classes, seed):
    """The LeNet that is learnt fastest, after tuomaso/train_mnist_fast: 212,682 parameters for 10 classes.

    Takes and returns what `lenet` does. Convolutions without a margin leave 24 x 24 and 10 x 10 pixels.
    """
    ends = {}
    with tf.variable_scope("input1"):
        ends["input1"] = tf.reshape(x, [-1, 28, 28, 1])  # [batch, 28, 28, 1]
    ends["conv2"], ends["pool3"] = conv2d_max_pool(  # [batch, 24, 24, 16], [batch, 12, 12, 16]
        ends["input1"], "conv2", "pool3", filters=16, size=5, seed=seed, padding="VALID"
    )
    ends["conv4"], ends["pool5"] = conv2d_max_pool(  # [batch, 10, 10, 32], [batch, 5, 5, 32]
        ends["pool3"], "conv4", "pool5", filters=32, size=3, seed=seed, padding="VALID"
    )
    ends["fc6"] = dense(ends["pool5"], "fc6", units=256, seed=seed, activation=tf.nn.relu)  # [batch, 256]
    ends["fc7"] = dense(ends["fc6"], "fc7", units=classes, seed=seed)  # [batch, classes]
    return ends


NETWORKS = {"lenet": lenet, "small": small}
