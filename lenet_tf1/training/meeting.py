"""Where the workers of one training or evaluation meet: a connection from each to the chief, beside TensorFlow's own.

It tells who is there and what is asked, and it notices a worker that is no more, which TensorFlow's collective
operations may never do: each end sends something every second, and one that hears nothing for eight ends its process,
as it does when the connection breaks. That is always safe, as checkpoints are whole or not there at all.
"""

import contextlib
import errno
import os
import socket
import sys
import threading
import time
from types import TracebackType
from typing import Any, NoReturn

from lenet_tf1.base.errors import InputError, Interrupted
from lenet_tf1.base.report import Report
from lenet_tf1.training.messages import Link, Message
from lenet_tf1.training.places import Place, free_port

LOST = 75  # the exit code of a worker that lost another one: begin all again (BSD's EX_TEMPFAIL)
SILENCE = 8.0  # seconds of its own without a message after which a worker counts as lost
_BEAT = 1.0  # seconds between two messages
_JOINING = 5.0  # seconds within which who connects has to say who it is
_PARTING = 2.0  # seconds that the others have, to hear the last word


class Meeting:
    """All workers of a training or an evaluation, one of which this process is. Use it as a context manager.

    Its end is the others' too: they end with the exit code that this process ends with.

    Parameters
    ----------
    place : Place
        This worker's.
    wait : float
        Seconds within which all have to come.

    Attributes
    ----------
    place : Place
    addresses : list of str
        HOST:PORT of TensorFlow's server of each.

    Raises
    ------
    InputError
        If somebody doesn't come, or two claim to be the same worker.
    """

    def __init__(self, place: Place, *, wait: float) -> None:
        self.place, self._closing = place, threading.Event()
        port = place.port or free_port()
        until = time.monotonic() + wait
        if place.rank == 0:
            self._links, self.addresses = _gather(place, port, until, wait)
        else:
            link, self.addresses = _join(place, port, until, wait)
            self._links = [link]
        self._listeners = []
        for link in self._links:
            link.connection.settimeout(None)
            self._listeners.append(threading.Thread(target=self._listen, args=[link], name="meeting", daemon=True))
        for thread in [*self._listeners, threading.Thread(target=self._watch, name="beats", daemon=True)]:
            thread.start()
        if place.rank == 0:
            self.tell("welcome", self.addresses)

    def tell(self, kind: str, content: Any = None, data: bytes = b"") -> None:
        """Say something to all others that this worker knows: the chief to everyone, everyone else to the chief."""
        for link in self._links:
            try:
                link.say(Message(kind, content, data))
            except OSError as error:
                self._lose(link, _reason(error))

    def hear(self, kind: str) -> list[Message]:
        """The next thing that each other worker says, in the order of their ranks.

        Raises
        ------
        InputError
            If one of them ended, and told why.
        """
        return [self._hear(link, kind) for link in self._links]

    def everybodys(self, values: Any) -> list[Any]:
        """What each worker gives to this method, JSON's types, in the order of their ranks: the same for all."""
        if self.place.rank:
            self.tell("values", values)
            return list(self.hear("all values")[0].content)
        together = [values, *(message.content for message in self.hear("values"))]
        self.tell("all values", together)
        return together

    def await_loss(self) -> None:
        """Wait until it is clear whether a worker is lost, which ends this process."""
        time.sleep(SILENCE + 2 * _BEAT)

    def await_end(self) -> NoReturn:
        """Wait for the chief's end, and end as it does: a worker that left before couldn't begin again with it."""
        while True:
            time.sleep(SILENCE)

    def _hear(self, link: Link, kind: str) -> Message:
        message = link.messages.get()
        if message.kind == "end":
            if message.content["code"] != 2:
                self._lose(link, "it ended")
            raise InputError(f"worker {link.rank}: {message.content['why']}")
        if message.kind != kind:
            raise InputError(f"worker {link.rank} said {message.kind} instead of {kind}: is it of another version?")
        return message

    def _listen(self, link: Link) -> None:
        while True:
            try:
                message = link.read()
            except (OSError, ValueError) as error:
                if not link.ended and not self._closing.is_set():
                    self._lose(link, _reason(error))
                return
            if message.kind == "end":
                self._end(link, message)
            if message.kind != "beat":
                link.messages.put(message)

    def _end(self, link: Link, message: Message) -> None:
        link.ended = True
        if self.place.rank:  # the chief has saved all that there is
            _leave(message.content["code"])
        if message.content["code"] not in (0, 2) and message.content["code"] < 128:
            self._lose(link, "it failed")

    def _watch(self) -> None:
        while not self._closing.wait(_BEAT):
            for link in self._links:
                if link.ended:
                    continue
                try:
                    link.beat()
                except OSError as error:
                    if not link.ended and not self._closing.is_set():
                        self._lose(link, _reason(error))
                # In its own beats: when the whole machine paused, nobody has been silent.
                link.unanswered += 1
                if link.unanswered * _BEAT > SILENCE:
                    self._lose(link, f"it said nothing for {SILENCE:.0f} seconds")

    def _lose(self, link: Link, reason: str) -> NoReturn:
        who = f"worker {link.rank}" if link.rank else "the chief"
        Report().note(f"{who} is lost ({reason}), so this worker ends: start all of them again")
        _leave(LOST)

    def __enter__(self) -> "Meeting":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        code = 0 if error is None else 2 if isinstance(error, InputError | OSError) else 1
        if isinstance(error, KeyboardInterrupt):
            code = 128 + error.signum if isinstance(error, Interrupted) else 130
        self._closing.set()
        for link in self._links:
            if not link.ended:
                try:
                    link.say(Message("end", {"code": code, "why": str(error)}))
                    link.connection.shutdown(socket.SHUT_WR)
                except OSError:
                    continue  # it ended a moment before
        # A connection that is closed with something unread takes back what wasn't read at its other end.
        until = time.monotonic() + _PARTING
        for thread in self._listeners:
            thread.join(max(until - time.monotonic(), 0))


def _leave(code: int) -> NoReturn:
    # At once: the main thread may be within a collective operation that waits for ever.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _gather(place: Place, port: int, until: float, wait: float) -> tuple[list[Link], list[str]]:
    # The chief's part: the others' connections, and where everybody's server is.
    host, meeting_port = place.chief
    links: dict[int, Link] = {}
    addresses = {0: _address(host, port)}
    with _listener(host, meeting_port) as listener:
        while len(links) + 1 < place.workers:
            listener.settimeout(max(until - time.monotonic(), 0.01))
            try:
                connection, (theirs, *_) = listener.accept()
            except TimeoutError:
                missing = ", ".join(str(rank) for rank in range(1, place.workers) if rank not in links)
                raise InputError(f"worker {missing} did not come within {wait:g} seconds (--wait)") from None
            link = Link(connection)
            connection.settimeout(_JOINING)
            try:
                message = link.read()
                rank, workers, their_port = (int(message.content[name]) for name in ("rank", "workers", "port"))
                if refusal := _refusal(rank, workers, place, links):
                    link.say(Message("refused", refusal))
                    continue
            except (OSError, ValueError, KeyError, TypeError):
                connection.close()  # somebody else's, who knocks at every port
                continue
            link.rank, links[rank], addresses[rank] = rank, link, _address(theirs, their_port)
    return [links[rank] for rank in sorted(links)], [addresses[rank] for rank in sorted(addresses)]


def _refusal(rank: int, workers: int, place: Place, links: dict[int, Link]) -> str | None:
    if workers != place.workers:
        return f"there are {place.workers} workers here, not {workers}"
    if rank in links:
        return f"there is a worker {rank} already"
    return None if 0 < rank < workers else f"there can't be a worker {rank}"


def _listener(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        try:
            return socket.create_server(address[:2], family=family)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:  # the name of a service in front of this machine
                raise
            return socket.create_server(("", port))
    except OSError as error:
        raise InputError(
            f"the chief can't listen at {host}:{port} ({error.strerror}); is another worker number 0 there?"
        ) from error


def _join(place: Place, port: int, until: float, wait: float) -> tuple[Link, list[str]]:
    # Everyone else's part.
    host, meeting_port = place.chief
    while True:
        left = max(until - time.monotonic(), 0.01)
        try:
            with contextlib.ExitStack() as stack:
                link = Link(stack.enter_context(socket.create_connection((host, meeting_port), timeout=left)))
                link.say(Message("join", {"rank": place.rank, "workers": place.workers, "port": port}))
                message = link.read()
                stack.pop_all()  # this connection stays
            break
        except (OSError, ValueError) as error:
            if time.monotonic() > until:
                raise InputError(
                    f"the chief was not at {host}:{meeting_port}, or not all workers came, within {wait:g} seconds "
                    f"({_reason(error)}; --wait)"
                ) from error
            time.sleep(0.2)
    if message.kind != "welcome":
        raise InputError(f"the chief at {host}:{meeting_port} refused: {message.content}")
    # The chief's own name for itself may be one that this machine doesn't know.
    chief = link.connection.getpeername()[0]
    mine = _address(chief, int(message.content[0].rpartition(":")[2]))
    return link, [mine, *message.content[1:]]


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
