import csv
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import processes
import pytest
import tensorflow.compat.v1 as tf
from conftest import variables

from lenet_tf1.base import processor
from lenet_tf1.base.errors import InputError, Interrupted
from lenet_tf1.base.report import QUIET, Recorded
from lenet_tf1.data.batches import NO_CLASS, Batches
from lenet_tf1.data.datasets import load
from lenet_tf1.evaluate import main as main_evaluate
from lenet_tf1.recipes import RECIPES, find_recipe
from lenet_tf1.runs import checkpoints, manifest
from lenet_tf1.train import main, train
from lenet_tf1.training.stepper import Stepper


def weights(run_dir):
    return variables(checkpoints.newest(run_dir).prefix)


def test_what_a_run_directory_holds(run_dir):
    names = {path.name for path in run_dir.iterdir() if not path.name.startswith("events.out.tfevents.")} - {".lock"}
    steps = {f"step-000000{step}" for step in (14, 28, 42)}
    assert names == steps | {"checkpoint", "recipe.json", "metrics.csv", "result.json", "train", "validation"}
    with (run_dir / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["epoch"], row["step"]) for row in rows] == [("1", "14"), ("2", "28"), ("3", "42")]
    result = json.loads((run_dir / "result.json").read_text())
    assert result["steps"] == 42
    assert result["validation_accuracy"] == max(float(row["validation_accuracy"]) for row in rows)
    assert 0.3 < result["test_accuracy"] <= 1
    assert result["versions"]["tensorflow"] == tf.version.VERSION


def test_one_seed_gives_one_set_of_bits(run_dir, small_recipe, tmp_path):
    train(small_recipe, tmp_path / "again", summaries="none", report=QUIET)
    assert weights(tmp_path / "again") == weights(run_dir)  # and summaries, with their traced steps, changed nothing
    assert (tmp_path / "again" / "metrics.csv").read_bytes() == (run_dir / "metrics.csv").read_bytes()
    assert not (tmp_path / "again" / "train").exists()


def test_another_seed_gives_others(run_dir, small_recipe, tmp_path):
    train(dataclasses.replace(small_recipe, seed=1, epochs=1), tmp_path / "other", report=QUIET)
    other, one = weights(tmp_path / "other"), variables(run_dir / "step-00000014" / "model")
    same = {name for name in one if other[name] == one[name]}
    assert same == {"train/global_step", "train/beta1_power", "train/beta2_power"}


@pytest.mark.parametrize(
    "steps", [pytest.param(14, marks=pytest.mark.full), 20, pytest.param(41, marks=pytest.mark.full)]
)
def test_a_shorter_run_extended_is_the_longer_run(run_dir, small_recipe, tmp_path, steps):
    train(dataclasses.replace(small_recipe, steps=steps), tmp_path / "run", report=QUIET)
    train(small_recipe, tmp_path / "run", report=QUIET)
    assert weights(tmp_path / "run") == weights(run_dir)
    assert (tmp_path / "run" / "metrics.csv").read_bytes() == (run_dir / "metrics.csv").read_bytes()


@pytest.mark.parametrize("steps", [5, pytest.param(20, marks=pytest.mark.full)])
def test_a_run_that_was_stopped_within_an_epoch_can_end_there(thin_recipe, tmp_path, monkeypatch, steps):
    def stop_at_20(stepper, *arguments, **options):
        update = take(stepper, *arguments, **options)
        if stepper.step == 20:
            signal.raise_signal(signal.SIGINT)
        return update

    take = Stepper.take
    monkeypatch.setattr(Stepper, "take", stop_at_20)
    with pytest.raises(Interrupted, match="stopped by SIGINT at step 20, saved"):
        train(thin_recipe, tmp_path / "run", report=QUIET)
    result = train(dataclasses.replace(thin_recipe, steps=steps), tmp_path / "run", report=QUIET)
    assert result["steps"] == 20
    monkeypatch.undo()
    assert [row["step"] for row in checkpoints.newest(tmp_path / "run").history] == [14, 20]


# The reader learns from pages: tests/training/test_page_reading.py.
SHORT = ("bootcamp",)  # the others take the same paths, lenet in test_kills.py too, distorted in test_workers.py


@pytest.mark.parametrize(
    "name",
    [name if name in SHORT else pytest.param(name, marks=pytest.mark.full) for name in RECIPES if name != "reader"],
)
def test_every_recipe_resumes_to_the_same_bits(small_folder, tmp_path, monkeypatch, name):
    def stop_at_3(stepper, *arguments, **options):
        update = take(stepper, *arguments, **options)
        if stepper.step == 3:
            signal.raise_signal(signal.SIGINT)
        return update

    recipe = dataclasses.replace(find_recipe(name), dataset=str(small_folder), epochs=2, steps=None)
    train(recipe, tmp_path / "whole", report=QUIET)
    take = Stepper.take
    monkeypatch.setattr(Stepper, "take", stop_at_3)
    with pytest.raises(Interrupted, match="at step 3, saved"):
        train(recipe, tmp_path / "run", report=QUIET)
    monkeypatch.undo()
    train(recipe, tmp_path / "run", report=QUIET)
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")
    assert (tmp_path / "run" / "metrics.csv").read_bytes() == (tmp_path / "whole" / "metrics.csv").read_bytes()


def test_a_run_of_one_cycle_has_the_length_it_began_with(small_folder, tmp_path, capsys):
    recipe = dataclasses.replace(find_recipe("best"), dataset=str(small_folder), epochs=1)
    train(recipe, tmp_path / "run")
    assert f"--run-dir {tmp_path / 'run'} --restart --epochs N\n" in capsys.readouterr().out
    with pytest.raises(InputError, match="falls to 0 in 1 epochs, not 2 epochs: choose"):
        train(dataclasses.replace(recipe, epochs=2), tmp_path / "run", report=QUIET)


def test_one_cycle_ends_with_its_last_checkpoint(small_folder, tmp_path, capsys):
    # At this rate nothing changes: by validation the first epoch would do as well as the last.
    recipe = dataclasses.replace(find_recipe("best"), dataset=str(small_folder), epochs=3, learning_rate=1e-12)
    result = train(recipe, tmp_path / "run")
    rows = checkpoints.newest(tmp_path / "run").history
    assert len({row["validation_accuracy"] for row in rows}) == 1
    assert result["best_step"] == rows[-1]["step"]
    assert checkpoints.best(tmp_path / "run").step == rows[-1]["step"]
    assert "On validation: " in capsys.readouterr().out


def test_restart_begins_the_same_run_again(small_folder, tmp_path, capsys):
    run, data = str(tmp_path / "run"), str(small_folder)
    arguments = ["--dataset", data, "--batch-size", "50", "--steps", "3", "--seed", "4"]
    assert main(["--recipe", "speedrun", "--run-dir", run, *arguments]) == 0
    before = weights(tmp_path / "run")
    (again,) = [line for line in capsys.readouterr().out.splitlines() if line.endswith("--restart")]
    assert main(again.split()[3:]) == 0
    assert weights(tmp_path / "run") == before
    assert main(["--run-dir", run, "--restart", "--recipe", "lenet", "--dataset", data, "--steps", "2"]) == 0
    assert checkpoints.newest(tmp_path / "run").recipe.batch_size == 64


def test_a_run_is_not_removed_for_one_that_cannot_begin(run_dir, small_folder, tmp_path, capsys):
    copy = shutil.copytree(run_dir, tmp_path / "copy")
    arguments = ["--recipe", "speedrun", "--dataset", str(small_folder), "--keep-prob", "0.5"]
    assert main(["--run-dir", str(copy), "--restart", *arguments]) == 2
    assert "the network small has no dropout, so keep prob has to be 1" in capsys.readouterr().err
    assert weights(copy) == weights(run_dir)


def test_a_finished_run_says_so(run_dir, small_recipe, tmp_path, capsys):
    copy = shutil.copytree(run_dir, tmp_path / "copy")
    result = train(small_recipe, copy)
    assert result == json.loads((run_dir / "result.json").read_text())
    said = capsys.readouterr().out
    assert "This run is finished: 42 steps are done." in said
    for hint in ("lenet_tf1.evaluate", "--epochs", "--restart"):
        assert hint in said


def test_settings_not_given_are_the_runs_own(run_dir, small_folder, tmp_path, capsys):
    copy = shutil.copytree(run_dir, tmp_path / "copy")
    assert main(["--run-dir", str(copy)]) == 0
    assert "This run is finished" in capsys.readouterr().out
    assert main(["--run-dir", str(copy), "--batch-size", "32"]) == 2
    assert "holds a run with batch size 64, not 32" in capsys.readouterr().err


def test_restart_removes_the_run_and_nothing_else(run_dir, small_recipe, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "copy")
    (copy / "notes.txt").write_text("mine")
    train(dataclasses.replace(small_recipe, seed=5, steps=1), copy, restart=True, report=QUIET)
    assert [folder.name for folder in copy.glob("step-*")] == ["step-00000001"]
    assert (copy / "notes.txt").read_text() == "mine"


def test_other_images_are_not_trained_on_silently(run_dir, small_recipe, small_folder, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "run")
    data = shutil.copytree(small_folder, tmp_path / "data")
    labels = data / "train-images-idx3-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1] + b"\x01")
    for path in copy.glob("step-*/manifest.json"):
        content = json.loads(path.read_text().replace(str(small_folder), str(data)))
        del content["sha256"]
        path.write_bytes(manifest.sign(content))
    with pytest.raises(InputError, match="are not those that the run"):
        train(dataclasses.replace(small_recipe, dataset=str(data), epochs=4), copy, report=QUIET)


def test_a_run_of_another_version_is_not_continued(run_dir, small_recipe, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "run")
    for path in copy.glob("step-*/manifest.json"):
        content = json.loads(path.read_bytes())
        del content["sha256"], content["machine"]
        content["state"]["momentum"] = 0.9
        path.write_bytes(manifest.sign(content))
    with pytest.raises(InputError, match="holds 3 checkpoints, none can be used; train --restart begins again"):
        train(small_recipe, copy, report=QUIET)


def test_each_stop_rule(thin_recipe, tmp_path, capsys):
    target = dataclasses.replace(thin_recipe, epochs=50, target_accuracy=0.3)
    assert train(target, tmp_path / "target")["steps"] < 50 * 14
    assert "Stopped: training and validation accuracy are above 0.3." in capsys.readouterr().out
    rows = checkpoints.newest(tmp_path / "target").history
    above = [min(row["accuracy"], row["validation_accuracy"]) > 0.3 for row in rows]
    assert above.index(True) == len(rows) - 1

    # A learning rate that changes next to nothing: no epoch is better than the first.
    patient = dataclasses.replace(thin_recipe, epochs=50, patience=2, learning_rate=1e-12)
    assert train(patient, tmp_path / "patience")["steps"] == 3 * 14
    assert "Stopped: validation accuracy is no better than 2 epochs ago." in capsys.readouterr().out


@pytest.mark.full
def test_document_003_counts_iterations(small_folder, tmp_path, capsys):
    arguments = ["--recipe", "deep-mnist", "--dataset", str(small_folder), "--steps", "230"]
    assert main([*arguments, "--run-dir", str(tmp_path / "run")]) == 0
    lines = capsys.readouterr().out.splitlines()
    iterations = [line for line in lines if line.startswith("Optimization Iteration:")]
    assert [line[:30] for line in iterations] == [f"Optimization Iteration:{n:>6}," for n in (100, 200)]
    assert all(line.endswith("%") and ", Training Accuracy:  " in line for line in iterations)
    assert sum(line.startswith("Accuracy on Validation-Set after epoch ") for line in lines) == 13
    assert not any("learning rate" in line for line in lines)


def test_document_002s_sentence(thin_recipe, tmp_path, capsys):
    recipe = dataclasses.replace(thin_recipe, epochs=3, training_target=0.2)
    assert train(recipe, tmp_path / "reached")["steps"] < 42
    assert "Stopped: 达到20.0%准确率,所以取消训练! Training accuracy is " in capsys.readouterr().out
    train(dataclasses.replace(thin_recipe, epochs=1, training_target=1.0), tmp_path / "not")
    said = capsys.readouterr().out
    assert "Training accuracy has not reached 100.0% in them: the layers need to be redesigned." in said


def test_as_written_document_000_decides_by_the_test_set_and_learns_nothing(small_folder, tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["--as-written", "--dataset", str(small_folder), "--run-dir", str(run)]) == 0
    said = capsys.readouterr().out
    assert "As the document has it: softmax is applied twice" in said
    assert "900 training, 300 validation, 300 test images; those for validation are the test images" in said
    result = json.loads((run / "result.json").read_text())
    assert result["recipe"]["name"] == "lenet-as-written"
    assert result["validation_accuracy"] == result["test_accuracy"] < 0.3
    assert float(list(csv.DictReader((run / "metrics.csv").open()))[-1]["loss"]) > 1.4612
    assert main(["--run-dir", str(run), "--recipe", "lenet"]) == 2
    assert "holds a run of the recipe lenet-as-written, not lenet" in capsys.readouterr().err


def test_recipes_are_listed(capsys):
    assert main(["--recipes"]) == 0
    assert "generator-cnn generator-cnn mnist" in capsys.readouterr().out


def test_classes_come_with_the_data(mnist, small_folder, tmp_path, capsys):
    place = shutil.copytree(small_folder, tmp_path / "mine" / "fashion-mnist")
    run = tmp_path / "run"
    arguments = ["--recipe", "bootcamp", "--dataset", "fashion-mnist", "--data-dir", str(place.parent)]
    assert main([*arguments, "--steps", "20", "--run-dir", str(run)]) == 0
    recipe = checkpoints.newest(run).recipe
    assert recipe.classes[9] == "Ankle boot"
    assert recipe.data_dir == str(place.parent)
    assert main(["--run-dir", str(run), "--steps", "25"]) == 0  # which looks where the run found them
    assert checkpoints.newest(run).step == 25
    capsys.readouterr()
    assert main_evaluate([str(run), "--dataset", "mnist"]) == 2
    assert "the classes of mnist are 0, 1" in capsys.readouterr().err
    assert main_evaluate([str(run)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("9 Ankle boot ") for line in lines)
    assert max(map(len, lines)) <= 80


def test_the_documents_lines_end_a_run(small_recipe, tmp_path, capsys):
    result = train(dataclasses.replace(small_recipe, epochs=1), tmp_path / "run")
    lines = capsys.readouterr().out.splitlines()
    correct = round(result["test_accuracy"] * 300)
    assert f"Accuracy on Test-Set: {correct / 300:.1%} ({correct}/300)" in lines
    assert any(re.match(r"Time usage: \d:\d\d:\d\d", line) for line in lines)
    assert max(len(line.replace(small_recipe.dataset, "mnist")) for line in lines[:6]) <= 80


def test_tensorboard_gets_graph_curves_and_costs(run_dir):
    def events(name):
        (path,) = (run_dir / name).glob("events.*")
        return list(tf.train.summary_iterator(str(path)))

    def tags(name):
        return {value.tag for event in events(name) for value in event.summary.value}

    assert tags("validation") == {"loss", "accuracy"}
    graphs = [event.graph_def for event in events("train") if event.graph_def]
    nodes = tf.GraphDef.FromString(graphs[0]).node
    assert len(graphs) == 1
    assert not any(node.op in ("SaveV2", "RestoreV2") or node.name == "init" for node in nodes)
    traces = [event.tagged_run_metadata for event in events("train") if event.HasField("tagged_run_metadata")]
    assert [trace.tag for trace in traces] == ["step 14", "step 28", "step 42"]
    metadata = tf.RunMetadata.FromString(traces[0].run_metadata)
    timed = {stats.node_name for device in metadata.step_stats.dev_stats for stats in device.node_stats}
    assert any("conv4" in name for name in timed)


def test_curves_do_not_fold_back(thin_recipe, tmp_path):
    """A process writes events beyond its last checkpoint and dies; the one that continues replaces them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = tmp_path / "run"
    train(dataclasses.replace(thin_recipe, epochs=2), run, report=QUIET)
    newest = checkpoints.newest(run)
    shutil.rmtree(newest.folder)  # as if it had been killed before this checkpoint
    train(thin_recipe, run, report=QUIET)
    curve = EventAccumulator(str(run / "validation")).Reload().Scalars("loss")
    assert [point.step for point in curve] == [14, 28, 42]


def test_training_curves_are_written_every_so_often(thin_recipe, tmp_path):
    train(dataclasses.replace(thin_recipe, steps=50), tmp_path / "run", report=QUIET)
    (path,) = (tmp_path / "run" / "train").glob("events.*")
    points = [(event.step, {v.tag: v.simple_value for v in event.summary.value}) for event in
              tf.train.summary_iterator(str(path)) if event.summary.value]  # fmt: skip
    assert [step for step, values in points] == [50]
    assert points[0][1].keys() == {"loss", "accuracy", "learning_rate"}
    assert points[0][1]["learning_rate"] == pytest.approx(0.001)  # epoch 3: 0.002 halved once


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--recipe", "lennet"], "no recipe named lennet; did you mean lenet or lenet5?"),
        (["--dataset", "no/such/folder"], "no data set or folder named 'no/such/folder'"),
        (["--batch-size", "0"], "batch size must be 1 to 1,000,000,000, not 0"),
        (["--batch-size", "901"], "batch size 901 is more than the 900 training images"),
        (["--batch-size", "x"], "invalid int value: 'x'"),
        (["--learning-rate", "nan"], "learning rate must be from 1e-37 to 1e38, to be a float32, not nan"),
        (["--learning-rate", "1e39"], "learning rate must be from 1e-37 to 1e38"),
        (["--keep-prob", "0"], "keep prob must be from 0.001 to 1, not 0"),
        (["--run-dir", ""], "'' is no name for a file or folder"),
        (["--run-dir", "run[1]"], "has one of * ? [ in its name, which TensorFlow takes for a pattern"),
        (["--run-dir", "a\nb"], "'a\\nb' is no name for a file or folder"),
        (["--dataset", ""], "no data set or folder named ''"),
        (["--recipe", ""], "there is no recipe named "),
        (["--epochs", "0"], "epochs must be 1 to 1,000,000,000, not 0"),
        (["--steps", "9" * 400], "steps must be 1 to 1,000,000,000"),
        (["--epochs", "1", "--steps", "1"], "--epochs and --steps exclude each other"),
        (["--seed", "-1"], "seed must be 0 to 4294967295"),
        (["--data-dir", "no/where"], "there is no folder no/where to look for data sets in"),
        (["--as-written", "--recipe", "fashion"], "fashion has no mistakes to show; lenet and deep-mnist have"),
        (["--training-target", "2"], "training target must be from 0 to 1, not 2"),
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["--run-dir", "/dev/null/run"], "/dev/null/run can't be written"),
        (["--learning-rate", "1e30"], "is not finite in step 2 at learning rate 1e+30"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(small_folder, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert main(["--dataset", str(small_folder), *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("lenet_tf1: ")
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("**/step-*"))


def test_not_finite_keeps_the_checkpoint_before(thin_recipe, tmp_path, monkeypatch):
    train(dataclasses.replace(thin_recipe, epochs=1), tmp_path / "run", report=QUIET)
    before = weights(tmp_path / "run")
    monkeypatch.setattr("lenet_tf1.data.batches.one_hot", lambda labels, classes: np.full([64, 10], np.nan))
    with pytest.raises(InputError, match=r"the loss is not finite in step 15 at learning rate 0\.002"):
        train(thin_recipe, tmp_path / "run", report=QUIET)
    assert weights(tmp_path / "run") == before


def start_training(*arguments):
    """A child process that trains for long, once it has begun."""
    child = processes.start("train", "--epochs", 10000, *arguments)
    while not child.stdout.readline().startswith("    1 "):
        assert child.poll() is None, child.stderr.read()
    return child


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_saves_and_says_how_to_go_on(run_dir, small_folder, tmp_path, name, code):
    child = start_training("--run-dir", tmp_path / "run", "--dataset", small_folder)
    child.send_signal(getattr(signal, name))
    _, error = child.communicate(timeout=120)
    assert child.returncode == code
    assert f"stopped by {name} at step" in error
    assert "Traceback" not in error
    assert error.count("\n") == 1  # neither a progress bar: stdout is no terminal
    stopped = checkpoints.newest(tmp_path / "run")
    assert f"at step {stopped.step:,}, saved" in error


def test_the_second_writer_is_told_of_the_first(small_folder, tmp_path, capsys):
    child = start_training("--run-dir", tmp_path / "run", "--dataset", small_folder)
    try:
        assert main(["--run-dir", str(tmp_path / "run"), "--dataset", str(small_folder)]) == 2
        assert f"is being trained by process {child.pid}" in capsys.readouterr().err
    finally:
        child.kill()
        child.communicate()


@pytest.mark.full
def test_pictures_of_no_class_count_for_no_accuracy(tmp_path, monkeypatch):
    monkeypatch.setattr("lenet_tf1.data.datasets.HANDS", {"page": 3000})
    monkeypatch.setattr("lenet_tf1.data.datasets._HANDS_HELD_OUT", 100)
    recipe = dataclasses.replace(find_recipe("page"), network="small", keep_prob=1.0, steps=10)
    train(recipe, tmp_path / "run", summaries="none", report=QUIET)
    batches = Batches(load("page").train, recipe.batch_size, classes=10, seed=recipe.seed)
    labels = np.concatenate([batches.part(i).labels for i in range(10)])
    state = checkpoints.newest(tmp_path / "run").manifest.progress
    assert state.images == (labels != NO_CLASS).sum() < len(labels)


def test_a_summary_has_the_classes_of_the_data(small_folder, capsys):
    assert main(["--dataset", "emnist-balanced", "--summary"]) == 0
    assert "fc7      47                   23,547" in capsys.readouterr().out
    assert main(["--dataset", str(small_folder), "--summary"]) == 0
    assert "fc7      10                    5,010" in capsys.readouterr().out


def test_somebodys_own_checkpoint_is_not_overwritten(small_folder, tmp_path, capsys):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("w", initializer=1.0)
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(tmp_path / "theirs" / "model"))
    before = {path: path.read_bytes() for path in (tmp_path / "theirs").iterdir()}
    for more in ([], ["--restart"]):
        assert main(["--run-dir", str(tmp_path / "theirs"), "--dataset", str(small_folder), *more]) == 2
        assert "holds a checkpoint of another program (model.index), which a run would" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (tmp_path / "theirs").iterdir()} == before


NETWORK = """
import tensorflow.compat.v1 as tf
from lenet_tf1.graph.layers import conv2d_max_pool, dense


def tiny(x, *, classes, seed):
    ends = {"input1": tf.reshape(x, [-1, 28, 28, 1])}
    ends["conv2"], ends["pool3"] = conv2d_max_pool(ends["input1"], "conv2", "pool3", filters=4, size=5, seed=seed)
    ends["fc4"] = dense(ends["pool3"], "fc4", units=classes, seed=seed)
    return ends
"""


def test_a_network_of_ones_own_works_in_the_commands_that_are_printed(small_recipe, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    recipe = dataclasses.replace(small_recipe, name="tiny", network="mine:tiny", keep_prob=1.0, steps=3)
    report = Recorded()
    train(recipe, "run", report=report)
    (command,) = [line for line in "\n".join(report.lines).splitlines() if "lenet_tf1.evaluate" in line]
    done = subprocess.run([sys.executable, *command.split()[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Accuracy on Test-Set: ")
    (tmp_path / "mine.py").unlink()
    done = processes.run("evaluate", *command.split()[3:])
    assert done.returncode == 2
    assert "mine" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not processor.multiplies_bf16(), reason="a processor with AVX512_BF16 or AMX would run this")
def test_a_bf16_run_goes_on_where_there_is_none(thin_recipe, tmp_path, monkeypatch):
    recipe = dataclasses.replace(thin_recipe, precision="bf16", epochs=1)
    train(recipe, tmp_path / "run", report=QUIET)
    monkeypatch.setattr(processor, "multiplies_bf16", lambda: False)
    report = Recorded()
    train(dataclasses.replace(recipe, epochs=2), tmp_path / "run", report=report)
    assert report.notes == ["this processor has no bf16: the run goes on in fp32, not to the same bits"]
    assert checkpoints.newest(tmp_path / "run").recipe.precision == "fp32"
    with pytest.raises(InputError, match="AVX512_BF16 or AMX, and no GPU"):
        train(recipe, tmp_path / "new", report=QUIET)
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(not processor.multiplies_bf16(), reason="a processor with AVX512_BF16 or AMX would run this")
@pytest.mark.full
def test_a_bf16_run_where_onednn_may_not_use_it(small_recipe, tmp_path):
    recipe = dataclasses.replace(small_recipe, precision="bf16", epochs=1)
    train(recipe, tmp_path / "run", report=QUIET)
    for command in (["evaluate", tmp_path / "run"], ["train", "--run-dir", tmp_path / "run", "--epochs", "2"]):
        done = subprocess.run(
            [sys.executable, "-m", f"lenet_tf1.{command[0]}", *map(str, command[1:])],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2"},
        )
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
