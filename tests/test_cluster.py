"""The launcher: workers on one machine, begun again when one dies, and none left behind."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import variables

from lenet_tf1 import cluster
from lenet_tf1.base.errors import InputError
from lenet_tf1.evaluate import main as main_evaluate
from lenet_tf1.runs import checkpoints
from lenet_tf1.train import destination
from lenet_tf1.train import main as main_train
from lenet_tf1.training.meeting import LOST


def start(run_dir, folder, *arguments):
    command = [sys.executable, "-m", "lenet_tf1.cluster", "--workers", "2", "--run-dir", str(run_dir)]
    command += ["--dataset", str(folder), "--precision", "fp32", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def after_an_epoch(process):
    """The lines up to that of the first epoch that ends."""
    lines = []
    while not (lines and lines[-1].startswith("    ")):
        assert process.poll() is None, process.stderr.read()
        lines.append(process.stdout.readline())
    return lines


def children(process):
    """The process numbers of its workers, the chief's first."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            arguments = (path / "cmdline").read_text().split("\0")
        except OSError:  # it has ended
            continue
        if parent == process.pid and "--task-index" in arguments:
            found[arguments[arguments.index("--task-index") + 1]] = int(path.name)
    return [found[rank] for rank in sorted(found)]


def are_gone(pids, seconds=20):
    until = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until:
        time.sleep(0.1)
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def state(run_dir):
    return variables(checkpoints.newest(run_dir).prefix), (run_dir / "metrics.csv").read_bytes()


def test_a_killed_worker_begins_again_with_all_others_and_an_interrupt_ends_all(small_folder, tmp_path):
    process = start(tmp_path / "run", small_folder, "--epochs", "50")
    lines, pids = after_an_epoch(process), children(process)
    networks = [Path(f"/proc/{pid}/ns/net").readlink() for pid in pids]
    interfaces = [Path(f"/proc/{pid}/net/dev").read_text().count(":") for pid in pids]
    os.kill(pids[1], signal.SIGKILL)
    while not any(line.startswith("Continuing at step ") for line in lines):
        lines += after_an_epoch(process)
    assert are_gone(pids)
    pids = children(process)
    process.send_signal(signal.SIGINT)
    output, error = process.communicate(timeout=300)
    assert process.returncode == 130, error
    assert are_gone(pids, 0)

    # They had a network of their own, with the loopback interface.
    assert len(set(networks)) == 1
    assert networks[0] != Path("/proc/self/ns/net").readlink()
    assert interfaces == [1, 1]

    lost, again, stopped = error.splitlines()
    assert lost.startswith("lenet_tf1: worker 1 is lost")
    assert again == "lenet_tf1: beginning 2 of 10 at most, from the last save"
    assert stopped.startswith("lenet_tf1: stopped by SIGINT at step ")
    assert f"at step {checkpoints.newest(tmp_path / 'run').step:,}, saved" in stopped

    # The chief alone is heard.
    lines += output.splitlines(keepends=True)
    assert lines[0].startswith("lenet on ")
    epochs = [int(line.split()[0]) for line in lines if line.startswith("    ")]
    assert epochs == list(range(1, len(epochs) + 1))


@pytest.mark.full  # tests/training/test_workers.py has one of workers without the launcher
def test_it_ends_with_the_bits_of_an_untouched_run(small_folder, tmp_path):
    for name in ("untouched", "killed"):
        process = start(tmp_path / name, small_folder, "--epochs", "3")
        begun = after_an_epoch(process)
        if name == "killed":
            os.kill(children(process)[1], signal.SIGKILL)
        output, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
        assert "worker 1 is lost" in error if name == "killed" else error == ""
        lines = "".join(begun).splitlines() + output.splitlines()
        assert [line.split()[0] for line in lines if line.startswith("    ")] == ["1", "2", "3"]
        assert lines[-1].endswith("--restart")
        assert (tmp_path / name / "result.json").exists()
    assert state(tmp_path / "killed") == state(tmp_path / "untouched")


@pytest.mark.full
def test_no_worker_outlives_a_killed_launcher(small_folder, tmp_path):
    process = start(tmp_path / "run", small_folder, "--epochs", "50")
    after_an_epoch(process)
    pids = children(process)
    process.kill()
    process.wait()
    assert are_gone(pids)
    assert checkpoints.newest(tmp_path / "run").step >= 14


@pytest.fixture
def launched(monkeypatch):
    """What the launcher starts, without starting it; `ends` is what each beginning does and ends with."""

    class Fake:
        ends, begun, signum = [], [], 0

        def __init__(self, arguments, workers):
            Fake.begun.append(list(arguments))

        def wait(self):
            end = Fake.ends.pop(0)
            return end() if callable(end) else end

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

    Fake.ends, Fake.begun = [], []
    monkeypatch.setattr(cluster, "_Workers", Fake)
    monkeypatch.setattr(cluster, "keep_to_loopback", lambda: None)
    return Fake


@pytest.mark.parametrize("code", [0, 1, 2, 130, 143])
def test_what_ends_it_for_good(launched, code):
    launched.ends = [code]
    assert cluster.main(["--workers", "2", "--epochs", "1"]) == code
    assert launched.begun == [["train", "--epochs", "1"]]


def test_evaluation_is_begun_again_too(launched, capsys):
    launched.ends = [LOST, 0]
    assert cluster.main(["--workers", "3", "evaluate", "some/run", "--json"]) == 0
    assert launched.begun == [["evaluate", "some/run", "--json"]] * 2
    assert capsys.readouterr().err == "lenet_tf1: beginning 2 of 10 at most\n"


@pytest.mark.full
def test_three_evaluate_as_one_does(run_dir, capsys):
    command = [sys.executable, "-m", "lenet_tf1.cluster", "--workers", "3", "evaluate", str(run_dir)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert main_evaluate([str(run_dir)]) == 0
    assert (said.returncode, said.stdout, said.stderr) == (0, capsys.readouterr().out, "")


def test_what_ends_it_for_now(launched, capsys):
    launched.ends = [-signal.SIGKILL, LOST, LOST]
    assert cluster.main(["--beginnings", "3"]) == LOST
    assert len(launched.begun) == 3
    assert capsys.readouterr().err.count("from the last save") == 2


def test_a_run_is_removed_once(launched, tmp_path):
    old = tmp_path / "step-00000014"
    old.mkdir()

    def begin():
        old.rmdir()
        return LOST

    launched.ends = [LOST, begin, LOST, 0]
    assert cluster.main(["--run-dir", str(tmp_path), "--restart"]) == 0
    removes = ["--restart" in arguments for arguments in launched.begun]
    assert removes == [True, True, False, False]


def test_options_are_read_before_anything_starts(launched, capsys):
    for arguments, sentence in (
        (["--workers", "0"], "--workers must be 1 to 64"),
        (["--recipe", "lenat"], "there is no recipe named lenat; did you mean lenet"),
        (["--no-such"], "unrecognized arguments: --no-such"),
        (["evaluate", "--restart"], "unrecognized arguments: --restart"),
    ):
        assert cluster.main(arguments) == 2
        assert sentence in capsys.readouterr().err
    assert not launched.begun


def test_what_the_page_says_is_taken():
    page = (Path(__file__).parents[1] / "docs" / "cluster.md").read_text(encoding="utf-8")
    subprocess.run(["sh", "-n"], input=page.split("```sh\n")[1].split("```")[0], text=True, check=True)
    commands = re.findall(r"lenet_tf1\.train (.*(?:\n +--.*)*)", page)
    assert len(commands) == 3
    for command in commands:
        said = command.partition(" && ")[0].replace("$JOB_COMPLETION_INDEX", "1")
        assert destination(shlex.split(said)).name == "lenet"


def test_without_a_network_of_its_own_it_wants_a_word(monkeypatch):
    def refuse():
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(cluster, "_leave_network", refuse)
    with pytest.raises(InputError, match=r"asks for no password.*--trust-network"):
        cluster.keep_to_loopback()


def test_no_worker_listens_to_an_open_network_without_a_word(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    arguments = ["--worker-hosts", "a:1,b:1", "--task-index", "1"]
    for main, where in ((main_train, ["--run-dir", str(tmp_path / "run")]), (main_evaluate, [])):
        assert main([*arguments, *where]) == 2
        assert "every network interface (eth0) and ask for no password: say --trust-network" in capsys.readouterr().err
