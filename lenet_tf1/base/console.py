"""What the commands share: one-sentence errors, exit codes, and a TensorFlow that keeps quiet."""

import argparse
import functools
import gc
import importlib
import logging
import os
import re
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NoReturn, TextIO, cast

from lenet_tf1.base import files, system
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.processor import lacks_avx
from lenet_tf1.base.report import Report, meanwhile

OUTPUT = "the output"  # stdout, in an error's sentence

Main = Callable[[Sequence[str] | None], int | None]


class PlainParser(argparse.ArgumentParser):
    """An argument parser whose complaints are InputErrors, so that they come out like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise an InputError, instead of printing the usage too."""
        raise InputError(f"{message}; see --help")


class Parser(PlainParser):
    """The parser of the command `python -m lenet_tf1.NAME`."""

    def __init__(self, name: str, description: str | None) -> None:
        super().__init__(prog=f"python -m lenet_tf1.{name}", description=description)
        self.add_argument("--verbose", action="store_true", help="let TensorFlow print its own lines")
        what = "cpu, gpu, or gpu:1 for the second (the first GPU, if there is one)"
        self.add_argument("--device", action=_Device, default=argparse.SUPPRESS, metavar="NAME", help=what)


class _Device(argparse.Action):
    # For the whole process, and those that it starts: CUDA, and so TensorFlow, see no other device.
    wants_gpu = False

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        found = re.fullmatch(r"cpu|gpu(?::(\d+))?", values)
        if not found:
            raise InputError(f"--device is cpu, gpu or gpu:1, not {values!r}")
        _Device.wants_gpu = values != "cpu"
        if values != "gpu":
            os.environ["CUDA_VISIBLE_DEVICES"] = found[1] or "-1"


def command(main: Main) -> Callable[..., int]:
    """Turn `main(argv)` into a command: it returns the exit code, and prints an error as one sentence."""

    @functools.wraps(main)
    def wrapper(argv: Sequence[str] | None = None) -> int:
        _prepare_process()
        stdout = sys.stdout
        sys.stdout = cast(TextIO, _NamedOutput(stdout))
        try:
            try:
                code = main(argv) or 0
            except SystemExit as stop:  # --help
                code = int(stop.code or 0)
            sys.stdout.flush()
            return code
        except InputError as error:
            Report().note(error)
            return 2
        except BrokenPipeError:  # the reader, such as head, has seen enough
            _give_up_stdout()
            return system.BROKEN_PIPE
        except OSError as error:
            if error.filename == OUTPUT:
                _give_up_stdout()
            Report().note(_sentence(error))
            return 2
        except KeyboardInterrupt as error:
            Report().note(str(error) or "interrupted")
            code = 128 + getattr(error, "signum", signal.SIGINT)
            if argv is None:  # the process is the command's: threads left at work would abort it while Python ends
                os._exit(code)
            return code
        finally:
            sys.stdout = stdout

    return wrapper


def _prepare_process() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the command
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (for good)
    if hasattr(sys.stdout, "reconfigure"):
        # A line that is printed is seen, through a pipe too; a name that the terminal lacks letters for is no error.
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    # Of broken Exif blocks, palettes and missing glyphs, which cost nothing. Here, for the whole process, because
    # warnings.catch_warnings() in threads can leave its filters behind.
    warnings.filterwarnings("ignore", module=r"PIL\b")
    warnings.filterwarnings("ignore", message=r"Glyph .* missing")


class _NamedOutput:
    # Stdout, whose errors say that it was stdout: they name no file, and a library's may not either.
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with files.naming(OUTPUT):
            return self._stream.write(text)

    def flush(self) -> None:
        with files.naming(OUTPUT):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _sentence(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _give_up_stdout() -> None:
    # What is left in its buffer goes nowhere, instead of failing again when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def import_tensorflow(verbose: bool = False) -> None:
    """Import TensorFlow; unless `verbose`, silence it for the whole process.

    A terminal says meanwhile that it is being loaded, which takes seconds.
    TF_CPP_MIN_LOG_LEVEL quietens its C++ side except for some lines that are logged before the
    variable is read: those are held back, and shown only if the import fails.

    Raises
    ------
    InputError
        If the processor lacks AVX: TensorFlow would end the process in the middle of its import. If there is no
        temporary folder, which TensorFlow's import wants to know. If `--device` asked for a GPU that isn't there.
    """
    if lacks_avx():
        raise InputError("this processor has no AVX instructions, which TensorFlow's packages need")
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise InputError("there is no temporary folder that can be written; set TMPDIR to one") from error
    if not verbose:
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with nullcontext() if verbose else _one_line_instead(), _kept_for_good():
        tensorflow = importlib.import_module("tensorflow")
        if _Device.wants_gpu and not tensorflow.config.list_physical_devices("GPU"):
            raise InputError("TensorFlow finds no such GPU here: say --device cpu, or see docs/anywhere.md")
    if not verbose:
        tensorflow.get_logger().setLevel(logging.ERROR)  # which in a notebook would be INFO


@contextmanager
def _kept_for_good() -> Iterator[None]:
    # What is imported stays until the process ends. The collector of garbage would look through its objects again and
    # again: that took a fifth of TensorFlow's import, and a second at the end.
    if "tensorflow" in sys.modules:
        yield
        return
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


@contextmanager
def _one_line_instead() -> Iterator[None]:
    with meanwhile("loading TensorFlow ..."), stderr_held_back():
        yield


@contextmanager
def stderr_held_back() -> Iterator[None]:
    """Drop what is written to stderr meanwhile, by C++ too; an ImportError brings it back."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        stderr = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except ImportError:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
