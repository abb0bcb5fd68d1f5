"""The command, and that a search which is killed at any moment comes to what it would have come to."""

import json
import random
import signal
import time

import processes
import pytest
from conftest import variables

from lenet_tf1.runs import checkpoints
from lenet_tf1.search import main

ARGUMENTS = ("bootcamp", "--epochs", "2", "--trials", "3", "--precision", "fp32", "--seed", "7")


def start(folder, small_folder):
    return processes.start("search", *ARGUMENTS, "--run-dir", folder, "--dataset", small_folder)


def state(folder):
    """Everything that must not depend on kills."""
    newest = {path.name: checkpoints.newest(path) for path in folder.glob("trial-*")}
    return (
        json.loads((folder / "search.json").read_text()),
        {name: variables(checkpoint.prefix) for name, checkpoint in newest.items()},
        {name: checkpoint.history for name, checkpoint in newest.items()},
        sorted(path.name for path in folder.iterdir() if not path.name.startswith("events.")),  # named by the second
    )


@pytest.mark.parametrize("kills", [1, pytest.param(40, marks=pytest.mark.full)])
def test_killed_at_any_moment(small_folder, tmp_path, kills):
    untouched = start(tmp_path / "untouched", small_folder)
    output, error = untouched.communicate(timeout=300)
    assert (untouched.returncode, error) == (0, "")
    chance, run, done = random.Random(kills), 0, 0
    while done < kills:
        folder, run = tmp_path / f"run{run}", run + 1
        while True:
            process = start(folder, small_folder)
            if done < kills:
                while process.poll() is None and not process.stdout.readline().startswith("trial"):
                    pass  # it begins its trials now
                time.sleep(chance.uniform(0, 2.5))
                process.send_signal(signal.SIGKILL)
            said, error = process.communicate(timeout=300)
            if process.returncode == 0:
                break
            assert (process.returncode, error) == (-signal.SIGKILL, "")
            done += 1
        assert state(folder) == state(tmp_path / "untouched")
    if done == kills and said.startswith("bootcamp"):  # the last one was let be from its first line on
        assert said.replace(str(folder), "") == output.replace(str(tmp_path / "untouched"), "")


def test_an_interrupt_is_one_sentence(small_folder, tmp_path):
    process = start(tmp_path / "s", small_folder)
    while not process.stdout.readline().startswith("    0"):
        pass  # a trial is done, and the next one in training
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    assert process.returncode in (0, 130)  # of a machine that was quick enough to be ready
    assert error.count("\n") == (process.returncode != 0)


def test_errors_of_the_command_are_one_line(tmp_path, capsys):
    for arguments, said in (
        (["bootcam"], "did you mean bootcamp"),
        ([], "required: RECIPE"),
        (["bootcamp", "--range", "shift"], "--range takes NAME=LOW:HIGH or NAME=A,B,..., not shift"),
        (["bootcamp", "--range", "keep-prob=2"], "keep prob must be from 0.001 to 1"),
        (["bootcamp", "--epochs", "1", "--steps", "2"], "exclude each other"),
        (["bootcamp", "--run-dir", "a\nb"], "is no name for a file or folder"),
        (["bootcamp", "--dataset", "nowhere", "--run-dir", str(tmp_path / "s")], "nowhere"),
    ):
        assert main(arguments) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1 and said in captured.err


def test_ranges_of_the_command(small_folder, tmp_path, capsys):
    data = ["--dataset", str(small_folder), "--run-dir", str(tmp_path / "s")]
    ranges = ["--range", "learning-rate=0.002", "--range", "label_smoothing=0:0.1"]
    assert main(["bootcamp", *data, *ranges, "--steps", "2", "--trials", "2", "--method", "random"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "2 trials of 2 steps, random, seed 0" in lines[0]
    assert lines[1] == "learning rate 0.002; label smoothing 0:0.1"
    assert lines[3].split() == ["learning", "label"]
    assert lines[4].split() == ["trial", "steps", "validation", "rate", "smoothing"]
    assert lines[6].split()[3] == "0.002"
