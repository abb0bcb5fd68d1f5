"""What workers say to each other, and the connection that carries it.

A message is a line of JSON, `{"kind": ..., "content": ..., "bytes": n}`, and n bytes after it.
"""

import io
import json
import queue
import socket
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    import numpy as np

_LONGEST_LINE = 16 << 20  # bytes
_LARGEST = 1 << 32
_CHUNK = 1 << 16


def pack(arrays: "Mapping[str, np.ndarray]") -> bytes:
    """Arrays by name, as the bytes of a message."""
    import numpy as np

    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    return packed.getvalue()


def unpack(data: bytes) -> "dict[str, np.ndarray]":
    """What `pack` has packed."""
    import numpy as np

    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return dict(arrays)


class Message(NamedTuple):
    """What was said: its kind, JSON's types, and bytes."""

    kind: str
    content: Any = None
    data: bytes = b""


class Link:
    """A connection to another worker.

    Attributes
    ----------
    rank : int
        The other one's.
    messages : SimpleQueue of Message
        For what came and wasn't heard yet.
    unanswered : int
        Beats since something came.
    ended : bool
        Whether the other one has taken its leave.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection, self.rank, self.unanswered, self.ended = connection, 0, 0, False
        self.messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._stream: BinaryIO = connection.makefile("rb")
        self._sending = threading.Lock()

    def say(self, message: Message) -> None:
        """Send a message. Raises OSError for a connection that is none any more."""
        line = {"kind": message.kind, "content": message.content, "bytes": len(message.data)}
        with self._sending:
            self.connection.sendall(json.dumps(line).encode() + b"\n" + message.data)

    def beat(self) -> None:
        """Send a sign of life, which is no message; who is sending at the moment is heard anyway."""
        if self._sending.acquire(blocking=False):
            try:
                self.connection.sendall(b'{"kind": "beat"}\n')
            finally:
                self._sending.release()

    def read(self) -> Message:
        """Wait for what comes next. Raises ValueError for what is no message, OSError for a connection that ended."""
        line = self._stream.readline(_LONGEST_LINE)
        if not line:
            raise ConnectionError("its connection ended")
        self.unanswered = 0
        about = json.loads(line)
        size = about.get("bytes", 0) if isinstance(about, dict) else None
        if not isinstance(size, int) or not 0 <= size < _LARGEST:
            raise ValueError("this is no message")
        parts = []
        while size:
            if not (part := self._stream.read(min(size, _CHUNK))):
                raise ConnectionError("its connection ended")
            self.unanswered = 0
            parts.append(part)
            size -= len(part)
        return Message(str(about.get("kind")), about.get("content"), b"".join(parts))
