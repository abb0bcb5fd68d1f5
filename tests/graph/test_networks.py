import tensorflow.compat.v1 as tf

from lenet_tf1.graph.networks import lenet, small


def test_lenet_is_document_000s():
    with tf.Graph().as_default():
        ends = lenet(tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0)
        shapes = {variable.op.name: variable.shape.as_list() for variable in tf.trainable_variables()}
        parameters = sum(variable.shape.num_elements() for variable in tf.trainable_variables())
    assert parameters == 1_256_080
    assert shapes == {
        "conv2/w": [5, 5, 1, 20],
        "conv2/b": [20],
        "conv4/w": [5, 5, 20, 50],
        "conv4/b": [50],
        "fc6/w": [2450, 500],
        "fc6/b": [500],
        "fc7/w": [500, 10],
        "fc7/b": [10],
    }
    assert {scope: end.shape.as_list() for scope, end in ends.items()} == {
        "input1": [None, 28, 28, 1],
        "conv2": [None, 28, 28, 20],
        "pool3": [None, 14, 14, 20],
        "conv4": [None, 14, 14, 50],
        "pool5": [None, 7, 7, 50],
        "fc6": [None, 500],
        "fc7": [None, 10],
    }
    assert all(end.name.startswith(f"{scope}/") for scope, end in ends.items())


def test_small_has_lenets_scopes():
    with tf.Graph().as_default():
        ends = small(tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0)
        assert sum(variable.shape.num_elements() for variable in tf.trainable_variables()) == 212_682
    assert {scope: end.shape.as_list() for scope, end in ends.items()} == {
        "input1": [None, 28, 28, 1],
        "conv2": [None, 24, 24, 16],
        "pool3": [None, 12, 12, 16],
        "conv4": [None, 10, 10, 32],
        "pool5": [None, 5, 5, 32],
        "fc6": [None, 256],
        "fc7": [None, 10],
    }


def test_the_graph_holds_no_keras():
    with tf.Graph().as_default() as graph:
        lenet(tf.placeholder(tf.float32, [None, 784]), classes=10, seed=0)
        assert not any("keras" in operation.name for operation in graph.get_operations())
