"""A training killed at any moment, any number of times, ends with the bits of one that was never touched."""

import dataclasses
import os
import random
import signal
import threading

import pytest
from conftest import variables
from processes import CONTEXT

from lenet_tf1.base import files
from lenet_tf1.base.machine import choose_precision
from lenet_tf1.base.report import Quiet, Recorded
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints
from lenet_tf1.train import train

# What the other recipes don't have: moving averages, one cycle of the rate, distorted images, soft labels.
MARATHON = {
    field: getattr(find_recipe("marathon"), field)
    for field in ("network", "schedule", "learning_rate", "keep_prob", "label_smoothing", "shift", "slant", "bend")
}
FILE_OPERATIONS = ("make_folder", "create", "sync", "move", "remove")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(point, after, operations_only):
    """Arrange this process's death before or after its file operation number `point`, or within TensorFlow's save."""
    import tensorflow.compat.v1 as tf

    calls = 0

    def deadly(function):
        def wrapper(*arguments, **options):
            nonlocal calls
            calls += 1
            mine = calls == point
            if mine and not after:
                die()
            result = function(*arguments, **options)
            if mine:
                die()
            return result

        return wrapper

    def save(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls == point:
            threading.Timer(random.random() * 0.03, die).start()
        return original(*arguments, **options)

    original = tf.train.Saver.save
    for name in FILE_OPERATIONS:
        setattr(files, name, deadly(getattr(files, name)))
    if not operations_only:
        tf.train.Saver.save = save


def child(recipe, run_dir, running, plan):
    """Train in this process, which may be killed."""
    if plan:
        kill_at(*plan)
    train(recipe, run_dir, report=_Watching(running))


class _Watching(Quiet):
    def __init__(self, running):
        super().__init__()
        self._running = running

    def line(self, text=""):
        if text.startswith("epoch"):
            self._running.set()


def train_in_a_child(recipe, run_dir, *, seconds=None, plan=None):
    """Train in a child process, killed after `seconds` of training or as `plan` says. True if it was killed."""
    running = CONTEXT.Event()
    process = CONTEXT.Process(target=child, args=(recipe, run_dir, running, plan))
    process.start()
    if seconds is not None:
        while process.is_alive() and not running.wait(0.01):
            pass
        process.join(seconds)
        process.kill()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def final_state(run_dir):
    """All that must not depend on kills: weights and slots of the newest and the best checkpoint, and the metrics."""
    return (
        variables(checkpoints.newest(run_dir).prefix),
        variables(checkpoints.best(run_dir).prefix),
        (run_dir / "metrics.csv").read_bytes(),
        # TensorFlow names its event files by the second.
        sorted(path.name for path in run_dir.iterdir() if not path.name.startswith("events.out.tfevents.")),
    )


@pytest.mark.parametrize(
    ("kills", "precision", "settings"),
    [
        pytest.param(3, "fp32", {}, id="quick"),
        pytest.param(200, "fp32", {}, id="full-fp32", marks=pytest.mark.full),
        pytest.param(200, "bf16", {}, id="full-bf16", marks=pytest.mark.full),
        pytest.param(100, "bf16", MARATHON, id="full-marathon", marks=pytest.mark.full),
    ],
)
def test_killed_at_any_moment(thin_recipe, tmp_path, capsys, kills, precision, settings):
    if precision == "bf16" and choose_precision("auto") != "bf16":
        pytest.skip("a processor with AVX512_BF16 or AMX would run this")
    recipe = dataclasses.replace(thin_recipe, precision=precision, **settings)
    chance = random.Random(kills)
    assert not train_in_a_child(recipe, tmp_path / "untouched")
    untouched = final_state(tmp_path / "untouched")

    done = {"at a random time": 0, "at a file operation": 0}
    runs = survived = 0
    while sum(done.values()) < kills:
        run_dir = tmp_path / f"run{runs}"
        runs += 1
        step = -1
        for attempt in range(1000):
            if sum(done.values()) >= kills:
                kind, options = None, {}
            elif (attempt + runs) % 2:
                kind, options = "at a random time", {"seconds": chance.uniform(0, 0.9)}
            else:
                # The counts start with the process: the first two dozen operations are the first save's.
                plan = (chance.randint(1, 60), chance.random() < 0.5, False)
                kind, options = "at a file operation", {"plan": plan}
            killed = train_in_a_child(recipe, run_dir, **options)
            report = Recorded()
            selected = checkpoints.newest(run_dir, report)  # an InputError here fails the test
            assert not report.notes
            assert (selected.step if selected else -1) >= step
            step = selected.step if selected else -1
            if not killed:
                survived += 1
                break
            done[kind] += 1
        assert final_state(run_dir) == untouched
    with capsys.disabled():
        print(f"\n{precision}: {kills} kills in {runs} runs: {done}; unreadable checkpoints 0, runs with other bits 0")
    assert survived == runs


@pytest.mark.full
def test_killed_before_every_file_operation_in_turn(thin_recipe, tmp_path):
    recipe = dataclasses.replace(thin_recipe, steps=3)
    assert not train_in_a_child(recipe, tmp_path / "untouched")
    untouched = final_state(tmp_path / "untouched")
    for point in range(1, 200):
        run_dir = tmp_path / f"run{point}"
        if not train_in_a_child(recipe, run_dir, plan=(point, False, True)):
            break
        assert not train_in_a_child(recipe, run_dir)
        assert final_state(run_dir) == untouched
    assert point > 15
