import tensorflow.compat.v1 as tf

from lenet_tf1.graph.networks import NETWORKS
from lenet_tf1.graph.summary import summarize, table


def test_lenets_table():
    with tf.Graph().as_default():
        layers = summarize(NETWORKS["lenet"](tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0))
    lines = table(layers).splitlines()
    assert lines[0].split() == ["layer", "output", "parameters", "multiply-adds", "connections"]
    assert lines[2].split() == ["conv2", "28", "x", "28", "x", "20", "520", "392,000", "407,680"]
    assert lines[6].split() == ["fc6", "500", "1,225,500", "1,225,000", "1,225,500"]
    assert lines[-1].split() == ["in", "all", "1,256,080", "6,522,000", "6,547,990"]
    assert max(map(len, lines)) <= 80
