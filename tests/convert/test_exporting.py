"""Exports are run by runtimes of others, on all test images."""

import dataclasses

import cv2
import numpy as np
import processes
import pytest
import tensorflow as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET
from lenet_tf1.convert import exporting, runtimes, writers
from lenet_tf1.convert.exporting import FORMATS, export
from lenet_tf1.convert.graph import inference_graph
from lenet_tf1.data.batches import as_input
from lenet_tf1.export import main
from lenet_tf1.graph.model import variable_shapes
from lenet_tf1.graph.networks import NETWORKS
from lenet_tf1.inference.frozen import read_from
from lenet_tf1.recipes import find_recipe
from lenet_tf1.train import train

SUFFIXES = {"frozen": ".pb", "onnx": ".onnx", "tflite": ".tflite"}


def needs(module):
    return pytest.importorskip(module, reason=f"{module} isn't installed: pip install 'lenet_tf1[export]'")


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """The speedrun's network after 60 steps."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    recipe = dataclasses.replace(find_recipe("speedrun"), steps=60, precision="fp32")
    train(recipe, folder, summaries="none", report=QUIET)
    return folder


@pytest.fixture(scope="module")
def pictures(mnist):
    return as_input(mnist.test.images).reshape(-1, 28, 28, 1)


@pytest.fixture(scope="module")
def expected(small_run, pictures):
    """Probabilities and classes of all test images, by a Session in float32."""
    return runtimes.session_of(read_from(inference_graph, small_run))(pictures)


@pytest.fixture(scope="module")
def exported(small_run, tmp_path_factory):
    """A function that exports the small network in a format, once."""
    folder, there = tmp_path_factory.mktemp("exports"), {}

    def make(format, **options):
        key = (format, *options)
        if key not in there:
            out = (folder / "_".join(key)).with_suffix(SUFFIXES.get(format, ""))
            there[key] = export(small_run, format, out, **options)
        return there[key]

    return make


def agree(answer, expected, within=1e-5):
    assert np.abs(np.asarray(answer[0]) - expected[0]).max() < within
    assert np.array_equal(answer[1], expected[1])


def test_saved_model_in_plain_tensorflow_2(exported, pictures, expected):
    loaded = tf.saved_model.load(exported("saved_model").paths[0])
    answer = loaded.signatures["serving_default"](images=tf.constant(pictures))
    assert np.array_equal(answer["probabilities"], expected[0])  # bit for bit
    assert np.array_equal(answer["classes"], expected[1])


def test_frozen_graph_in_tensorflow_2(exported, pictures, expected):
    graph_def = tf.compat.v1.GraphDef.FromString(exported("frozen").paths[0].read_bytes())
    function = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph_def, name=""), [])
    agree(function.prune("images:0", ["probabilities:0", "classes:0"])(tf.constant(pictures)), expected)


def test_meta_as_old_tools_read_it(exported, pictures, expected):
    prefix = str(exported("meta").paths[0]).removesuffix(".data-00000-of-00001")
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.compat.v1.train.import_meta_graph(f"{prefix}.meta").restore(session, prefix)
        agree(session.run(["probabilities:0", "classes:0"], {"images:0": pictures}), expected)
        assert len(tf.compat.v1.trainable_variables()) == 8


def test_onnx_in_onnx_runtime(exported, pictures, expected):
    needs("tf2onnx")
    path = exported("onnx").paths[0]
    session = needs("onnxruntime").InferenceSession(path)
    assert [value.name for value in session.get_inputs()] == ["images"]
    assert [value.name for value in session.get_outputs()] == ["probabilities", "classes"]
    agree(session.run(None, {"images": pictures}), expected)


def test_onnx_in_opencv(exported, pictures, expected):
    needs("tf2onnx")
    needs("onnxruntime")
    network = cv2.dnn.readNetFromONNX(str(exported("onnx").paths[0]))
    network.setInput(pictures)
    probabilities = network.forward("probabilities")
    agree([probabilities, probabilities.argmax(axis=1)], expected)


def test_tflite_in_litert(exported, pictures, expected):
    interpreter = needs("ai_edge_litert.interpreter").Interpreter(str(exported("tflite").paths[0]))
    answer = interpreter.get_signature_runner("serving_default")(images=pictures)
    agree([answer["probabilities"], answer["classes"]], expected)


def test_int8_in_litert(exported, pictures, expected, mnist):
    interpreter = needs("ai_edge_litert.interpreter").Interpreter(str(exported("tflite", int8=True).paths[0]))
    assert exported("tflite", int8=True).size < exported("tflite").size / 3
    runner = interpreter.get_signature_runner("serving_default")
    classes = np.concatenate([runner(images=pictures[i : i + 1000])["classes"] for i in range(0, 10_000, 1000)])
    accuracy, before = ((answer == mnist.test.labels).mean() for answer in (classes, expected[1]))
    assert abs(accuracy - before) <= 0.001


@pytest.mark.parametrize(
    "format", ["saved_model", *(pytest.param(name, marks=pytest.mark.full) for name in ("frozen", "onnx", "tflite"))]
)
def test_openvino(exported, pictures, expected, format):
    openvino = needs("openvino")
    if format == "onnx":
        needs("tf2onnx")
        needs("onnxruntime")
    if format == "tflite":
        needs("ai_edge_litert")
    model = openvino.Core().compile_model(exported(format).paths[0], "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    answers = {next(iter(key.get_names())).split(":")[0]: value for key, value in model(pictures).items()}
    agree([answers["probabilities"], answers["classes"]], expected)


@pytest.mark.parametrize("format", ["frozen", "onnx", "tflite"])
@pytest.mark.parametrize(
    "name", ["lenet", *(pytest.param(name, marks=pytest.mark.full) for name in ("generator-cnn", "one-conv")), "lenet5"]
)
def test_every_kind_of_network(name, format, pictures, tmp_path):
    if format == "onnx":
        needs("tf2onnx")
        needs("onnxruntime")
    if format == "tflite":
        needs("ai_edge_litert")
    chance = np.random.default_rng(0)

    class Weights:
        recipe = dataclasses.replace(find_recipe("lenet"), network=name)

        @staticmethod
        def read(shapes):
            return {name: chance.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}

    assert name in NETWORKS
    graph = inference_graph(Weights)
    write, open_with = exporting._tools(format, None)
    write(graph, tmp_path / "model")
    answer = open_with(tmp_path / "model")(pictures[:100])
    agree(answer, runtimes.session_of(graph)(pictures[:100]), within=1e-4)
    assert graph.weights.keys() == variable_shapes(name, 10).keys()


def test_what_the_command_says(small_run, tmp_path, capfd):
    assert main([str(small_run), "--format", "frozen", "--out", str(tmp_path / "net.pb")]) == 0
    said, errors = capfd.readouterr()
    assert errors == ""
    assert said.startswith(f"Wrote {tmp_path / 'net.pb'}: 0.85 MB\n")
    assert "On 1,000 test images TensorFlow 2 says the class that the Session says for 1,000" in said
    assert main([str(small_run), "--format", "saved_model", "--out", str(tmp_path / "net")]) == 0
    assert f"docker run -p 8501:8501 -v {tmp_path}/net:/models/net/1:ro" in capfd.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net", "net.pb"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"out": "there.pb"}, "there.pb is there already: remove it, or choose another --out"),
        ({"format": "meta", "out": "there"}, "there.meta is there already"),
        ({"format": "meta", "out": "data"}, "data.data-00000-of-00001 is there already"),
        ({"out": "."}, "is there already"),
        ({"out": "nowhere/net.pb"}, "there is no folder .*nowhere"),
        ({"format": "tfjs"}, "there is no format tfjs; there are saved_model, frozen, onnx, tflite, meta"),
        ({"int8": True}, "say --format tflite"),
    ],
)
def test_what_can_not_be_exported(small_run, tmp_path, options, said):
    there = ["data.data-00000-of-00001", "there.meta", "there.pb"]
    for name in there:
        (tmp_path / name).write_text("mine")
    settings = {"format": "frozen", "out": "net.pb"} | options
    with pytest.raises(InputError, match=said):
        export(small_run, settings.pop("format"), tmp_path / settings.pop("out"), **settings)
    assert sorted(path.name for path in tmp_path.iterdir()) == there
    assert (tmp_path / "there.pb").read_text() == "mine"


def test_a_runtime_that_disagrees_leaves_nothing_behind(small_run, tmp_path, monkeypatch):
    def wrong(path):
        run = runtimes.frozen_graph(path)
        return lambda images: run(1 - images)

    monkeypatch.setattr(exporting, "_tools", lambda *_: (writers.write_frozen, wrong))
    with pytest.raises(InputError, match=r"TensorFlow 2 says something else than the Session"):
        export(small_run, "frozen", tmp_path / "net.pb")
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_leaves_nothing_behind(small_run, tmp_path, monkeypatch):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(InputError, match=r"net\.pb can't be written \(No space left on device\)"):
        export(small_run, "frozen", tmp_path / "net.pb")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("format", "module"), [("onnx", "tf2onnx"), ("tflite", "ai_edge_litert")])
def test_a_missing_extra_is_one_sentence(small_run, tmp_path, format, module):
    code = f"""
import sys
sys.modules["{module}"] = None
from lenet_tf1.export import main
raise SystemExit(main(["{small_run}", "--format", "{format}", "--out", "{tmp_path}/net"]))
"""
    result = processes.python(code)
    assert result.returncode == 2
    assert "pip install 'lenet_tf1[export]'" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_formats_and_runtimes_go_together():
    assert set(exporting.RUNTIMES) == set(FORMATS)
