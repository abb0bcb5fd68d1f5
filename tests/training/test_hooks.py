import dataclasses
import shutil

import numpy as np
import processes
import pytest
import tensorflow.compat.v1 as tf
from conftest import variables
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import metadata as hparams

from lenet_tf1.base.report import QUIET
from lenet_tf1.data.batches import as_input
from lenet_tf1.evaluate import evaluate
from lenet_tf1.inference.frozen import FrozenNetwork
from lenet_tf1.runs import checkpoints
from lenet_tf1.train import train


@pytest.fixture(scope="module")
def seen(small_recipe, tmp_path_factory):
    """A run of the small recipe, distorted, with all that TensorBoard can show of it."""
    folder = tmp_path_factory.mktemp("runs") / "seen"
    train(dataclasses.replace(small_recipe, shift=0.5), folder, summaries="all", report=QUIET)
    return folder


def events(folder):
    (path,) = folder.glob("events.*")
    return [event for event in tf.train.summary_iterator(str(path)) if event.summary.value]


def tags(folder):
    return {value.tag for event in events(folder) for value in event.summary.value}


# That "basic" changes nothing is test_train.py's too.
@pytest.mark.parametrize("summaries", ["none", pytest.param("basic", marks=pytest.mark.full)])
def test_no_bit_depends_on_what_is_shown(seen, small_recipe, tmp_path, summaries):
    train(dataclasses.replace(small_recipe, shift=0.5), tmp_path / "run", summaries=summaries, report=QUIET)
    assert variables(tmp_path / "run/step-00000042/model") == variables(seen / "step-00000042/model")
    assert (tmp_path / "run/metrics.csv").read_bytes() == (seen / "metrics.csv").read_bytes()


def test_each_part_has_its_tags(seen):
    scopes = ("conv2", "conv4", "fc6", "fc7")
    expected = {f"{group}/{scope}/{name}" for group in ("weights", "gradients") for scope in scopes for name in "wb"}
    expected |= {f"activations/{scope}" for scope in ("input1", "conv2", "pool3", "conv4", "pool5", "fc6", "fc7")}
    assert tags(seen / "train") >= expected | {"inputs"}
    curves = {f"precision and recall/{digit}/pr_curves" for digit in range(10)}
    shown = {"loss", "accuracy", "confusion", "misclassified"} | curves
    assert tags(seen / "validation") == tags(seen / "test") == shown


def test_histograms_hold_every_number(seen):
    accumulator = EventAccumulator(str(seen / "train"), size_guidance={"histograms": 0}).Reload()
    points = accumulator.Histograms("weights/fc6/w")
    assert [point.step for point in points] == [14, 28, 42]
    value = points[-1].histogram_value
    w = tf.train.load_checkpoint(str(seen / "step-00000042/model")).get_tensor("fc6/w")
    assert value.num == sum(value.bucket) == w.size
    assert (value.min, value.max) == (w.min(), w.max())
    assert value.sum == pytest.approx(w.sum(dtype=np.float64))
    gradients = accumulator.Histograms("gradients/conv2/w")[-1].histogram_value
    assert 0 < gradients.max < 10


def test_precision_and_recall_are_those_of_the_confusion(seen):
    measurement, _ = evaluate(seen, split="validation")
    last = max(event.step for event in events(seen / "validation"))
    values = {
        value.tag: value for event in events(seen / "validation") if event.step == last for value in event.summary.value
    }
    for digit in range(10):
        curve = tf.make_ndarray(values[f"precision and recall/{digit}/pr_curves"].tensor)
        true_positives, false_positives, _, false_negatives = curve[:4]
        assert true_positives[0] == measurement.confusion[digit].sum()  # at threshold 0 all is taken for it
        assert true_positives[0] + false_positives[0] == 100
        assert true_positives[100] + false_negatives[100] == true_positives[0]


def test_the_projector_shows_what_the_last_layer_reads(seen, mnist):
    best = checkpoints.best(seen)
    with FrozenNetwork(best) as network:
        feed = {network.model.x: as_input(mnist.test.images[:300])}
        outputs, predictions = network.session.run([network.model.endpoints["fc6"], network.model.predictions], feed)
    written = np.fromfile(seen / "test" / "embedding.bytes", np.float32).reshape(300, 500)
    assert np.allclose(written, outputs, rtol=0.02, atol=0.02)  # perhaps bfloat16, whose kernels may be others
    header, *rows = (seen / "test" / "metadata.tsv").read_text().splitlines()
    assert header == "class\tprediction\timage"
    rows = [row.split("\t") for row in rows]
    assert [int(label) for label, _, _ in rows] == mnist.test.labels[:300].tolist()
    assert np.mean([int(prediction) for _, prediction, _ in rows] == predictions) > 0.98
    with Image.open(seen / "test" / "sprite.png") as sprite:
        assert sprite.size == (18 * 28, 18 * 28)
        third_in_second_row = np.asarray(sprite)[28:56, 56:84]
    assert np.array_equal(255 - third_in_second_row, mnist.test.images[20])
    config = (seen / "test" / "projector_config.pbtxt").read_text()
    assert 'tensor_name: "fc6"' in config
    assert "tensor_shape: [300, 500]" in config


def test_settings_can_be_compared(seen):
    values = [value for event in events(seen) for value in event.summary.value]
    start, end = (
        next(value for value in values if value.tag == tag)
        for tag in (hparams.SESSION_START_INFO_TAG, hparams.SESSION_END_INFO_TAG)
    )
    settings = hparams.parse_session_start_info_plugin_data(start.metadata.plugin_data.content).hparams
    assert settings["batch_size"].number_value == 64
    assert settings["shift"].number_value == 0.5
    assert settings["network"].string_value == "lenet"
    status = hparams.parse_session_end_info_plugin_data(end.metadata.plugin_data.content).status
    assert status == api_pb2.STATUS_SUCCESS


def test_restart_removes_what_was_shown_and_nothing_else(seen, thin_recipe, tmp_path):
    run = shutil.copytree(seen, tmp_path / "run")
    (run / "test" / "mine.txt").write_text("mine")
    train(dataclasses.replace(thin_recipe, steps=1), run, restart=True, summaries="none", report=QUIET)
    assert [path.name for path in (run / "test").iterdir()] == ["mine.txt"]
    assert not list(run.glob("**/events.*"))


@pytest.mark.parametrize("network", [pytest.param("generator-cnn", marks=pytest.mark.full), "lenet5"])
def test_every_network_can_be_looked_into(small_recipe, tmp_path, network):
    recipe = dataclasses.replace(small_recipe, network=network, keep_prob=1.0, precision="fp32", steps=2)
    train(recipe, tmp_path / "run", summaries="all", report=QUIET)
    assert {"confusion", "loss"} <= tags(tmp_path / "run" / "test")


def test_numbers_that_are_not_finite_end_no_training(thin_recipe, tmp_path):
    recipe = dataclasses.replace(thin_recipe, learning_rate=1e30, steps=1)
    for summaries in ("basic", "all"):
        train(recipe, tmp_path / summaries, summaries=summaries, report=QUIET)
    assert variables(tmp_path / "all/step-00000001/model") == variables(tmp_path / "basic/step-00000001/model")


def test_what_a_process_did_not_live_to_show_is_shown_by_the_next(seen, small_recipe, tmp_path):
    run = shutil.copytree(seen, tmp_path / "run")
    shutil.rmtree(run / "test")
    (run / "result.json").unlink()  # as if it had been killed after its last commit
    train(dataclasses.replace(small_recipe, shift=0.5), run, summaries="all", report=QUIET)
    assert (run / "test" / "projector_config.pbtxt").exists()
    assert {"confusion", "loss"} <= tags(run / "test")


def test_settings_that_are_compared_are_those_that_the_run_went_on_with(thin_recipe, tmp_path):
    for steps in (14, 28):
        train(dataclasses.replace(thin_recipe, steps=steps), tmp_path / "run", report=QUIET)
    values = [value for event in events(tmp_path / "run") for value in event.summary.value]
    starts = [value for value in values if value.tag == hparams.SESSION_START_INFO_TAG]
    settings = [hparams.parse_session_start_info_plugin_data(start.metadata.plugin_data.content) for start in starts]
    assert [start.hparams["steps"].number_value for start in settings] == [28]


def test_files_that_do_not_grow_cost_a_note_and_no_step(small_recipe, tmp_path, monkeypatch):
    """A limit on file sizes that checkpoints don't reach, and TensorBoard's traces do."""
    code = f"""
import dataclasses, resource
from lenet_tf1 import Recipe
from lenet_tf1.base.report import Recorded
from lenet_tf1.train import train
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
report = Recorded()
recipe = Recipe("tiny", network="mine:tiny", dataset={small_recipe.dataset!r}, epochs=4, precision="fp32")
train(recipe, "run", report=report)
print(*report.notes, sep="\\n")
print(report.lines[-2])
"""
    (tmp_path / "mine.py").write_text(TINY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    done = processes.python(code)
    assert done.returncode == 0, done.stderr
    note, *_ = done.stdout.splitlines()
    assert note.startswith("TensorBoard's files in run can't be written (they don't grow)")
    assert note.endswith("the training goes on without them")
    assert done.stdout.count("TensorBoard's files") == 1
    assert checkpoints.newest(tmp_path / "run").step == 56


TINY = """
import tensorflow.compat.v1 as tf
from lenet_tf1.graph.layers import conv2d_max_pool, dense


def tiny(x, *, classes, seed):
    ends = {"input1": tf.reshape(x[:, ::28], [-1, 28])}
    ends["fc2"] = dense(ends["input1"], "fc2", units=classes, seed=seed)
    return ends
"""
