"""Several workers compute what one does, and what happens when one of them isn't there any more."""

import contextlib
import dataclasses
import json
import os
import random
import signal
import socket
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import variables
from processes import CONTEXT

from lenet_tf1.base import console, files
from lenet_tf1.base.report import QUIET, Recorded
from lenet_tf1.evaluate import main as main_evaluate
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints
from lenet_tf1.train import train
from lenet_tf1.training.classification import Classification
from lenet_tf1.training.meeting import LOST, SILENCE, Meeting
from lenet_tf1.training.places import Place, free_port
from lenet_tf1.training.run import follow
from lenet_tf1.training.workers import SharedStepper

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def recipe(thin_recipe):
    """The thin recipe, 42 steps with dropout, in fp32 and with distortion."""
    return dataclasses.replace(thin_recipe, precision="fp32", shift=0.4, slant=0.1, bend=0.7)


@pytest.fixture(scope="module")
def untouched(recipe, tmp_path_factory):
    """A finished run of two workers."""
    folder = tmp_path_factory.mktemp("two")
    assert run(recipe, folder) == [0, 0]
    return folder


def signal_at(step, signum):
    """Arrange that this process is sent a signal when it has made so many steps."""

    def take(stepper, *arguments, **options):
        if stepper.step == step:
            os.kill(os.getpid(), signum)
        return original(stepper, *arguments, **options)

    original = SharedStepper.take
    SharedStepper.take = take


def kill_at_commit(number):
    """Arrange this process's death in the middle of that commit."""
    calls = 0

    def move(*arguments):
        nonlocal calls
        calls += arguments[1].name.startswith("step-")
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments)

    original = files.move
    files.move = move


def other_images():
    """Arrange that this process has other data."""
    Classification.images_digest = Classification.__init__

    def init(task, *arguments):
        Classification.images_digest(task, *arguments)
        task.digest = "another"

    Classification.__init__ = init


def work(place, recipe, run_dir, wait, plan, said):
    """Be a worker as the command is one: in a process of its own, with its exit codes and sentences."""
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115 (for good)
    if plan:
        plan[0](*plan[1:])

    def main(argv):
        with Meeting(place, wait=wait) as meeting:
            if place.rank:
                follow(meeting)
            else:
                train(recipe, run_dir, report=Notes(), meeting=meeting)

    sys.exit(console.command(main)())


class Notes(Recorded):
    """Says its notes, and keeps the lines to itself."""

    def note(self, sentence):
        print(f"lenet_tf1: {sentence}", file=sys.stderr)


def start(recipe, run_dir, workers=2, *, plans=None, wait=60.0, ranks=None, chief=None):
    """Start the workers, those of `ranks` alone if there are any, each with what `plans` has for it."""
    run_dir.mkdir(exist_ok=True)
    chief = chief or (HOST, free_port(HOST))
    processes = []
    for rank in range(workers) if ranks is None else ranks:
        said = run_dir.with_name(f"{run_dir.name}-{len(processes)}.txt")
        said.write_text("")
        plan = (plans or {}).get(rank)
        arguments = (Place(rank, workers, chief), recipe, run_dir, wait, plan, str(said))
        processes.append(CONTEXT.Process(target=work, args=arguments))
        processes[-1].start()
    return processes


def ended(processes, seconds=120):
    """Their exit codes."""
    until = time.monotonic() + seconds
    for process in processes:
        process.join(max(until - time.monotonic(), 0))
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.kill()
    return codes


def run(recipe, run_dir, workers=2, **options):
    return ended(start(recipe, run_dir, workers, **options))


def said(run_dir, number):
    return run_dir.with_name(f"{run_dir.name}-{number}.txt").read_text()


def state(run_dir):
    """All that must not depend on what happened in between."""
    return variables(checkpoints.newest(run_dir).prefix), (run_dir / "metrics.csv").read_bytes()


def values(run_dir):
    reader = tf.train.load_checkpoint(checkpoints.newest(run_dir).prefix)
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "Adam" not in name}


def distance(one, other):
    """The most that any weight of two runs differs."""
    one, other = values(one), values(other)
    assert one.keys() == other.keys()
    return max(float(np.abs(one[name].astype(np.float64) - other[name]).max()) for name in one)


@pytest.mark.full  # those that are killed come to the bits of `untouched`, too
@pytest.mark.parametrize("workers", [2, 3])
def test_workers_give_the_same_bits_in_every_run(recipe, untouched, tmp_path, workers):
    folders = [untouched if workers == 2 else tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        if folder != untouched:
            assert run(recipe, folder, workers) == [0] * workers
    assert state(folders[0]) == state(folders[1])


@pytest.mark.parametrize(
    ("steps", "workers", "settings"),
    [
        (42, 2, {}),
        pytest.param(200, 2, {"keep_prob": 1.0, "shift": 0.0, "slant": 0.0, "bend": 0.0}, marks=pytest.mark.full),
        pytest.param(200, 2, {"shift": 0.0, "slant": 0.0, "bend": 0.0}, marks=pytest.mark.full),
        pytest.param(200, 2, {"keep_prob": 1.0}, marks=pytest.mark.full),
        pytest.param(200, 3, {}, marks=pytest.mark.full),  # of shares that differ
    ],
)
def test_workers_compute_what_one_process_does(recipe, tmp_path, capsys, steps, workers, settings):
    """At a rate at which a sum's order in the last digit isn't made larger than it is, step after step."""
    recipe = dataclasses.replace(recipe, steps=steps, learning_rate=0.0001 if steps < 100 else 0.00002, **settings)
    assert run(recipe, tmp_path / "several", workers) == [0] * workers
    train(recipe, tmp_path / "one", report=QUIET)
    assert distance(tmp_path / "several", tmp_path / "one") < 1e-5
    one, several = (json.loads((tmp_path / name / "result.json").read_text()) for name in ("one", "several"))
    assert one["validation_accuracy"] == pytest.approx(several["validation_accuracy"], abs=0.011)  # of 100 images
    # Without the same random numbers it would be another training.
    other = dataclasses.replace(recipe, seed=1)
    train(dataclasses.replace(other, steps=1), tmp_path / "seed", report=QUIET)
    assert distance(tmp_path / "one", tmp_path / "seed") > 1e-3


@pytest.mark.parametrize("precision", [pytest.param("fp32", marks=pytest.mark.full), "bf16"])
def test_the_first_steps_are_those_of_one_process_at_any_rate(recipe, tmp_path, precision):
    from lenet_tf1.base.processor import multiplies_bf16

    if precision == "bf16" and not multiplies_bf16():
        pytest.skip("a processor with AVX512_BF16 or AMX would run this")
    recipe = dataclasses.replace(recipe, steps=3, precision=precision)
    assert run(recipe, tmp_path / "several") == [0, 0]
    train(recipe, tmp_path / "one", report=QUIET)
    assert distance(tmp_path / "several", tmp_path / "one") < (1e-5 if precision == "fp32" else 2e-2)
    losses = [
        float((tmp_path / name / "metrics.csv").read_text().splitlines()[1].split(",")[2])
        for name in ("several", "one")
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[0] * 3 * 2**7 % 1 > 1e-3  # of three steps, whose two shares aren't rounded as bfloat16 rounds


@pytest.mark.parametrize("rank", [pytest.param(0, marks=pytest.mark.full), 1])
def test_a_worker_is_killed(recipe, untouched, tmp_path, rank):
    processes = start(recipe, tmp_path / "run", plans={rank: (signal_at, 20, signal.SIGKILL)})
    processes[rank].join(120)
    died = time.monotonic()
    codes = ended(processes, 30)
    assert time.monotonic() - died < 10
    assert codes[rank] == -signal.SIGKILL
    assert codes[1 - rank] == LOST
    lost = "the chief" if rank == 0 else "worker 1"
    assert f"lenet_tf1: {lost} is lost (" in said(tmp_path / "run", 1 - rank)
    assert checkpoints.newest(tmp_path / "run").step == 14
    assert run(recipe, tmp_path / "run") == [0, 0]
    assert state(tmp_path / "run") == state(untouched)


def test_the_chief_is_killed_while_it_commits(recipe, untouched, tmp_path):
    assert run(recipe, tmp_path / "run", plans={0: (kill_at_commit, 2)}) == [-signal.SIGKILL, LOST]
    assert run(recipe, tmp_path / "run") == [0, 0]
    assert state(tmp_path / "run") == state(untouched)


@pytest.mark.full
@pytest.mark.parametrize("rank", [0, 1])
def test_workers_are_killed_at_any_moment(recipe, untouched, tmp_path, capsys, rank):
    begun = time.monotonic()
    assert run(recipe, tmp_path / "first") == [0, 0]
    life = time.monotonic() - begun
    chance, kills, runs, slowest, early = random.Random(rank), 0, 0, 0.0, 0
    while kills < 20:
        run_dir, runs = tmp_path / f"run{runs}", runs + 1
        codes = None
        while codes != [0, 0]:
            processes = start(recipe, run_dir, wait=15)
            if kills < 20:
                processes[rank].join(chance.uniform(0.1, life))
            if kills < 20 and processes[rank].is_alive():
                processes[rank].kill()
                kills += 1
            begun = time.monotonic()
            codes = ended(processes, 60 if -signal.SIGKILL in [p.exitcode for p in processes] else 120)
            if codes != [0, 0]:
                assert codes[rank] == -signal.SIGKILL
                if codes[1 - rank] == LOST:
                    slowest = max(slowest, time.monotonic() - begun)
                elif codes[1 - rank] == 2:  # it died before they met
                    early += 1
                    assert "--wait)" in said(run_dir, 1 - rank)
                else:  # it died when all was done
                    assert codes[1 - rank] == 0
        assert state(run_dir) == state(untouched)
    with capsys.disabled():
        told = f"{kills} kills in {runs} runs, noticed in {slowest:.1f} s at most, {early} before they met"
        print(f"\nrank {rank}: {told}; other bits 0")


@pytest.mark.full
def test_a_worker_that_stops_for_fifteen_seconds_is_lost(recipe, untouched, tmp_path):
    processes = start(recipe, tmp_path / "run", plans={1: (signal_at, 20, signal.SIGSTOP)})
    processes[0].join(60)
    assert processes[0].exitcode == LOST
    assert "worker 1 is lost (it said nothing for 8 seconds)" in said(tmp_path / "run", 0)
    os.kill(processes[1].pid, signal.SIGCONT)
    assert ended(processes, 10) == [LOST, LOST]
    assert run(recipe, tmp_path / "run") == [0, 0]
    assert state(tmp_path / "run") == state(untouched)


@pytest.mark.full
def test_a_pause_of_the_whole_machine_is_lived_through(recipe, untouched, tmp_path):
    plan = (signal_at, 20, signal.SIGSTOP)
    processes = start(recipe, tmp_path / "run", plans={0: plan, 1: plan})
    for process in processes:
        while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.1)
    time.sleep(SILENCE + 2)
    for process in processes:
        os.kill(process.pid, signal.SIGCONT)
    assert ended(processes) == [0, 0]
    assert state(tmp_path / "run") == state(untouched)


@pytest.mark.parametrize("rank", [pytest.param(0, marks=pytest.mark.full), 1])
def test_a_signal_to_one_ends_all_after_the_same_step(recipe, untouched, tmp_path, rank):
    codes = run(recipe, tmp_path / "run", plans={rank: (signal_at, 20, signal.SIGTERM)})
    assert codes == [128 + signal.SIGTERM] * 2
    step = checkpoints.newest(tmp_path / "run").step
    assert step in (21, 22)  # the others hear of it with the next step
    assert f"stopped by SIGTERM at step {step}, saved" in said(tmp_path / "run", 0)
    assert run(recipe, tmp_path / "run") == [0, 0]
    assert state(tmp_path / "run") == state(untouched)


def test_a_worker_never_comes(recipe, tmp_path):
    assert run(recipe, tmp_path / "run", 3, ranks=[0, 1], wait=1.5) == [2, 2]
    assert said(tmp_path / "run", 0) == "lenet_tf1: worker 2 did not come within 1.5 seconds (--wait)\n"
    assert "not all workers came, within 1.5 seconds" in said(tmp_path / "run", 1)
    assert not any((tmp_path / "run").iterdir())


def test_the_chief_never_comes(recipe, tmp_path):
    assert run(recipe, tmp_path / "run", ranks=[1], wait=0.5) == [2]
    assert "lenet_tf1: the chief was not at 127.0.0.1:" in said(tmp_path / "run", 0)


def test_a_worker_comes_late(recipe, tmp_path):
    recipe = dataclasses.replace(recipe, steps=1)
    assert run(recipe, tmp_path / "run", plans={1: (time.sleep, 3)}) == [0, 0]


def test_two_claim_one_rank(recipe, tmp_path):
    recipe = dataclasses.replace(recipe, steps=1)
    codes = run(recipe, tmp_path / "run", 3, ranks=[0, 1, 1, 2], plans={2: (time.sleep, 2)})
    assert sorted(codes) == [0, 0, 0, 2]
    refused = codes.index(2)
    assert refused in (1, 2)
    assert "refused: there is a worker 1 already" in said(tmp_path / "run", refused)


def test_two_claim_to_be_the_chief(recipe, tmp_path):
    codes = run(recipe, tmp_path / "run", ranks=[0, 0], wait=2)
    assert codes == [2, 2]
    sentences = said(tmp_path / "run", 0) + said(tmp_path / "run", 1)
    assert "is another worker number 0 there?" in sentences
    assert "worker 1 did not come" in sentences


def test_strangers_at_the_door_change_nothing(recipe, tmp_path):
    chief = (HOST, free_port(HOST))
    recipe = dataclasses.replace(recipe, steps=1)
    processes = start(recipe, tmp_path / "run", plans={1: (time.sleep, 3)}, chief=chief)
    until, sent = time.monotonic() + 20, 0
    while sent < 3 and time.monotonic() < until:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(chief, timeout=5) as visitor:
            visitor.sendall([b"GET / HTTP/1.1\r\n\r\n", b"[]\n", b'{"bytes": -1}\n'][sent])
            sent += 1
    assert sent == 3
    assert ended(processes) == [0, 0]


def test_a_worker_has_other_images(recipe, tmp_path):
    assert run(recipe, tmp_path / "run", plans={1: (other_images,)}) == [2, 2]
    assert "lenet_tf1: worker 1: the images in " in said(tmp_path / "run", 0)
    assert "are not the chief's" in said(tmp_path / "run", 0)


def test_what_is_not_finite_is_so_for_all(recipe, tmp_path):
    recipe = dataclasses.replace(recipe, learning_rate=1e30)
    assert run(recipe, tmp_path / "run") == [2, 2]
    assert "is not finite in step" in said(tmp_path / "run", 0)


def test_what_cannot_be_shared(tmp_path, recipe):
    assert run(dataclasses.replace(recipe, batch_size=1), tmp_path / "small") == [2, 2]
    assert "batch size 1 is too small for 2 workers" in said(tmp_path / "small", 0)
    assert run(find_recipe("reader"), tmp_path / "reader") == [2, 2]
    assert "the network reader is trained by one process" in said(tmp_path / "reader", 0)


def test_a_run_of_two_is_continued_by_one_and_back(recipe, tmp_path, capsys):
    run_dir = tmp_path / "run"
    assert run(dataclasses.replace(recipe, steps=14), run_dir) == [0, 0]
    report = Recorded()
    train(dataclasses.replace(recipe, steps=28), run_dir, report=report)
    assert report.notes == ["workers is 1 now, was 2: the run goes on, perhaps not to the same bits"]
    assert checkpoints.newest(run_dir).step == 28
    assert run(recipe, run_dir) == [0, 0]
    assert "workers is 2 now, was 1" in said(run_dir, 0)
    assert checkpoints.newest(run_dir).step == 42
    assert main_evaluate([str(run_dir), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 300


def test_a_finished_run_is_finished(recipe, untouched):
    before = state(untouched)
    assert run(recipe, untouched) == [0, 0]
    assert state(untouched) == before
