"""Every export run by others' runtimes on all test images: python benchmarks/runtimes.py RUN

Prints a row for each format and what runs it: its size, for how many images it says the class that a Session in
float32 says, the largest difference of a probability, and its accuracy. The runtimes are called as their own
documentation does it, without a line of lenet_tf1's; they come with `pip install '.[test]'`.
"""

import argparse
import tempfile
from pathlib import Path

import cv2
import numpy as np
import openvino
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from onnxruntime import InferenceSession

from lenet_tf1.convert.exporting import export
from lenet_tf1.convert.graph import inference_graph
from lenet_tf1.convert.runtimes import session_of
from lenet_tf1.data.batches import as_input
from lenet_tf1.data.datasets import load
from lenet_tf1.inference.frozen import read_from

BATCH = 1000  # images at once
FORMATS = {  # how each is written, and the end of its name
    "saved_model": ("saved_model", False, ""),
    "frozen": ("frozen", False, ".pb"),
    "meta": ("meta", False, ""),
    "onnx": ("onnx", False, ".onnx"),
    "tflite": ("tflite", False, ".tflite"),
    "tflite --int8": ("tflite", True, ".tflite"),
}


def tensorflow_2(path):
    """A function from images to probabilities and classes: so are those of the other runtimes."""
    loaded = tf.saved_model.load(path)
    run = loaded.signatures["serving_default"]
    return lambda images, _kept=loaded: [run(images=tf.constant(images))[key] for key in ("probabilities", "classes")]


def frozen_in_tensorflow_2(path):
    """As TensorFlow's guide to migration wraps a frozen graph."""
    graph_def = tf.compat.v1.GraphDef.FromString(Path(path).read_bytes())
    imported = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph_def, name=""), [])
    run = imported.prune("images:0", ["probabilities:0", "classes:0"])
    return lambda images: run(tf.constant(images))


def meta_graph(path):
    """As scripts of TensorFlow 1 restore one."""
    with tf.Graph().as_default() as graph:
        saver = tf.compat.v1.train.import_meta_graph(f"{path}.meta")
        session = tf.compat.v1.Session(graph=graph)
        saver.restore(session, path)
    return lambda images: session.run(["probabilities:0", "classes:0"], {"images:0": images})


def onnx_runtime(path):
    """ONNX Runtime on the processor."""
    session = InferenceSession(path)
    return lambda images: session.run(["probabilities", "classes"], {"images": images})


def opencv(path):
    """OpenCV's dnn, which is asked for the probabilities alone."""
    network = cv2.dnn.readNetFromONNX(path)

    def run(images):
        network.setInput(images)
        probabilities = network.forward("probabilities")
        return probabilities, probabilities.argmax(axis=1)

    return run


def litert(path):
    """LiteRT's interpreter."""
    runner = Interpreter(path).get_signature_runner("serving_default")
    return lambda images: [runner(images=images)[key].copy() for key in ("probabilities", "classes")]


def open_vino(path):
    """OpenVINO in float32: on some processors it would choose bfloat16."""
    model = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    ports = {next(iter(port.get_names())).split(":")[0]: port for port in model.outputs}
    return lambda images: [model(images)[ports[key]] for key in ("probabilities", "classes")]


RUNTIMES = [
    ("saved_model", f"TensorFlow {tf.__version__}, `tf.saved_model.load`", tensorflow_2),
    ("saved_model", f"OpenVINO {openvino.__version__.split('-')[0]}", open_vino),
    ("frozen", "TensorFlow, `wrap_function`", frozen_in_tensorflow_2),
    ("frozen", "OpenVINO", open_vino),
    ("meta", "TensorFlow, `import_meta_graph`", meta_graph),
    ("onnx", "ONNX Runtime", onnx_runtime),
    ("onnx", f"OpenCV {cv2.__version__}", opencv),
    ("onnx", "OpenVINO", open_vino),
    ("tflite", "LiteRT", litert),
    ("tflite", "OpenVINO", open_vino),
    ("tflite --int8", "LiteRT", litert),
]


def in_batches(run, images):
    """Probabilities and classes of all images."""
    parts = [run(images[i : i + BATCH]) for i in range(0, len(images), BATCH)]
    return [np.concatenate([np.asarray(part[i]) for part in parts]) for i in range(2)]


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    args = parser.parse_args()
    graph = read_from(inference_graph, args.run)
    test = load(graph.recipe.dataset).test
    images = as_input(test.images).reshape(-1, 28, 28, 1)
    probabilities, classes = in_batches(session_of(graph), images)
    print(f"Session: {(classes == test.labels).mean():.2%} of {len(images):,}\n")
    print("| format | run by | MB | same class | largest difference | accuracy |\n|-|-|-|-|-|-|")
    with tempfile.TemporaryDirectory() as folder:
        exported = {
            name: export(args.run, format, Path(folder) / f"{format}{int8}{end}", int8=int8)
            for name, (format, int8, end) in FORMATS.items()
        }
        for name, runtime, opened in RUNTIMES:
            path = str(exported[name].paths[0]).removesuffix(".data-00000-of-00001")
            there = in_batches(opened(path), images)
            difference = np.abs(there[0] - probabilities).max()
            row = [f"`{name}`", runtime, f"{exported[name].size / 1e6:.2f}", f"{(there[1] == classes).sum():,}"]
            print("|", " | ".join([*row, f"{difference:.1g}", f"{(there[1] == test.labels).mean():.2%}"]), "|")


if __name__ == "__main__":
    main()
