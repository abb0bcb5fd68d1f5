"""What operating systems do each in their own way, in one place: nothing else asks which one this is.

Linux and macOS have fcntl and resource; Windows has msvcrt, and promises less. docs/anywhere.md tells what doesn't
hold there.
"""

import os
import shlex
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from socket import socket

try:
    import fcntl
    import resource
except ImportError:  # Windows
    fcntl = resource = None  # type: ignore[assignment]

WINDOWS = fcntl is None
# What asks a program to end: Ctrl-C, kill, and Ctrl-Break or the closed window of a console.
STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if getattr(signal, name, None) is not None
)
BROKEN_PIPE = 128 + getattr(signal, "SIGPIPE", 13)  # the exit code of who writes what nobody reads any more
# To open without waiting for anybody, and without changing line ends; to open what has this name and not what it is
# a link to.
PLAIN = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_LOCKED_BYTE = 1 << 30  # of a lock file, far behind its content: on Windows nobody else can read a byte that is locked
_PATIENCE = 2.0  # seconds
Done = TypeVar("Done")


def lock(descriptor: int) -> bool:
    """Lock an open file until `unlock`, or the process's end, without waiting; False if another has locked it.

    filelock and portalocker do the same by the same calls. But the one opens the file itself, where ours has to be
    looked at before it is believed, and the other locks all of it on Windows, where others read who holds it.
    """
    if fcntl:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    try:
        _lock_byte(descriptor, "LK_NBLCK")
    except PermissionError:
        return False
    return True


def unlock(descriptor: int) -> None:
    """Close a file that `lock` was tried on, which frees it."""
    if not fcntl:
        with suppress(OSError):  # it wasn't locked
            _lock_byte(descriptor, "LK_UNLCK")  # or Windows does it when it finds the time
    os.close(descriptor)


def _lock_byte(descriptor: int, how: str) -> None:
    import msvcrt

    os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
    module: Any = msvcrt
    module.locking(descriptor, getattr(module, how), 1)


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's entries, are on the disk. Windows has no way to ask for a folder's."""
    if WINDOWS and path.is_dir():
        return
    descriptor = os.open(path, (os.O_RDWR if WINDOWS else os.O_RDONLY) | PLAIN)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def patiently(operation: Callable[[], Done]) -> Done:
    """Do it. Windows refuses to rename or remove what a program has open: there it is tried for two seconds."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return operation()
        except PermissionError:
            if not WINDOWS or time.monotonic() > until:
                raise
        time.sleep(0.05)


def user_id() -> int:
    """The number of whom this process belongs to, as files have it in `st_uid`: on Windows 0 for everybody."""
    return os.getuid() if hasattr(os, "getuid") else 0


def limit_memory(megabytes: int) -> None:
    """No more address space than that for this process, from now on. On Windows nothing."""
    if resource:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def most_files() -> int | None:
    """How many files this process may have open; None where there is no such limit."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] if resource else None


def keep_address(listener: "socket") -> None:
    """Before a socket is bound: nobody else gets its address meanwhile, and it can be had again right after."""
    import socket

    # On Windows, REUSEADDR lets two programs listen at one port.
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if exclusive is None else exclusive, 1)


def quoted(word: object) -> str:
    """A word of a command line, as this system's shell takes it."""
    if not WINDOWS:
        return shlex.quote(str(word))
    from subprocess import list2cmdline

    return list2cmdline([str(word)])
