"""SIGINT and SIGTERM at any time, and two trainings that want one run directory."""

import random
import signal
import subprocess
import sys
import time

import pytest
from conftest import FAILING, variables
from processes import CONTEXT

from lenet_tf1.base.errors import InputError
from lenet_tf1.runs import checkpoints, directory

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def start(run_dir, small_folder):
    """Train 12 epochs of 14 steps, which takes some seconds, in another process."""
    command = [sys.executable, "-u", "-m", "lenet_tf1.train", "--epochs", "12"]
    command += ["--run-dir", str(run_dir), "--dataset", str(small_folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.full  # test_train.py has one trial of each signal
def test_signals_at_random_times(small_folder, tmp_path, capsys):
    trials = 40
    chance = random.Random(trials)
    _, error = start(tmp_path / "untouched", small_folder).communicate(timeout=120)
    assert error == ""
    untouched = weights_and_metrics(tmp_path / "untouched")

    counts = {signal.SIGINT: 0, signal.SIGTERM: 0}
    slowest = runs = 0
    while sum(counts.values()) < trials:
        run_dir = tmp_path / f"run{runs}"
        runs += 1
        code = None
        while code != 0:
            process = start(run_dir, small_folder)
            enough = sum(counts.values()) >= trials
            if not enough:
                while not process.stdout.readline().startswith(("epoch", "Next")):
                    assert process.poll() is None, process.stderr.read()
                time.sleep(chance.uniform(0, 1.2))
                which = chance.choice(list(counts))
                sent = time.monotonic()
                process.send_signal(which)
            _, error = process.communicate(timeout=120)
            code = process.returncode
            assert "Traceback" not in error
            if code == 0:  # it was done already, or this one was not disturbed
                break
            slowest = max(slowest, time.monotonic() - sent)
            counts[which] += 1
            assert code in (CODES[which], -which if which == signal.SIGTERM else None)
            if "stopped by" in error:
                assert f"at step {checkpoints.newest(run_dir, FAILING).step:,}, saved" in error
        assert weights_and_metrics(run_dir) == untouched
    with capsys.disabled():
        said = ", ".join(f"{count} {which.name}" for which, count in counts.items())
        print(f"\n{said} in {runs} runs, the slowest took {slowest:.2f} s; runs with other bits 0")


def weights_and_metrics(run_dir):
    return variables(checkpoints.newest(run_dir).prefix), (run_dir / "metrics.csv").read_bytes()


def test_a_second_signal_ends_it_at_once(small_folder, tmp_path):
    process = start(tmp_path / "run", small_folder)
    while not process.stdout.readline().startswith("    1 "):
        assert process.poll() is None, process.stderr.read()
    for _ in range(100):  # the first asks, the next one that arrives between two instructions ends
        process.send_signal(signal.SIGINT)
        time.sleep(0.001)
        if process.poll() is not None:
            break
    # A signal that arrives while Python takes itself down ends it as the shell's 130 does.
    assert process.wait(timeout=60) in (130, -signal.SIGINT)
    process.communicate()
    assert checkpoints.newest(tmp_path / "run").step >= 14


def contend(run_dir, barrier, results):
    barrier.wait()
    try:
        with directory.exclusive(run_dir):
            results.put("held")
            time.sleep(0.1)
    except InputError as error:
        results.put(str(error))


@pytest.mark.full
def test_of_two_writers_one_goes_on(tmp_path):
    for trial in range(20):
        barrier, results = CONTEXT.Barrier(2), CONTEXT.Queue()
        processes = [CONTEXT.Process(target=contend, args=(tmp_path / str(trial), barrier, results)) for _ in range(2)]
        for process in processes:
            process.start()
        held, refused = sorted((results.get(timeout=60) for _ in processes), key=lambda said: said != "held")
        for process in processes:
            process.join()
        assert held == "held"
        assert "is being trained by process" in refused
        assert any(str(process.pid) in refused for process in processes)
