"""The package with a stand-in for Windows: tests/standins/windows/sitecustomize.py says how far that goes."""

import ast
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import lenet_tf1

TESTS = Path(__file__).parents[1]
PACKAGE = Path(lenet_tf1.__file__).parent
STANDIN = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS / "standins" / "windows"), str(PACKAGE.parent)])}
ONLY_UNIX = {"fcntl", "resource", "pwd", "grp", "termios", "msvcrt"}
# What doesn't hold there: a run directory that trains can't be removed at all, and fewer operations are there to fail.
ELSEWHERE = "not first_writes_no_more and not directory_was_replaced and not failing_once"
PROMISES = ("base/test_files.py", "runs/test_directory.py", "runs/test_checkpoints.py", "promises/test_power_loss.py")
PROMISES += ("promises/test_failing_operations.py", "training/test_stopping.py", "training/test_plan.py")


def python(*arguments, **options):
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, env=STANDIN, capture_output=True, text=True, check=False, timeout=900, **options)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_one_module_knows_which_system_this_is(path):
    if path == PACKAGE / "base" / "system.py":
        return
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        assert not ONLY_UNIX & set(names)


@pytest.mark.full
def test_everything_is_imported():
    names = [module.name for module in pkgutil.walk_packages([str(PACKAGE)], "lenet_tf1.")]
    names = [name for name in names if not name.endswith("__main__")]
    code = f"""
import importlib
for name in {names}: importlib.import_module(name)
from lenet_tf1.base import system
from lenet_tf1 import cluster
print(system.WINDOWS, cluster.main([]))
"""
    result = python("-c", code)
    assert result.stdout == "True 2\n", result.stderr
    said = "lenet_tf1: on Windows start each worker by itself, with train --worker-hosts: see docs/cluster.md\n"
    assert result.stderr.endswith(said)


@pytest.mark.full
def test_a_run_is_trained_continued_and_read(small_folder, tmp_path):
    training = ["--dataset", small_folder, "--run-dir", tmp_path / "run"]
    for steps in ("5", "9"):
        result = python("-m", "lenet_tf1.train", *training, "--steps", steps)
        assert (result.returncode, result.stderr) == (0, "")
    result = python("-m", "lenet_tf1.evaluate", tmp_path / "run", "--json")
    assert json.loads(result.stdout)["total"] == 300
    assert not list(tmp_path.rglob(".tmp-*"))


@pytest.mark.full
def test_the_promises_of_files(tmp_path):
    options = ["-q", "-p", "no:cacheprovider", "-k", ELSEWHERE]
    result = python("-m", "pytest", *options, *(TESTS / name for name in PROMISES), cwd=TESTS)
    assert result.returncode == 0, result.stdout[-5000:]
    assert " passed" in result.stdout.splitlines()[-1]
