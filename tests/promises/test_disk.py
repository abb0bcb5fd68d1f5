"""A disk that is full, limited or read-only: one sentence, an exit code, and the checkpoint before."""

import functools
import os
import resource
import shutil
import subprocess

import processes
import pytest
from conftest import FAILING

from lenet_tf1.runs import checkpoints
from lenet_tf1.train import main

CHECKPOINT_BYTES = 15_000_000


def train(run_dir, small_folder, limit=None):
    """Run the command for 5 epochs of 14 steps, with no file larger than `limit` bytes."""
    first = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)) if limit else None
    return processes.run("train", "--epochs", 5, "--run-dir", run_dir, "--dataset", small_folder, first=first)


def assert_one_sentence(done, said):
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


@pytest.fixture
def half_done(small_folder, tmp_path):
    """A run that goes on after its first epoch."""
    main(["--epochs", "1", "--run-dir", str(tmp_path / "run"), "--dataset", str(small_folder)])
    return tmp_path / "run"


@pytest.mark.parametrize("limit", [1 << 20, CHECKPOINT_BYTES])
@pytest.mark.full
def test_a_limit_on_file_sizes(small_folder, half_done, limit):
    assert_one_sentence(train(half_done, small_folder, limit), "the checkpoint of step 28 couldn't be written")
    assert checkpoints.newest(half_done, FAILING).step == 14
    assert not list(half_done.glob(".tmp-*"))
    assert train(half_done, small_folder).returncode == 0  # and with room it goes on


@pytest.fixture
def tiny_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("a tmpfs can't be mounted here; root in a container with CAP_SYS_ADMIN can")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(small_folder, tiny_disk):
    done = train(tiny_disk / "run", small_folder)
    assert_one_sentence(done, "couldn't be written")
    assert "No space left" in done.stderr
    kept = checkpoints.newest(tiny_disk / "run", FAILING)
    assert kept.step == 28  # two of 15 MB fit into 40, the third doesn't
    (tiny_disk / "filler").write_bytes(b"\0" * (os.statvfs(tiny_disk).f_bavail * os.statvfs(tiny_disk).f_frsize))
    done = train(tiny_disk / "run", small_folder)  # now there is not a byte left
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert checkpoints.newest(tiny_disk / "run", FAILING).step == 28


def test_a_read_only_folder(small_folder, tiny_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    assert_one_sentence(train(tiny_disk / "run", small_folder), "can't be written (Read-only file system)")


@pytest.mark.parametrize(
    "inodes", [pytest.param(6, marks=pytest.mark.full), 8, pytest.param(10, marks=pytest.mark.full)]
)
def test_a_disk_without_inodes(small_folder, tiny_disk, inodes):
    """There is room, but no file can be made any more: TensorFlow's FileWriter says it in its own way."""
    subprocess.run(["mount", "-o", f"remount,nr_inodes={inodes}", str(tiny_disk)], check=True)
    done = train(tiny_disk / "run", small_folder)
    assert "Traceback" not in done.stderr
    assert done.returncode == 2, done.stderr
    assert all(line.startswith("lenet_tf1: ") and str(tiny_disk) in line for line in done.stderr.splitlines())
    assert done.stderr.count("\n") <= 2, done.stderr  # of TensorBoard's files, and of a checkpoint
