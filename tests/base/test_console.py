"""What every command promises, tried from outside."""

import importlib
import io
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import processes
import pytest

import lenet_tf1
from lenet_tf1.__main__ import COMMANDS
from lenet_tf1.base import console
from lenet_tf1.base.errors import InputError


def python(*arguments, **options):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_imports_nothing_that_takes_long(command):
    code = f"""
import runpy, sys
sys.argv = ["lenet_tf1.{command}", "--help"]
try:
    runpy.run_module("lenet_tf1.{command}", run_name="__main__", alter_sys=True)
except SystemExit as stop:
    slow = ("tensorflow", "numpy", "cv2", "PIL", "matplotlib", "starlette", "uvicorn", "pooch", "tqdm")
    print(stop.code, [name for name in slow if name in sys.modules])
"""
    result = python("-c", code)
    *said, imported = result.stdout.splitlines()
    assert imported == "0 []", result.stderr
    assert said[0].startswith(f"usage: python -m lenet_tf1.{command} ")
    assert max(map(len, said)) <= 80


def test_the_package_lists_its_commands():
    said = python("-m", "lenet_tf1").stdout
    assert all(f"  {command} " in said for command in COMMANDS)
    assert max(map(len, said.splitlines())) <= 80


def test_public_names_are_imported_when_they_are_used():
    code = """
import sys, lenet_tf1
assert set(lenet_tf1.__all__) <= set(dir(lenet_tf1))
lenet_tf1.Recipe, lenet_tf1.find_recipe
assert not {"numpy", "tensorflow"} & set(sys.modules)
try:
    lenet_tf1.nothing
except AttributeError as error:
    print(error)
"""
    result = python("-c", code)
    assert result.stdout == "module 'lenet_tf1' has no attribute 'nothing'\n", result.stderr
    assert all(getattr(lenet_tf1, name) is not None for name in lenet_tf1.__all__)


def test_importing_everything_leaves_tensorflow_2_as_it_was_and_asks_nobody():
    """In one process, whose network nobody may use."""
    names = [
        module.name
        for module in pkgutil.walk_packages(lenet_tf1.__path__, "lenet_tf1.")
        if not module.name.endswith("__main__")
    ]
    assert "lenet_tf1.graph.model" in names
    code = f"""
import importlib, logging, os, socket, sys

def refuse(*arguments, **options):
    raise AssertionError(f"the network was asked for {{arguments}}")

socket.getaddrinfo = socket.create_connection = socket.gethostbyname = refuse
socket.socket.connect = socket.socket.connect_ex = refuse
import lenet_tf1
assert "tensorflow" not in sys.modules and "numpy" not in sys.modules
import tensorflow as tf  # which sets a variable of its own
environment, level = dict(os.environ), logging.getLogger("tensorflow").level
for name in {names}: importlib.import_module(name)
assert dict(os.environ) == environment
assert tf.executing_eagerly()
assert tf.compat.v1.resource_variables_enabled() and tf.compat.v1.control_flow_v2_enabled()
assert tf.function(lambda x: x + 1)(tf.constant(1)).numpy() == 2
assert not tf.compat.v1.get_default_graph().get_operations()
"""
    result = python("-c", code)
    assert result.returncode == 0, result.stderr


def test_building_and_training_leaves_eager_mode_on(run_dir):
    import tensorflow as tf

    assert tf.executing_eagerly()
    assert not tf.compat.v1.get_default_graph().get_operations()


def test_data_needs_no_tensorflow():
    code = "import sys; from lenet_tf1.data.datasets import load; load('mnist'); print(*sys.modules)"
    assert "tensorflow" not in python("-c", code).stdout


def test_a_command_prints_its_own_lines_only(run_dir, tmp_path):
    environment = {
        "PATH": "",
        "HOME": str(tmp_path),
        "PYTHONPATH": os.environ["PYTHONPATH"],
    }  # nobody has silenced it
    result = python("-m", "lenet_tf1.evaluate", str(run_dir), env=environment)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert result.stdout.startswith("Accuracy on Test-Set: ")
    loud = python("-m", "lenet_tf1.evaluate", "nothing", "--verbose", env=environment)
    assert "oneDNN" in loud.stderr or "cpu_feature_guard" in loud.stderr


def test_a_reader_that_leaves_early_is_no_error(run_dir):
    with processes.start("evaluate", run_dir) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() in (0, 141)


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_stream_that_is_closed(closed):
    command = f"{sys.executable} -m lenet_tf1.train --help {closed}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def fill_stdout():
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)


def test_a_stream_that_is_full(run_dir):
    result = processes.run("evaluate", run_dir, first=fill_stdout)
    assert (result.returncode, result.stderr) == (2, "lenet_tf1: the output: No space left on device\n")


def test_an_error_goes_to_stderr_with_exit_code_2():
    result = processes.run("evaluate", "nothing")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("lenet_tf1: ")
    assert result.stderr.count("\n") == 1


def test_the_version_is_the_installed_one():
    if Path(lenet_tf1.__file__).parts[-3] != "site-packages":
        pytest.skip("lenet_tf1 runs from a checkout; `pip install .` lets this compare with the wheel's metadata")
    from importlib.metadata import version

    assert version("lenet_tf1") == lenet_tf1.__version__


def test_a_processor_without_avx_is_told_before_tensorflow_ends_the_process(tmp_path):
    code = """
from lenet_tf1.base import processor
processor._cpuinfo = lambda key: "fpu sse sse2"
processor.platform.machine = lambda: "x86_64"
from lenet_tf1.evaluate import main
raise SystemExit(main(["nothing"]))
"""
    result = python("-c", code)
    assert result.returncode == 2
    assert result.stderr == "lenet_tf1: this processor has no AVX instructions, which TensorFlow's packages need\n"


def test_no_temporary_folder_is_one_sentence():
    code = """
import tempfile
def nowhere(): raise FileNotFoundError(2, "No usable temporary directory found")
tempfile._get_default_tempdir = nowhere
from lenet_tf1.evaluate import main
raise SystemExit(main(["nothing"]))
"""
    result = python("-c", code)
    assert result.returncode == 2
    assert result.stderr == "lenet_tf1: there is no temporary folder that can be written; set TMPDIR to one\n"


def test_an_error_that_names_no_file_is_not_called_the_output(capsys):
    @console.command
    def main(argv):
        raise OSError(28, "No space left on device")

    assert main([]) == 2
    assert capsys.readouterr().err == "lenet_tf1: No space left on device\n"


def test_warnings_of_decoders_are_dropped_by_commands_alone():
    code = """
import warnings
from lenet_tf1.base import console
filters = list(warnings.filters)
main = console.command(lambda argv: warnings.warn_explicit("corrupt", UserWarning, "x.py", 1, module="PIL.Image"))
assert warnings.filters == filters
main([])
"""
    assert python("-W", "always", "-c", code).stderr == ""


@pytest.mark.parametrize(
    ("device", "seen", "code", "said"),
    [
        ("cpu", "-1", 0, ""),
        ("gpu:1", "1", 2, "lenet_tf1: TensorFlow finds no such GPU here: say --device cpu, or see docs/anywhere.md\n"),
        ("gpu", None, 2, "lenet_tf1: TensorFlow finds no such GPU here: say --device cpu, or see docs/anywhere.md\n"),
        ("tpu", None, 2, "lenet_tf1: --device is cpu, gpu or gpu:1, not 'tpu'\n"),
    ],
)
def test_device_is_what_cuda_is_shown(monkeypatch, capsys, device, seen, code, said):
    import tensorflow as tf

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")  # so that it is undone
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(console._Device, "wants_gpu", False)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])

    @console.command
    def main(argv):
        assert "device" not in vars(console.Parser("train", "Train.").parse_args(argv))
        console.import_tensorflow()

    assert (main(["--device", device]), capsys.readouterr().err) == (code, said)
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == seen


def test_tensorflows_objects_are_kept_from_the_collector_of_garbage():
    code = """
import gc
from lenet_tf1.base import console
console.import_tensorflow()
kept = gc.get_freeze_count()
console.import_tensorflow()  # what came in between may become garbage
print(gc.isenabled(), kept > 100_000, gc.get_freeze_count() == kept)"""
    assert python("-c", code).stdout == "True True True\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
@pytest.mark.parametrize("arguments", [["evaluate"], ["evaluate", "--json"], ["predict", "a.png"], ["app"]])
def test_a_terminal_shows_a_line_before_tensorflow_is_imported(monkeypatch, capsys, arguments, stream):
    command = importlib.import_module(f"lenet_tf1.{arguments[0]}" + ".__main__" * (arguments[0] == "app"))
    seen, stderr = [], stream()

    def imported(name):
        seen.append((name, stderr.getvalue()))
        raise InputError("that's all")

    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(console.importlib, "import_module", imported)
    assert command.main(arguments[1:]) == 2
    line = "lenet_tf1: loading TensorFlow ..." if stream is Terminal else ""
    assert seen == [("tensorflow", line)]
    # It is gone when something else is said.
    gone = f"\r{' ' * len(line)}\r" if line else ""
    assert stderr.getvalue() == f"{line}{gone}lenet_tf1: that's all\n"
    assert capsys.readouterr().out == ""
