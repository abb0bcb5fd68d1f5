"""One network for many threads: requests that wait while a batch runs are the next batch."""

import queue
import threading
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np

from lenet_tf1.base import machine
from lenet_tf1.data.batches import as_input
from lenet_tf1.inference.frozen import FrozenNetwork

_MOST_AT_ONCE = 1024  # images in one run of the session


class _Request(NamedTuple):
    x: np.ndarray
    answer: "Future[np.ndarray]"


class BatchedClassifier:
    """Classifies images for several threads with one network, in batches made of what is waiting.

    Close it when it is no longer needed: its thread keeps the network alive.
    """

    def __init__(self, network: FrozenNetwork) -> None:
        self.network = network
        self._waiting: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="lenet_tf1 batches", daemon=True)
        self._thread.start()

    def classify(self, characters: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """The probabilities of images uint8 [n, 28, 28]: float32 [n, classes].

        Raises
        ------
        ValueError
            For images of another shape.
        RuntimeError
            If it is closed, or as machine.refuse_fork does: its own thread isn't there either.
        """
        x = as_input(np.asarray(characters))
        if x.shape[1:] != (28 * 28,):
            raise ValueError(f"characters have the shape [n, 28, 28], not {list(np.shape(characters))}")
        machine.refuse_fork()
        request = _Request(x, Future())
        with self._lock:
            if self._closed:
                raise RuntimeError("this classifier is closed")
            self._waiting.put(request)
        return request.answer.result()

    def close(self) -> None:
        """End its thread, after what is waiting has been answered."""
        with self._lock:
            if self._closed or machine.was_forked():
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            requests: list[_Request] = []
            request = self._waiting.get()
            while request is not None:
                requests.append(request)
                if sum(len(x) for x, _ in requests) >= _MOST_AT_ONCE:
                    break
                try:
                    request = self._waiting.get_nowait()
                except queue.Empty:
                    break
            open_ = request is not None
            if requests:
                self._answer(requests)

    def _answer(self, requests: list[_Request]) -> None:
        try:
            x = np.concatenate([x for x, _ in requests])
            parts = (x[start : start + _MOST_AT_ONCE] for start in range(0, len(x), _MOST_AT_ONCE))
            answers = np.concatenate([self.network.probabilities(part) for part in parts])
        except Exception as error:  # whatever it is, it is raised where it was waited for
            for _, future in requests:
                future.set_exception(error)
            return
        start = 0
        for x, future in requests:
            future.set_result(answers[start : start + len(x)])
            start += len(x)
