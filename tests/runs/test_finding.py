import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import variables

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.batches import as_input
from lenet_tf1.data.datasets import class_names
from lenet_tf1.evaluate import evaluate
from lenet_tf1.recipes import RECIPES, find_recipe
from lenet_tf1.runs.checkpoints import Checkpoint
from lenet_tf1.runs.finding import find, is_own

pytestmark = pytest.mark.usefixtures("forked_readers")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'model_checkpoint_path: ""', b"nonsense"])
def test_a_bad_state_file_of_a_foreign_checkpoint(tmp_path, content):
    (tmp_path / "checkpoint").write_bytes(content)
    with pytest.raises(InputError):
        evaluate(tmp_path, recipe="lenet")


def save_document_000(folder, *, classes=10, images=None):
    """Document 000's graph and its way to save it: ref variables, Adam outside of any scope, ./mnist/model.

    Returns what it makes of the images.
    """

    def get_variable(name, shape):
        return tf.get_variable(name, shape, tf.float32, tf.random_normal_initializer(0, 0.1), use_resource=False)

    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(0)
        x = tf.placeholder(tf.float32, [None, 784], name="x")
        y = tf.placeholder(tf.float32, [None, classes], name="y")
        net = tf.reshape(x, [-1, 28, 28, 1])
        for conv, pool, shape in [("conv2", "pool3", [5, 5, 1, 20]), ("conv4", "pool5", [5, 5, 20, 50])]:
            with tf.variable_scope(conv):
                net = tf.nn.conv2d(net, get_variable("w", shape), strides=[1, 1, 1, 1], padding="SAME")
                net = tf.nn.relu(tf.nn.bias_add(net, get_variable("b", shape[-1:])))
            with tf.variable_scope(pool):
                net = tf.nn.max_pool(net, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        with tf.variable_scope("fc6"):
            net = tf.matmul(tf.reshape(net, [-1, 2450]), get_variable("w", [2450, 500])) + get_variable("b", [500])
            net = tf.nn.relu(net)
        with tf.variable_scope("fc7"):
            act = tf.nn.softmax(tf.matmul(net, get_variable("w", [500, classes])) + get_variable("b", [classes]))
        cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=act, labels=y))
        train = tf.train.AdamOptimizer(tf.placeholder_with_default(0.001, [], name="learn_rate")).minimize(cost)
        session.run(tf.global_variables_initializer())
        session.run(train, {x: np.ones([4, 784]), y: np.eye(classes)[:4]})
        tf.train.Saver().save(session, str(folder / "model"))
        return None if images is None else session.run(act, {x: images})


def test_document_000s_own_checkpoint(tmp_path, monkeypatch, mnist):
    (tmp_path / "mnist").mkdir()
    probabilities = save_document_000(tmp_path / "mnist", images=as_input(mnist.test.images[:2000]))
    assert {"conv2/w/Adam", "beta1_power"} <= variables(tmp_path / "mnist" / "model").keys()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(RECIPES, "lenet", dataclasses.replace(find_recipe("lenet"), precision="fp32"))  # as it computes
    monkeypatch.setattr(
        "lenet_tf1.data.datasets.load", lambda *_, **__: dataclasses.replace(mnist, test=mnist.test[:2000])
    )
    measurement, recipe = evaluate("./mnist/model", recipe="lenet")
    assert recipe.name == "lenet"
    assert measurement.total == 2000
    # The same weights in its graph and in ours say the same of every image.
    assert np.array_equal(measurement.confusion.sum(axis=0), np.bincount(probabilities.argmax(axis=1), minlength=10))


def test_ways_to_name_a_foreign_checkpoint(tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    save_document_000(tmp_path / "mnist")
    moved = (tmp_path / "mnist").rename(tmp_path / "moved")  # its state file says where it was
    monkeypatch.chdir(tmp_path)
    for given in ("./moved/model", "moved/model.index", "moved/model.data-00000-of-00001", "moved", moved):
        assert Path(find(given, find_recipe("lenet")).prefix).resolve() == moved / "model"


def test_a_foreign_checkpoint_needs_a_recipe(tmp_path):
    save_document_000(tmp_path)
    with pytest.raises(InputError, match="say which network it is of with --recipe"):
        evaluate(tmp_path / "model")


@pytest.mark.full
def test_another_networks_checkpoint_names_what_differs(tmp_path):
    save_document_000(tmp_path, classes=26)
    with pytest.raises(InputError) as error:
        evaluate(tmp_path / "model", recipe="lenet")
    assert "fc7/w is [500, 26] instead of [500, 10]" in str(error.value)
    assert "fc7/b is [26] instead of [10]" in str(error.value)


@pytest.mark.parametrize("name", ["model.index", pytest.param("model.data-00000-of-00001", marks=pytest.mark.full)])
def test_a_damaged_foreign_checkpoint(tmp_path, name):
    save_document_000(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:100])
    with pytest.raises(InputError, match="model can't be read as a checkpoint"):
        evaluate(tmp_path / "model", recipe="lenet")


@pytest.mark.parametrize("path", ["nowhere", "empty", "empty/model"])
def test_nothing_to_restore(tmp_path, monkeypatch, path):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"python -m lenet_tf1\.train makes one"):
        evaluate(path, recipe="lenet")


VERSION_1 = b"something" + bytes.fromhex("57fb808b247547db")  # how files of version 1 end, and indices too
HDF5 = b"\x89HDF\r\n\x1a\n"


def write(folder, *names, content=VERSION_1):
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def prefix(path, recipe="lenet"):
    return find(path, find_recipe(recipe)).prefix


@pytest.mark.parametrize("name", ["model.index", "model.ckpt-5.index", "model.ckpt", "a.h5", "a.HDF5", "a.keras"])
def test_the_only_checkpoint_of_a_folder(tmp_path, name):
    write(tmp_path, name, content=VERSION_1 if "model" in name else HDF5)
    write(tmp_path, "other.bin")  # not called as a checkpoint is
    write(tmp_path, "notes.ckpt", content=b"something")
    assert prefix(tmp_path) == str(tmp_path / name.removesuffix(".index"))


def test_one_of_several_is_to_be_named(tmp_path):
    write(tmp_path, *(f"{name}.index" for name in "gfedcba"))
    with pytest.raises(InputError, match=r"holds 7 checkpoints \(a, b, c, d, e, \.\.\.\); name one of them"):
        prefix(tmp_path)
    write(tmp_path, "checkpoint", content=b'model_checkpoint_path: "f"')
    assert prefix(tmp_path) == str(tmp_path / "f")
    with pytest.raises(InputError, match=r"checkpoint is a state file, which names checkpoints: give the folder"):
        prefix(tmp_path / "checkpoint")


@pytest.mark.parametrize(
    "state",
    [
        rb'model_checkpoint_path: "D:\\work\\mnist\\model"',
        rb'model_checkpoint_path: "D:\work\mnist\model"',
        b'model_checkpoint_path: "/home/somebody/mnist/model"',
        b'all_model_checkpoint_paths: "other"\n model_checkpoint_path:"mnist/model"',
    ],
)
def test_state_files_of_other_machines(tmp_path, state):
    write(tmp_path, "model.index", "other.index")
    write(tmp_path, "checkpoint", content=state + b"\n")
    assert prefix(tmp_path) == str(tmp_path / "model")


def test_a_state_file_names_a_checkpoint_elsewhere(tmp_path):
    write(tmp_path, "a/model.index", "b/model.index")
    write(tmp_path, "b/checkpoint", content=f'model_checkpoint_path: "{tmp_path.as_posix()}/a/model"'.encode())
    assert prefix(tmp_path / "b") == str(tmp_path / "a" / "model")


def test_a_state_file_without_its_checkpoint(tmp_path):
    write(tmp_path, "checkpoint", content=b'model_checkpoint_path: "mnist/model"')
    with pytest.raises(InputError, match=r"at .*model, which its state file names"):
        prefix(tmp_path)
    write(tmp_path, "checkpoint", content=b"something")
    with pytest.raises(InputError, match="checkpoint is no state file of TensorFlow's"):
        prefix(tmp_path)
    (tmp_path / "checkpoint").unlink()
    (tmp_path / "checkpoint").mkdir()
    with pytest.raises(InputError, match="checkpoint can't be read"):
        prefix(tmp_path)


def test_the_variables_of_a_saved_model(tmp_path):
    write(tmp_path, "variables/variables.index", "saved_model.pb", "model.index")
    for place in (tmp_path, tmp_path / "saved_model.pb"):
        assert prefix(place) == str(tmp_path / "variables" / "variables")


def test_files_that_a_checkpoint_is_named_by(tmp_path):
    write(tmp_path, "model.ckpt-5.index", "model.ckpt-5.data-00000-of-00002", "model.ckpt-5.meta")
    for end in ("", ".index", ".meta", ".data-00000-of-00002"):
        assert prefix(tmp_path / f"model.ckpt-5{end}") == str(tmp_path / "model.ckpt-5")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("net.pb", "a frozen graph"),
        ("net.onnx", "an ONNX model"),
        ("net.tflite", "a LiteRT model"),
        ("net.pt", "PyTorch's"),
        ("net.PTH", "PyTorch's"),
        ("net.safetensors", "a safetensors file"),
        ("net.npz", "a NumPy archive"),
        ("net.json", "a description without weights"),
        ("net.h5", "no checkpoint"),
        ("net", "no checkpoint"),
    ],
)
def test_what_is_there_but_no_checkpoint(tmp_path, name, what):
    write(tmp_path, name, content=b"something")
    with pytest.raises(InputError, match=rf"{name} is {what}; what can be read are checkpoints of TensorFlow"):
        prefix(tmp_path / name)


def test_what_is_not_there_but_beside(tmp_path):
    write(tmp_path, *(f"model.ckpt-{step}.index" for step in (600, 500, 400, 300, 200, 100)))
    said = ", ".join(rf"model\.ckpt-{step}" for step in (100, 200, 300, 400, 500))
    with pytest.raises(InputError, match=rf"at .*model\.ckpt, but {said} beside it: name that"):
        prefix(tmp_path / "model.ckpt")
    write(tmp_path, "model.ckpt.data-00000-of-00001")
    with pytest.raises(InputError, match=r"model\.ckpt\.index is missing, without which .*model\.ckpt\.data-"):
        prefix(tmp_path / "model.ckpt")


def test_others_compute_in_fp32_and_know_the_classes_of_a_named_data_set(tmp_path):
    write(tmp_path, "model.index")
    fashion = find(tmp_path, dataclasses.replace(find_recipe("fashion"), classes=tuple("0123456789"))).recipe
    assert (fashion.precision, fashion.classes) == ("fp32", class_names("fashion-mnist"))
    assert find(tmp_path, dataclasses.replace(find_recipe("lenet"), classes=("a", "b"))).recipe.classes == ("a", "b")


def test_ways_to_name_an_own_checkpoint(page_run, tmp_path, monkeypatch):
    (folder,) = shutil.copytree(page_run, tmp_path / "run").glob("step-*")
    for given in (folder.parent, folder, folder / "model", folder / "model.index"):
        assert find(given).folder == folder
        assert is_own(given)
    monkeypatch.chdir(folder)
    assert find("model").folder.absolute() == folder
    with pytest.raises(InputError, match="there is no run directory or checkpoint at"):
        find(folder / "other")
    write(tmp_path, "model.index", "manifest.json")
    assert not is_own(tmp_path / "model")
    assert not is_own(tmp_path)
    assert prefix(tmp_path / "model") == str(tmp_path / "model")


def test_an_own_checkpoint_knows_its_network(page_run):
    assert isinstance(find(page_run, find_recipe("lenet")), Checkpoint)
    with pytest.raises(InputError, match="was trained with the network lenet, not small"):
        find(page_run, find_recipe("speedrun"))


def test_a_name_that_is_none(tmp_path):
    with pytest.raises(InputError, match="has one of"):
        find(tmp_path / "model*")
