import dataclasses
import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import FAILING

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Recorded
from lenet_tf1.evaluate import evaluate
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.training import add_training
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints, foreign, manifest
from lenet_tf1.runs.checkpoints import CheckpointGone, ForeignCheckpoint
from lenet_tf1.runs.manifest import Progress


@pytest.fixture
def own_run(run_dir, tmp_path):
    """A run directory that a test may damage. The run has the checkpoints of steps 14, 28 and 42."""
    return shutil.copytree(run_dir, tmp_path / "run")


@pytest.fixture
def reports():
    return Recorded()


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
    assert checkpoints.newest(own_run, reports).step == 28
    assert len(reports.notes) == 1
    assert "step-00000042" in reports.notes[0]


def test_what_somebody_adds_to_a_checkpoint_is_no_damage(own_run):
    (own_run / "step-00000042" / ".DS_Store").touch()
    (own_run / "step-00000042" / "notes").mkdir()
    os.mkfifo(own_run / "step-00000042" / "pipe")
    assert checkpoints.newest(own_run, FAILING).step == 42


def test_an_endless_file_is_damage_at_once(own_run, reports):
    with open(own_run / "step-00000042" / "model.data-00000-of-00001", "r+b") as file:
        file.truncate(1 << 42)  # sparse: takes no room
    assert checkpoints.newest(own_run, reports).step == 28
    (own_run / "step-00000028" / "model.index").unlink()
    os.mkfifo(own_run / "step-00000028" / "model.index")
    assert checkpoints.newest(own_run, reports).step == 14


def test_a_manifest_of_something_else_is_not_looked_at(own_run):
    (own_run.parent / "manifest.json").write_text('{"name": "a web page"}')
    assert evaluate(own_run)[0].total == 300


def test_a_run_without_a_valid_checkpoint_is_refused(own_run):
    for folder in own_run.glob("step-*"):
        damage(folder)
    with pytest.raises(InputError, match="holds 3 checkpoints, none can be used; train --restart begins again"):
        checkpoints.newest(own_run)


def test_a_damaged_best_gives_way_to_the_newest(own_run, reports):
    latest = checkpoints.newest(own_run)
    best = checkpoints.best(own_run)
    assert best.step == checkpoints.best_epoch(latest.history)["step"]
    content = json.loads((latest.folder / "manifest.json").read_bytes())
    del content["sha256"]
    content["state"]["history"][0]["validation_accuracy"] = 1.0  # as if the first epoch had been the best
    (latest.folder / "manifest.json").write_bytes(manifest.sign(content))
    assert checkpoints.best(own_run, FAILING).step == 14
    damage(own_run / "step-00000014")
    assert checkpoints.best(own_run, reports).step == 42
    assert len(reports.notes) == 1


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
            recipe=find_recipe("lenet"),
            step=step,
            progress=Progress(history=history),
            provenance={},
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
    checkpoints.prune(own_run, rows)
    assert {folder.name for folder in own_run.glob("step-*")} == {"step-00000014", "step-00000042"}


def test_committing_a_step_again_risks_nothing(own_run, monkeypatch):
    def die(source, target):
        raise OSError(5, "Input/output error")

    latest = checkpoints.newest(own_run)
    progress = dataclasses.replace(latest.manifest.progress, seconds=1.0)
    again = {"recipe": latest.recipe, "step": 42, "progress": progress, "provenance": {}, "save": pytest.fail}
    with monkeypatch.context() as broken, pytest.raises(InputError, match="Input/output error"):
        broken.setattr(files, "move", die)
        checkpoints.commit(own_run, **again)
    assert checkpoints.newest(own_run, FAILING).manifest == latest.manifest
    checkpoints.commit(own_run, **again)
    assert checkpoints.newest(own_run, FAILING).manifest.progress == progress


def test_a_disk_that_fails_leaves_the_checkpoints_before(own_run):
    def save(prefix):
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"step 99 couldn't be written to .* \(No space left on device\)"):
        recipe = find_recipe("lenet")
        checkpoints.commit(own_run, recipe=recipe, step=99, progress=Progress(), provenance={}, save=save)
    assert checkpoints.newest(own_run).step == 42


def test_what_tensorflow_says_of_a_disk_in_short(own_run):
    def save(prefix):
        raise tf.errors.ResourceExhaustedError(
            None, None, f"{prefix}; No space left on device\n\t [[{{{{node save}}}}]]"
        )

    with pytest.raises(InputError, match=r"step 99 couldn't be written to .*/run \(No space left on device\);"):
        recipe = find_recipe("lenet")
        checkpoints.commit(own_run, recipe=recipe, step=99, progress=Progress(), provenance={}, save=save)
    assert not list(own_run.glob(".tmp-*"))


def test_a_damaged_checkpoint_makes_room_for_the_same_step(own_run):
    def save(prefix):
        for path in (own_run / "step-00000028").glob("model.*"):
            shutil.copy(path, Path(prefix).with_name(path.name))

    latest = checkpoints.newest(own_run)
    damage(latest.folder)
    again = {"recipe": latest.recipe, "progress": latest.manifest.progress, "provenance": {}, "save": save}
    checkpoints.commit(own_run, step=42, **again)
    assert checkpoints.newest(own_run, FAILING).step == 42


def test_the_recipe_of_the_run_that_is_there(own_run, tmp_path):
    assert checkpoints.existing_recipe(own_run) == checkpoints.newest(own_run).recipe
    assert checkpoints.existing_recipe(tmp_path / "nowhere") is None
    for folder in own_run.glob("step-*"):
        damage(folder)
    assert checkpoints.existing_recipe(own_run, lenient=True) is None
    with pytest.raises(InputError, match="none can be used"):
        checkpoints.existing_recipe(own_run)


def test_an_empty_directory_has_no_best(tmp_path):
    with pytest.raises(InputError, match=r"holds no checkpoint; python -m lenet_tf1\.train makes one"):
        checkpoints.best(tmp_path)


def test_variables_are_read_by_name_and_shape(own_run):
    checkpoint = checkpoints.newest(own_run)
    assert {name: array.shape for name, array in checkpoint.read({"fc7/b": [10]}).items()} == {"fc7/b": (10,)}
    with pytest.raises(InputError, match=r"was written by another version \(fc7/b is \[10\] instead of \[5\]\)"):
        checkpoint.read({"fc7/b": [5]})
    (checkpoint.folder / "model.index").write_bytes(b"")
    with pytest.raises(InputError, match="can't be read") as error:
        checkpoint.read({"fc7/b": [10]})
    assert not isinstance(error.value, CheckpointGone)
    shutil.rmtree(checkpoint.folder)
    with pytest.raises(CheckpointGone, match="was removed while it was read"):
        checkpoint.read({"fc7/b": [10]})


def test_a_file_that_can_not_be_read(own_run, monkeypatch):
    def fail(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(checkpoints, "_describe", fail)
    with pytest.raises(InputError, match=r"step-00000042 can't be read \(Input/output error\)"):
        checkpoints.verify(own_run / "step-00000042")


def test_digests_of_the_variables(own_run, tmp_path):
    def sha256(data):
        return hashlib.sha256(data).hexdigest()

    checkpoint = checkpoints.newest(own_run)
    assert checkpoint.digest == sha256((checkpoint.folder / "model.data-00000-of-00001").read_bytes())
    other = ForeignCheckpoint(str(tmp_path / "model"), checkpoint.recipe)
    (tmp_path / "model").write_bytes(b"one file")
    assert other.digest == sha256(b"one file")
    for name in ("data-00002-of-3", "data-00000-of-3", "data-00001-of-3", "index"):
        (tmp_path / f"model.{name}").write_bytes(name.encode())
    assert other.digest == sha256(b"data-00000-of-3data-00001-of-3data-00002-of-3")


def test_what_is_read_of_another_programs_checkpoint(monkeypatch):
    monkeypatch.setattr(foreign, "take", lambda *given: foreign.Imported({"given": given}, foreign.Match()))
    recipe = find_recipe("lenet")
    assert ForeignCheckpoint("model", recipe).read({"w": [1]}) == {"given": ("model", {"w": [1]}, foreign.NO_RULES)}
