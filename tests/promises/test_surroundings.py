"""Train, evaluate, predict and the page where something that one is used to is missing. Needs root, for namespaces."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lenet_tf1
from lenet_tf1.base import processor
from lenet_tf1.data.datasets import load

EVERYTHING = Path(__file__).parents[1] / "standins" / "everything.py"
PACKAGE = Path(lenet_tf1.__file__).parents[1]
GROUPS = Path("/sys/fs/cgroup/cpu")  # of version 1, as of what this was written on
NOBODY = "setpriv --reuid 12345 --regid 12345 --clear-groups --no-new-privs"  # no name, no home
FULL = "mount -t tmpfs -o size=64k,mode=1777 tmp /tmp; head -c 64k /dev/zero > /tmp/full"
# What is done in a mount namespace of its own, and what the process is then started by.
SURROUNDINGS = {
    "nobody, without a home": ("", f"env -u HOME {NOBODY}"),
    "nothing can be written but the volume": ("mount -o remount,bind,ro /", f"env -u HOME {NOBODY}"),
    "/tmp is full": (FULL, ""),
    "/tmp is full, with no other": (f"{FULL}; mount -t tmpfs -o ro none /var/tmp", NOBODY),
    "there is no temporary folder": ("mount -t tmpfs -o ro none /tmp; mount -t tmpfs -o ro none /var/tmp", ""),
    "/dev/shm of 64 MB": ("mount -t tmpfs -o size=64m none /dev/shm", ""),
    "no /dev/shm": ("mount -t tmpfs -o ro,mode=0 none /dev/shm", NOBODY),
    "one core": ("", "taskset --cpu-list 0"),
    "64 open files": ("", "prlimit --nofile=64"),
}
# A command, and the most memory that it had, in MB.
WATCHED = """
import importlib, resource, sys
code = importlib.import_module(f"lenet_tf1.{sys.argv[1]}").main(sys.argv[2:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
sys.exit(code)
"""
pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(
        sys.platform != "linux" or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0,
        reason="mounting needs Linux and root",
    ),
]


def in_namespace(tmp_path, small_folder, preparation, prefix):
    """The command that runs everything.py where that has been prepared, in /mnt/volume, which anybody may write."""
    (tmp_path / "volume").mkdir(mode=0o777)
    (tmp_path / "volume").chmod(0o777)
    shutil.copytree(small_folder, tmp_path / "data")
    Image.fromarray(np.pad(255 - load("mnist").test.images[0], 20, constant_values=255)).save(tmp_path / "seven.png")
    lines = ["set -e", "mount --make-rprivate /", "mount -t tmpfs -o mode=755 none /mnt", "mkdir /mnt/volume /mnt/data"]
    lines += [f"mount --bind {tmp_path / 'volume'} /mnt/volume", f"cp -r {tmp_path}/data {tmp_path}/seven.png /mnt"]
    for number, place in enumerate(map(Path, (sys.base_prefix, sys.prefix, PACKAGE, EVERYTHING.parent))):
        closed = [folder for folder in place.parents if folder.stat().st_mode & 0o005 != 0o005]
        if closed:  # what is needed is put back below a folder that everybody may pass
            lines += [f"mkdir /mnt/{number}", f"mount --bind {place} /mnt/{number}"]
            lines += [f"mount -t tmpfs -o mode=755 none {closed[-1]}", f"mkdir -p {place}"]
            lines += [f"mount --bind /mnt/{number} {place}"]
    command = shlex.join([sys.executable, str(EVERYTHING), "/mnt/data", "/mnt/seven.png"])
    lines += [preparation, "cd /mnt/volume", f"exec {prefix} {command}"]
    return ["unshare", "--mount", "sh", "-c", "\n".join(lines)]


def run(command):
    """Its last line, after it has been seen to print what the commands print and nothing else."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "PYTHONPATH")}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=900)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout[-2000:]
    answer = json.loads(result.stdout.splitlines()[-1])
    assert answer["codes"] == [0, 0, 0, 0]
    assert (answer["page"], answer["text"]) == ("ok", ["7"])
    return answer


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_everything_works_where(name, small_folder, tmp_path):
    answer = run(in_namespace(tmp_path, small_folder, *SURROUNDINGS[name]))
    assert answer["cores"] == (1 if name == "one core" else processor.cores())


@pytest.fixture
def group():
    """A control group of this machine's own, for a share of its time; gone at the end."""
    try:
        folder = GROUPS / f"lenet_tf1-{os.getpid()}"
        folder.mkdir()
    except OSError:
        pytest.skip("a control group of version 1 would be made")
    yield folder
    folder.rmdir()


def test_a_share_of_the_time_has_as_many_threads(group, small_folder, tmp_path):
    threads = {}
    for name, quota in (("whole", -1), ("half", 50_000)):
        (tmp_path / name).mkdir()
        (group / "cpu.cfs_quota_us").write_text(str(quota))
        command = in_namespace(tmp_path / name, small_folder, f"echo $$ > {group}/cgroup.procs", "")
        answer = run(command)
        threads[name] = answer["threads"]
        assert answer["cores"] == (1 if name == "half" else processor.cores())
    if processor.cores() > 1:
        assert threads["half"] < threads["whole"]


def test_two_gigabytes_are_enough(tmp_path):
    """The most that a training of lenet, and reading a photograph of 12 megapixels, have: see docs/anywhere.md."""
    paper = np.full([3000, 4000], 200, np.uint8)
    seven = Image.fromarray(255 - load("mnist").test.images[0])
    paper[1000:1560, 1000:1560] = np.asarray(seven.resize([560, 560]))
    Image.fromarray(paper).save(tmp_path / "photo.png")
    for arguments in (["train", "--steps", "900", "--run-dir", "run"], ["predict", "photo.png"]):
        command = [sys.executable, "-c", WATCHED, *arguments]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
        assert result.returncode == 0, result.stderr
        megabytes = int(result.stdout.splitlines()[-1])
        print(f"{arguments[0]}: {megabytes:,} MB at the most")
        assert megabytes < 2000
