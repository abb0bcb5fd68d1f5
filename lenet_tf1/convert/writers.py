"""The formats that a network is exported in: each function writes one, into a folder that is there for it alone.

References
----------
tf2onnx's tf2onnx.convert.from_graph_def. TensorFlow's tf.lite.TFLiteConverter; B. Jacob et al., Quantization and
training of neural networks for efficient integer-arithmetic-only inference, CVPR 2018.
"""

import importlib
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import tensorflow as tf2
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.machine import open_session
from lenet_tf1.convert.graph import CLASSES, IMAGES, PROBABILITIES, InferenceGraph

OPSET = 18  # the newest of ONNX that tf2onnx 1.17 writes from TensorFlow 2.21's graphs
Writer = Callable[[InferenceGraph, Path], None]


def extra(module: str) -> ModuleType:
    """Import a module of the extra lenet_tf1[export]. Raises InputError with the pip command if it isn't there."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.split(".")[0].replace("_", "-")
        raise InputError(f"this needs {package}: pip install 'lenet_tf1[export]' ({error})") from error


def write_saved_model(graph: InferenceGraph, folder: Path) -> None:
    """A SavedModel with the signature serving_default, as folder `folder`."""
    builder = tf.saved_model.Builder(str(folder))
    with tf.Graph().as_default() as own:
        names = [f"{name}:0" for name in (IMAGES, PROBABILITIES, CLASSES)]
        images, probabilities, classes = tf.import_graph_def(graph.graph_def, return_elements=names, name="")
        signature = tf.saved_model.predict_signature_def(
            {IMAGES: images}, {PROBABILITIES: probabilities, CLASSES: classes}
        )
        with open_session(own, "fp32") as session:
            builder.add_meta_graph_and_variables(
                session, [tf.saved_model.SERVING], {tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature}
            )
    builder.save()


def write_frozen(graph: InferenceGraph, path: Path) -> None:
    """A GraphDef with constants for weights, what freeze_graph writes."""
    path.write_bytes(graph.graph_def.SerializeToString(deterministic=True))


def write_meta(graph: InferenceGraph, path: Path) -> None:
    """What a Saver writes: PATH.meta with the graph, PATH.index and PATH.data-00000-of-00001 with the variables."""
    graph.save_with_variables(path)


def write_onnx(graph: InferenceGraph, path: Path) -> None:
    """An ONNX model."""
    converter = extra("tf2onnx.convert")
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    names = {f"{name}:0": name for name in (IMAGES, PROBABILITIES, CLASSES)}
    model, _ = converter.from_graph_def(
        graph.graph_def,
        name="lenet_tf1",
        input_names=[f"{IMAGES}:0"],
        output_names=[f"{PROBABILITIES}:0", f"{CLASSES}:0"],
        opset=OPSET,
    )
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for value in [*model.graph.input, *model.graph.output]:
        value.name = names.get(value.name, value.name)
    path.write_bytes(model.SerializeToString(deterministic=True))


def write_tflite(graph: InferenceGraph, path: Path) -> None:
    """A LiteRT model in float32."""
    path.write_bytes(_convert_lite(graph))


def int8_writer(calibration: np.ndarray) -> Writer:
    """A writer of LiteRT models that compute in int8; input and probabilities stay float32.

    Parameters
    ----------
    calibration : float32 [n, 28, 28, 1]
        Training images, whose activations the scales are taken from.
    """

    def settings(converter: Any) -> None:
        converter.optimizations = [tf2.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([image[None]] for image in calibration)
        converter.target_spec.supported_ops = [tf2.lite.OpsSet.TFLITE_BUILTINS_INT8]

    def write(graph: InferenceGraph, path: Path) -> None:
        path.write_bytes(_convert_lite(graph, settings))

    return write


def _convert_lite(graph: InferenceGraph, change: Callable[[Any], None] = lambda converter: None) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(graph, Path(folder) / "saved_model")
        converter = tf2.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "saved_model"))
        change(converter)
        return converter.convert()
