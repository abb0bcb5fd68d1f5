"""The documents' networks: pictures in, logits out. They know no labels, no loss and no session."""

import tensorflow.compat.v1 as tf

from lenet_tf1.graph.layers import conv2d, dense, dropout, max_pool


def lenet(x, *, classes, seed):
    """LeNet as document 000 draws it, with document 003's dropout: 1,256,080 parameters for 10 classes.

    Parameters: `x` float32 [batch, 784] in 0..1; `classes` how many logits; `seed` for the initial weights.

    Returns the endpoints by scope name, in order. fc7 is the logits, float32 [batch, classes]; fc6 is
    what fc7 reads, after dropout. The weights start from Glorot's initialiser: with the document's
    normal(0, 0.1) the first loss is far above ln(classes), what guessing costs.
    """
    ends = {}
    with tf.variable_scope("input1"):
        net = ends["input1"] = tf.reshape(x, [-1, 28, 28, 1])  # [batch, 28, 28, 1]
    net = ends["conv2"] = conv2d(net, "conv2", filters=20, size=5, seed=seed)  # [batch, 28, 28, 20]
    net = ends["pool3"] = max_pool(net, "pool3")  # [batch, 14, 14, 20]
    net = ends["conv4"] = conv2d(net, "conv4", filters=50, size=5, seed=seed)  # [batch, 14, 14, 50]
    net = ends["pool5"] = max_pool(net, "pool5")  # [batch, 7, 7, 50]
    net = dense(net, "fc6", units=500, seed=seed, activation=tf.nn.relu)  # [batch, 500]
    net = ends["fc6"] = dropout(net, "fc6")  # [batch, 500]
    ends["fc7"] = dense(net, "fc7", units=classes, seed=seed)  # [batch, classes]
    return ends


NETWORKS = {"lenet": lenet}
