"""A stand-in for Windows, as far as this package can tell: in PYTHONPATH, it changes each process that is started.

To the package's own modules, `os`, `signal` and `sys` are Windows's: without fork, O_NOFOLLOW, SIGKILL and the like;
fcntl and resource aren't there, msvcrt is. For everybody, what is open is neither renamed over nor removed. What is
TensorFlow's, and how paths look, stays this system's.
"""

import builtins
import errno
import os
import shutil
import signal
import sys
import types

MISSING = {"fcntl", "resource", "pwd", "grp", "termios", "posix"}
HIDDEN = {
    "os": {
        *("fork", "register_at_fork", "getuid", "geteuid", "getgid", "getegid", "setsid", "killpg", "pread", "pwrite"),
        *("sched_getaffinity", "sched_setaffinity", "mkfifo", "sysconf", "uname", "statvfs", "fchmod", "getpgid"),
        *("O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "O_CLOEXEC", "O_SYNC", "O_TMPFILE"),
    },
    "signal": {"SIGKILL", "SIGPIPE", "SIGALRM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCHLD", "pthread_sigmask"},
    "sys": set(),
}
ADDED = {"os": {"name": "nt", "O_BINARY": 0}, "signal": {"SIGBREAK": 21}, "sys": {"platform": "win32"}}
REAL = {name: getattr(os, name) for name in ("open", "fsync", "replace", "rename", "unlink", "remove", "rmdir")}
real_import = builtins.__import__


def held(path):
    """Whether this process has the file, or one below the folder, open."""
    place = os.path.realpath(os.path.dirname(path)) + "/" + os.path.basename(path)
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{descriptor}")
        except OSError:  # the folder of descriptors itself
            continue
        if target == place or (target.startswith(place + "/") and not os.path.isdir(target)):
            return True
    return False


def refuse_held(*paths):
    for path in paths:
        if os.path.lexists(path) and held(os.fspath(path)):
            raise PermissionError(errno.EACCES, "The process cannot access the file", os.fspath(path))


def guarded(name, both):
    def call(path, *arguments, **options):
        if options.get("dir_fd") is None:
            refuse_held(path, *(arguments[:1] if both else ()))
        return REAL[name](path, *arguments, **options)

    return call


def open_(path, flags, mode=0o777):
    if os.path.isdir(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    return REAL["open"](path, flags | os.O_NONBLOCK, mode)  # Windows's folders hold no pipes to wait for


def fsync(descriptor):
    import fcntl

    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    REAL["fsync"](descriptor)


class Msvcrt(types.ModuleType):
    """Locks of bytes, which end with the file's closing, and which this process's other openings meet too."""

    LK_UNLCK, LK_LOCK, LK_NBLCK = 0, 1, 2

    @staticmethod
    def locking(descriptor, mode, length):
        import fcntl

        assert length == 1
        assert os.lseek(descriptor, 0, os.SEEK_CUR) > os.fstat(descriptor).st_size  # nobody could read it otherwise
        try:
            fcntl.flock(descriptor, fcntl.LOCK_UN if mode == 0 else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from error


class Windows(types.ModuleType):
    """A module of this system's, less what Windows hasn't."""

    def __init__(self, module):
        super().__init__(module.__name__)
        self.__dict__.update(ADDED[module.__name__], _module=module)

    def __getattr__(self, name):
        if name in HIDDEN[self.__name__]:
            raise AttributeError(f"Windows has no {self.__name__}.{name}")
        return getattr(self._module, name)


windows = {module.__name__: Windows(module) for module in (os, signal, sys)}
windows["os"].open, windows["os"].fsync = open_, fsync
windows["msvcrt"] = Msvcrt("msvcrt")


def import_(name, globals=None, locals=None, fromlist=(), level=0):
    importer = (globals or {}).get("__name__", "")
    package = (globals or {}).get("__package__") or importer
    if package.split(".")[0] == "lenet_tf1" and level == 0:
        if name in MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name in windows:
            return windows[name]
    return real_import(name, globals, locals, fromlist, level)


builtins.__import__ = import_
for name in ("replace", "rename", "unlink", "remove", "rmdir"):
    setattr(os, name, guarded(name, both=name in ("replace", "rename")))
shutil._use_fd_functions = False
