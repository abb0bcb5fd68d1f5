"""What the commands share: one-sentence errors, exit codes, and a TensorFlow that keeps quiet."""

import argparse
import functools
import importlib
import logging
import os
import signal
import sys
import tempfile
from contextlib import contextmanager

from lenet_tf1.errors import InputError


class PlainParser(argparse.ArgumentParser):
    """An argument parser whose complaints are InputErrors, so that they come out like all others."""

    def error(self, message):
        """Raise an InputError, instead of printing the usage too."""
        raise InputError(f"{message}; see --help")


class Parser(PlainParser):
    """The parser of the command `python -m lenet_tf1.NAME`."""

    def __init__(self, name, description):
        super().__init__(prog=f"python -m lenet_tf1.{name}", description=description)
        self.add_argument("--verbose", action="store_true", help="let TensorFlow print its own lines")


def command(main):
    """Turn `main(argv)` into a command: returns the exit code, and prints an error as one sentence."""

    @functools.wraps(main)
    def wrapper(argv=None):
        _prepare_streams()
        try:
            try:
                code = main(argv) or 0
            except SystemExit as stop:  # --help
                code = stop.code or 0
            sys.stdout.flush()
            return code
        except InputError as error:
            note(error)
            return 2
        except BrokenPipeError:  # the reader, such as head, has seen enough
            _give_up_stdout()
            return 128 + signal.SIGPIPE
        except OSError as error:
            if error.filename is None:
                _give_up_stdout()
            note(f"{error.filename or 'the output'}: {error.strerror or error}")
            return 2
        except KeyboardInterrupt as error:
            note(str(error) or "interrupted")
            return 128 + getattr(error, "signum", signal.SIGINT)

    return wrapper


def _prepare_streams():
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the command
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (for good)
    if hasattr(sys.stdout, "reconfigure"):
        # A line that is printed is seen, through a pipe too; a name that the terminal lacks letters for is no error.
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")


def _give_up_stdout():
    # What is left in its buffer goes nowhere, instead of failing again when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(sentence):
    """Say something that is not the command's result."""
    print(f"lenet_tf1: {sentence}", file=sys.stderr)


def import_tensorflow(verbose=False):
    """Import TensorFlow; unless `verbose`, silence it for the whole process.

    TF_CPP_MIN_LOG_LEVEL quietens its C++ side except for some lines that are logged before the
    variable is read: those go to a file that is shown only if the import fails.
    """
    if verbose:
        importlib.import_module("tensorflow")
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with _stderr_held_back():
        tensorflow = importlib.import_module("tensorflow")
    tensorflow.get_logger().setLevel(logging.ERROR)  # which in a notebook would be INFO


@contextmanager
def _stderr_held_back():
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
