"""What runs an exported network: each function opens one format with its own runtime.

They return a function from images, float32 [n, 28, 28, 1] in 0..1, to probabilities, float32 [n, classes], and
classes, int64 [n].
"""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf2
import tensorflow.compat.v1 as tf

from lenet_tf1.base.machine import open_session
from lenet_tf1.convert.graph import CLASSES, IMAGES, PROBABILITIES, InferenceGraph
from lenet_tf1.convert.html import classify, read_html
from lenet_tf1.convert.writers import extra

Run = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def session_of(graph: InferenceGraph) -> Run:
    """A Session that computes in float32, which the others are compared with."""
    with tf.Graph().as_default() as own:
        tf.import_graph_def(graph.graph_def, name="")
    return _in_session(open_session(own, "fp32"))


def saved_model(path: Path) -> Run:
    """TensorFlow 2's tf.saved_model.load."""
    loaded = tf2.saved_model.load(str(path))
    function = loaded.signatures["serving_default"]

    def run(images: np.ndarray, _kept: object = loaded) -> tuple[np.ndarray, np.ndarray]:
        answer = function(**{IMAGES: tf2.constant(images)})
        return answer[PROBABILITIES].numpy(), answer[CLASSES].numpy()

    return run


def frozen_graph(path: Path) -> Run:
    """TensorFlow 2, which makes a function of the graph."""
    graph_def = tf.GraphDef.FromString(path.read_bytes())
    imported = tf.wrap_function(lambda: tf.import_graph_def(graph_def, name=""), [])
    function = imported.prune(*([f"{name}:0" for name in names] for names in ([IMAGES], [PROBABILITIES, CLASSES])))

    def run(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        probabilities, classes = function(tf2.constant(images))
        return probabilities.numpy(), classes.numpy()

    return run


def meta_graph(path: Path) -> Run:
    """A Session in a graph that tf.train.import_meta_graph makes. For files that were written here alone."""
    with tf.Graph().as_default() as own:
        saver = tf.train.import_meta_graph(f"{path}.meta")
        session = open_session(own, "fp32")
        saver.restore(session, str(path))
    return _in_session(session)


def onnx(path: Path) -> Run:
    """ONNX Runtime, on the processor."""
    session = extra("onnxruntime").InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda images: tuple(session.run([PROBABILITIES, CLASSES], {IMAGES: images}))


def lite(path: Path) -> Run:
    """LiteRT, which was TensorFlow Lite."""
    interpreter = extra("ai_edge_litert.interpreter").Interpreter(model_path=str(path), num_threads=2)
    runner = interpreter.get_signature_runner("serving_default")

    def run(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        answer = runner(**{IMAGES: images})
        return answer[PROBABILITIES].copy(), answer[CLASSES].copy()

    return run


def html(path: Path) -> Run:
    """NumPy, with the layers and the weights that are in the file: a browser isn't always at hand."""
    return functools.partial(classify, read_html(path))


def _in_session(session: tf.Session) -> Run:
    function = session.make_callable([f"{PROBABILITIES}:0", f"{CLASSES}:0"], [f"{IMAGES}:0"])
    return lambda images: tuple(function(images))
