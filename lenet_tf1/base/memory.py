"""Memory that was freed, given back to the system."""

import ctypes
import functools
import sys
from collections.abc import Callable


def give_back() -> None:
    """Give back what was freed: glibc keeps it, for each thread by itself, and a server's threads add up.

    Other C libraries give it back themselves.
    """
    if trim := _malloc_trim():
        trim(0)


@functools.cache
def _malloc_trim() -> Callable[[int], int] | None:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
