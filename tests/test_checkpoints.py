import dataclasses
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import variables

from lenet_tf1 import checkpoints, files
from lenet_tf1.data.batches import as_input
from lenet_tf1.errors import InputError
from lenet_tf1.evaluate import evaluate
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.training import add_training
from lenet_tf1.recipes import RECIPES, find_recipe


@pytest.fixture
def own_run(run_dir, tmp_path):
    """A run directory that a test may damage. The run has the checkpoints of steps 14, 28 and 42."""
    return shutil.copytree(run_dir, tmp_path / "run")


@pytest.fixture
def reports():
    return []


def damage(folder):
    path = folder / "model.data-00000-of-00001"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def test_a_fresh_graph_gets_every_variable_back(tmp_path):
    def build():
        model = build_model("lenet", classes=10)
        return add_training(model.loss, lambda step: tf.constant(0.1)), model

    with tf.Graph().as_default(), tf.Session() as session:
        training, model = build()
        session.run(tf.global_variables_initializer())
        session.run(training.update, {model.x: np.ones([8, 784]), model.y: np.eye(10)[:8]})
        saved = {variable.name: session.run(variable) for variable in tf.global_variables()}
        tf.train.Saver().save(session, str(tmp_path / "model"))
    with tf.Graph().as_default(), tf.Session() as session:
        build()
        tf.train.Saver().restore(session, str(tmp_path / "model"))
        restored = {variable.name: session.run(variable) for variable in tf.global_variables()}
    assert len(saved) == 8 * 3 + 3  # weights, their two slots each, Adam's two powers, the step
    assert saved.keys() == restored.keys()
    assert all(np.array_equal(saved[name], restored[name]) for name in saved)


def test_tensorflow_finds_the_checkpoint_after_a_move(own_run, tmp_path):
    moved = own_run.rename(tmp_path / "elsewhere")
    assert tf.train.latest_checkpoint(str(moved)) == str(moved / "step-00000042" / "model")
    assert evaluate(moved)[0].total == 300


def test_no_folder_of_a_save_is_left(run_dir):
    assert not list(run_dir.glob(".tmp-*"))


@pytest.mark.parametrize("name", ["model.index", "model.data-00000-of-00001", "manifest.json"])
@pytest.mark.parametrize("how", ["flip", "cut", "missing", "empty"])
def test_damage_is_seen_and_the_one_before_used(own_run, reports, name, how):
    path = own_run / "step-00000042" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes({"flip": data, "cut": data[:-1], "empty": b""}[how])
    assert checkpoints.newest(own_run, reports.append).step == 28
    assert len(reports) == 1
    assert "step-00000042" in reports[0]


def test_what_somebody_adds_to_a_checkpoint_is_no_damage(own_run):
    (own_run / "step-00000042" / ".DS_Store").touch()
    (own_run / "step-00000042" / "notes").mkdir()
    os.mkfifo(own_run / "step-00000042" / "pipe")
    assert checkpoints.newest(own_run, pytest.fail).step == 42


def test_an_endless_file_is_damage_at_once(own_run, reports):
    with open(own_run / "step-00000042" / "model.data-00000-of-00001", "r+b") as file:
        file.truncate(1 << 42)  # sparse: takes no room
    assert checkpoints.newest(own_run, reports.append).step == 28
    (own_run / "step-00000028" / "model.index").unlink()
    os.mkfifo(own_run / "step-00000028" / "model.index")
    assert checkpoints.newest(own_run, reports.append).step == 14


@pytest.mark.parametrize(
    "change",
    [{"step": "42"}, {"state": {}}, {"state": {"history": None}}, {"state": {"history": [{}]}}, {"recipe": {}}],
)
def test_a_manifest_of_another_version(own_run, change):
    manifest = own_run / "step-00000042" / "manifest.json"
    content = json.loads(manifest.read_bytes())
    del content["sha256"]
    manifest.write_bytes(checkpoints._seal(content | change))
    assert checkpoints.newest(own_run).step == 28


def test_a_manifest_of_something_else_is_not_looked_at(own_run):
    (own_run.parent / "manifest.json").write_text('{"name": "a web page"}')
    assert evaluate(own_run)[0].total == 300


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'model_checkpoint_path: ""', b"nonsense"])
def test_a_bad_state_file_of_a_foreign_checkpoint(tmp_path, content):
    (tmp_path / "checkpoint").write_bytes(content)
    with pytest.raises(InputError):
        evaluate(tmp_path, recipe="lenet")


def test_a_run_without_a_valid_checkpoint_is_refused(own_run):
    for folder in own_run.glob("step-*"):
        damage(folder)
    with pytest.raises(InputError, match="holds 3 checkpoints, none can be used; train --restart begins again"):
        checkpoints.newest(own_run)


def test_a_damaged_best_gives_way_to_the_newest(own_run, reports):
    latest = checkpoints.newest(own_run)
    best = checkpoints.best(own_run)
    assert best.step == checkpoints.best_epoch(latest.history)["step"]
    manifest = json.loads((latest.folder / "manifest.json").read_bytes())
    del manifest["sha256"]
    manifest["state"]["history"][0]["validation_accuracy"] = 1.0  # as if the first epoch had been the best
    (latest.folder / "manifest.json").write_bytes(checkpoints._seal(manifest))
    assert checkpoints.best(own_run, pytest.fail).step == 14
    damage(own_run / "step-00000014")
    assert checkpoints.best(own_run, reports.append).step == 42
    assert len(reports) == 1


def test_best_takes_the_lower_loss_of_equal_accuracies():
    rows = [{"validation_accuracy": a, "validation_loss": b} for a, b in [(0.9, 0.3), (0.9, 0.2), (0.8, 0.1)]]
    assert checkpoints.best_epoch(rows) is rows[1]
    assert checkpoints.best_epoch([]) is None


def test_pruning_leaves_the_newest_and_the_best(tmp_path, run_dir):
    def commit(step):
        history.append(
            {"epoch": step, "step": step, "validation_accuracy": 1.0 if step == 2 else 0.5, "validation_loss": 0.0}
        )
        checkpoints.commit(
            tmp_path,
            step=step,
            state={"history": history},
            facts={"recipe": find_recipe("lenet").to_json()},
            save=lambda prefix: shutil.copy(run_dir / "step-00000042" / "model.index", f"{prefix}.index"),
        )

    history = []
    for step in range(1, 7):
        commit(step)
    left = {folder.name for folder in tmp_path.glob("step-*")}
    assert left == {"step-00000002", "step-00000004", "step-00000005", "step-00000006"}
    (tmp_path / "step-00000006" / "model.index").write_bytes(b"")
    commit(7)  # the damaged one counts for nothing: three valid ones stay
    assert {f"step-0000000{n}" for n in (2, 4, 5, 7)} <= {folder.name for folder in tmp_path.glob("step-*")}
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert state.model_checkpoint_path.endswith("step-00000007/model")
    assert [Path(path).parent.name[-1] for path in state.all_model_checkpoint_paths] == ["2", "4", "5", "7"]  # valid


def test_pruning_leaves_the_best_whole_epoch(own_run, monkeypatch):
    """The last row may be of a part of an epoch, which goes when the run is continued."""
    monkeypatch.setattr(checkpoints, "KEPT", 1)
    accuracies = {14: 0.9, 28: 0.5, 42: 0.95}
    rows = [{"step": step, "validation_accuracy": a, "validation_loss": 0.0} for step, a in accuracies.items()]
    checkpoints.tidy(own_run, rows)
    assert {folder.name for folder in own_run.glob("step-*")} == {"step-00000014", "step-00000042"}


def test_committing_a_step_again_risks_nothing(own_run, monkeypatch):
    def die(source, target):
        raise OSError(5, "Input/output error")

    latest = checkpoints.newest(own_run)
    facts = {"recipe": latest.manifest["recipe"]}
    state = latest.manifest["state"] | {"seconds": 1.0}
    with monkeypatch.context() as broken, pytest.raises(InputError, match="Input/output error"):
        broken.setattr(files, "move", die)
        checkpoints.commit(own_run, step=42, state=state, facts=facts, save=pytest.fail)
    assert checkpoints.newest(own_run, pytest.fail).manifest == latest.manifest
    checkpoints.commit(own_run, step=42, state=state, facts=facts, save=pytest.fail)
    assert checkpoints.newest(own_run, pytest.fail).manifest["state"] == state


def test_a_disk_that_fails_leaves_the_checkpoints_before(own_run):
    def save(prefix):
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"step 99 couldn't be written to .* \(No space left on device\)"):
        checkpoints.commit(own_run, step=99, state={"history": []}, facts={}, save=save)
    assert checkpoints.newest(own_run).step == 42


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
    monkeypatch.setattr("lenet_tf1.evaluate.load", lambda *_, **__: dataclasses.replace(mnist, test=mnist.test[:2000]))
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
        assert Path(checkpoints.find(given, find_recipe("lenet")).prefix).resolve() == moved / "model"


def test_a_foreign_checkpoint_needs_a_recipe(tmp_path):
    save_document_000(tmp_path)
    with pytest.raises(InputError, match="say which network it is of with --recipe"):
        evaluate(tmp_path / "model")


def test_another_networks_checkpoint_names_what_differs(tmp_path):
    save_document_000(tmp_path, classes=26)
    with pytest.raises(InputError) as error:
        evaluate(tmp_path / "model", recipe="lenet")
    assert "fc7/w is [500, 26] instead of [500, 10]" in str(error.value)
    assert "fc7/b is [26] instead of [10]" in str(error.value)


@pytest.mark.parametrize("name", ["model.index", "model.data-00000-of-00001"])
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


def test_a_manifest_is_json_that_people_can_read(run_dir, small_recipe):
    manifest = json.loads((run_dir / "step-00000042" / "manifest.json").read_text())
    assert manifest["step"] == 42
    recipe = checkpoints.newest(run_dir).recipe
    assert recipe.to_json() == manifest["recipe"]
    assert recipe.precision in ("fp32", "bf16")  # what it came to here
    assert dataclasses.replace(recipe, precision="auto") == small_recipe
    assert [row["epoch"] for row in manifest["state"]["history"]] == [1, 2, 3]
