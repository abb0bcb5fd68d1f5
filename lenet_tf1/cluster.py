"""Train or evaluate with several workers on this machine."""

import contextlib
import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from lenet_tf1 import evaluate
from lenet_tf1.base import console, system
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.train import destination
from lenet_tf1.training.meeting import LOST
from lenet_tf1.training.places import free_port

_HOST = "127.0.0.1"
_GRACE = 15.0  # seconds in which the others end when one has: they notice within ten
_ORDERLY = {0, 128 + signal.SIGINT, 128 + signal.SIGTERM}
# Linux's own numbers, of what Python has no names for in every version.
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_PR_SET_PDEATHSIG = 1


@console.command
def main(argv: Sequence[str] | None = None) -> int:
    """The command: see --help."""
    about = "All other options are those of python -m lenet_tf1.train; or after the word evaluate, of that command."
    parser = console.Parser("cluster", f"{__doc__} {about}")
    parser.allow_abbrev = False  # --restart is training's
    add = parser.add_argument
    add("--workers", type=int, default=2, metavar="N", help="how many processes share each batch (2)")
    add("--beginnings", type=int, default=10, metavar="N", help="how often to begin at most, with the first time (10)")
    add("--trust-network", action="store_true", help="let TensorFlow's server, without a password, be reached")
    own, arguments = parser.parse_known_args(argv)
    if not 1 <= own.workers <= 64 or own.beginnings < 1:
        raise InputError("--workers must be 1 to 64, and --beginnings at least 1")
    command, run_dir = "train", None
    if arguments[:1] == ["evaluate"]:
        command = arguments.pop(0)
        evaluate.options_of(arguments)
    else:
        run_dir = destination(arguments)
    if system.WINDOWS:
        raise InputError("on Windows start each worker by itself, with --worker-hosts: see docs/cluster.md")
    if own.verbose:
        arguments.append("--verbose")
    if own.trust_network:
        arguments.append("--trust-network")
    else:
        keep_to_loopback()
    return _supervise([command, *arguments], run_dir, own.workers, own.beginnings)


def _supervise(arguments: list[str], run_dir: Path | None, workers: int, beginnings: int) -> int:
    # The chief's exit code, when there is nothing to begin again. What is trained has a run directory.
    before = _checkpoints(run_dir)
    for beginning in range(1, beginnings + 1):
        with _Workers(arguments, workers) as running:
            code = running.wait()
        if running.signum or (code >= 0 and code != LOST):
            return code if code >= 0 else 128 - code
        if "--restart" in arguments and not before & _checkpoints(run_dir):
            arguments.remove("--restart")  # what was to be removed is: what is there now is this run's
        if beginning < beginnings:
            where = ", from the last save" if run_dir else ""
            Report().note(f"beginning {beginning + 1} of {beginnings} at most{where}")
    return LOST


class _Workers:
    """Processes of one command that work together, the chief first. At its end none of them is left."""

    def __init__(self, arguments: Sequence[str], workers: int) -> None:
        hosts = ",".join([f"{_HOST}:{free_port(_HOST)}", *[f"{_HOST}:0"] * (workers - 1)])
        self.signum = 0  # of the signal that this process was sent, and the others then
        self._errors = [tempfile.TemporaryFile() for _ in range(workers - 1)]  # noqa: SIM115 (closed at the end)
        self._processes = [
            _start([*arguments, "--worker-hosts", hosts, "--task-index", str(rank)], rank, workers, errors)
            for rank, errors in enumerate([None, *self._errors])
        ]

    def wait(self) -> int:
        """Wait until all have ended, and return the chief's exit code."""
        with self._forwarding():
            chief, *others = self._processes
            while chief.poll() is None and all(other.poll() in {None, *_ORDERLY} for other in others):
                time.sleep(0.05)
            self._end_within(_GRACE)
        for rank, (other, errors) in enumerate(zip(others, self._errors, strict=True), start=1):
            if other.returncode == 1 and chief.returncode != 1:  # the chief can't know why
                errors.seek(0)
                Report().note(f"worker {rank} failed: {errors.read().decode(errors='replace')}")
        return chief.returncode

    def _end_within(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(until - time.monotonic(), 0))
            if process.poll() is None:
                process.kill()
                process.wait()

    @contextlib.contextmanager
    def _forwarding(self) -> Iterator[None]:
        # SIGINT and SIGTERM are for all: the first ends them in good order, the second at once.
        def forward(signum: int, frame: FrameType | None) -> None:
            for process in self._processes:
                process.send_signal(signal.SIGKILL if self.signum else signum)
            self.signum = signum

        previous = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *exception: object) -> None:
        self._end_within(0)
        for errors in self._errors:
            errors.close()


def _start(arguments: Sequence[str], rank: int, workers: int, errors: IO[bytes] | None) -> subprocess.Popen[bytes]:
    # In a session of its own: the terminal's Ctrl-C comes to the launcher alone, which passes it on.
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    mine = cores[rank::workers] if len(cores) >= workers else []
    libc, launcher = ctypes.CDLL(None), os.getpid()

    def prepare() -> None:
        if sys.platform == "linux":
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # no worker outlives a launcher that is killed
        if os.getppid() != launcher:
            os._exit(LOST)
        if mine:
            os.sched_setaffinity(0, mine)

    return subprocess.Popen(
        [sys.executable, "-m", f"lenet_tf1.{arguments[0]}", *arguments[1:]],
        stdin=subprocess.DEVNULL,
        stdout=None if rank == 0 else subprocess.DEVNULL,
        stderr=errors,
        start_new_session=True,
        preexec_fn=prepare,
    )


def _checkpoints(run_dir: Path | None) -> set[tuple[str, int]]:
    # Which checkpoints there are, by what tells a folder from a later one of its name.
    return {(path.name, path.stat().st_ctime_ns) for path in run_dir.glob("step-*")} if run_dir else set()


def keep_to_loopback() -> None:
    """Give this process, and those that it starts, a network of their own, which has the loopback interface alone.

    TensorFlow's server listens at every interface. Raises InputError where the system gives nobody such a network.
    """
    try:
        import fcntl  # which Windows hasn't

        _leave_network()
        with socket.socket() as any_socket:
            request = struct.pack("16sH14x", b"lo", 0)
            flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))
    except (AttributeError, OSError) as error:
        raise InputError(
            "TensorFlow's server listens at every network interface and asks for no password, and this system gives "
            "nobody a network of one's own: say --trust-network if nobody but the workers can reach it "
            "(docs/cluster.md)"
        ) from error


def _leave_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) == 0:
        return
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    # In the new user namespace one is nobody at first.
    for name, content in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(content)


if __name__ == "__main__":
    sys.exit(main())
