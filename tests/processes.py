"""Commands in processes of their own, which a server forks that has imported TensorFlow: at work in a fraction of a
second, where `python -m` takes two or three. They have the environment that the server began with.

What depends on how Python begins or ends is started by `python -m` all the same.
"""

import importlib
import json
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "pytest",
        "lenet_tf1.app.server",
        "lenet_tf1.app.service",
        "lenet_tf1.training.details",
        "lenet_tf1.training.workers",
    ]
)


class Forked:
    """A call in a process of its own, with the attributes that tests use of subprocess.Popen with pipes of text."""

    def __init__(self, function, *arguments):
        (out, child_out), (err, child_err) = CONTEXT.Pipe(duplex=False), CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=_call, args=(child_out, child_err, function, arguments))
        self._process.start()
        child_out.close()
        child_err.close()
        self.pid = self._process.pid
        self.stdout, self.stderr = (os.fdopen(os.dup(end.fileno())) for end in (out, err))

    @property
    def returncode(self):
        return self._process.exitcode

    def poll(self):
        return self.returncode

    def wait(self, timeout=None):
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout)
        return self.returncode

    def communicate(self, timeout=120):
        """What is left of stdout and stderr, of which the second must fit into a pipe. Killed after the timeout."""
        watch = threading.Timer(timeout, self.kill)
        watch.start()
        with self.stdout, self.stderr:
            said = self.stdout.read(), self.stderr.read()
        self.wait()
        watch.cancel()
        return said

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if exception[0]:
            self.kill()
        self.wait()
        self.stdout.close()
        self.stderr.close()


def _call(out, err, function, arguments):
    for fd, end in ((1, out), (2, err)):
        os.dup2(end.fileno(), fd)
        end.close()
    # The server's objects remember what its own streams could do.
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    function(*arguments)


def start(name, *arguments):
    """The command `python -m lenet_tf1.NAME ARGUMENTS...`, begun."""
    return Forked(_command, name, list(map(str, arguments)))


def run(name, *arguments, first=None):
    """The same, ended; `first` is called in it before the command is, to limit it."""
    return _ended(Forked(_command, name, list(map(str, arguments)), first))


def python(code):
    """As `python -c`, ended."""
    return _ended(Forked(exec, code, {}))


def _ended(process):
    out, error = process.communicate()
    return subprocess.CompletedProcess((), process.returncode, out, error)


def _command(name, arguments, first=None):
    if first:
        first()
    module = importlib.import_module(f"lenet_tf1.{name}" if name != "app" else "lenet_tf1.app.__main__")
    sys.exit(module.main(arguments))


def ask(module, arguments, *, timeout):
    """`base.child.ask`, in a forked process."""
    process = Forked(_module, module, list(arguments))
    said, _ = process.communicate(timeout)
    try:
        return json.loads(said)
    except ValueError:
        return {"unreadable": f"the reader ended with exit code {process.returncode}"}


def _module(name, arguments):
    sys.argv = [name, *arguments]
    runpy.run_module(name, run_name="__main__", alter_sys=True)
