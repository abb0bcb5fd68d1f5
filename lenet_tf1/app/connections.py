"""Connections that end: each has its time for asking, and bodies have theirs."""

import asyncio

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from lenet_tf1.base import system

HEADER_SECONDS = 10.0  # for a request to say what it wants, from its first byte on, or from when it was connected
BODY_SECONDS = 60.0  # for a whole body: 16 MiB at 2.2 megabits a second
MAX_BODY = 16 << 20  # bytes
MAX_BODIES = 16 * MAX_BODY  # bytes of all bodies that are held at a time
AGAIN = 2  # seconds after which who was refused because others are served may try again
BACKLOG = 32  # connections that wait to be accepted: asyncio takes as many at once, whatever files are left,
_ROUNDS = 3  # and so often before the first of them is known, or one that makes room is closed
_OWN_FILES = 48  # that the process has open besides connections, with room to spare
_MOST_CONNECTIONS = 1000
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def most_connections() -> int:
    """How many there may be, so that the process's limit of open files is never met: asyncio can't deal with that."""
    limit = system.most_files()
    if limit is None:
        return _MOST_CONNECTIONS
    return max(8, min(_MOST_CONNECTIONS, limit - _ROUNDS * BACKLOG - _OWN_FILES))


class Refused(Exception):
    """A request that is answered with `status` and one sentence; and in how many seconds it is worth another try."""

    def __init__(self, status: int, sentence: str, again: int | None = None) -> None:
        super().__init__(sentence)
        self.status, self.again = status, again


class Connection(H11Protocol):
    """uvicorn's connection, closed where nothing is asked in time: it has no such limit itself.

    Where there are too many, the one that has asked for nothing for longest makes room.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > most_connections():
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take bytes; those of an unfinished header don't prolong its time."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_watching()
        super().connection_lost(exc)

    def _make_room(self) -> None:
        # This one waits too, so there is one.
        mine = [other for other in self.connections if isinstance(other, Connection)]
        longest = min(mine, key=lambda other: other._deadline.when() if other._deadline else float("inf"))
        longest.transport.write(_FULL)
        longest.transport.close()
        longest._stop_watching()

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_watching()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop_watching(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Bodies:
    """The bodies of all requests that are under way: their memory and their time are bounded."""

    def __init__(self) -> None:
        self.held = 0  # bytes

    async def read(self, request: Request, body: bytearray) -> None:
        """Append a request's body to `body`, whose bytes count until `release`.

        Raises
        ------
        Refused
            If it is too large or takes too long, or if there are too many.
        starlette.requests.ClientDisconnect
            If its sender is gone.
        """
        try:
            await asyncio.wait_for(self._read(request, body), BODY_SECONDS)
        except asyncio.TimeoutError:
            raise Refused(
                408, f"what takes longer than {BODY_SECONDS:.0f} seconds to arrive is not waited for"
            ) from None

    async def _read(self, request: Request, body: bytearray) -> None:
        async for chunk in request.stream():
            body += chunk
            self.held += len(chunk)
            if len(body) > MAX_BODY:
                raise Refused(413, f"more than {MAX_BODY >> 20} MiB are too much")
            if self.held > MAX_BODIES:
                raise Refused(503, "too much is being sent at once; try again in a moment", again=AGAIN)

    def release(self, body: bytearray) -> None:
        """Say that a body is no longer needed."""
        self.held -= len(body)
