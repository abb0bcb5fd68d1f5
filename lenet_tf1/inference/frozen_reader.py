"""The page reader's network with constants for weights."""

import os
from types import TracebackType

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.machine import choose_precision, open_session
from lenet_tf1.graph.layers import frozen
from lenet_tf1.graph.reader import reader


class FrozenReader:
    """The network of graph/reader.py with its weights, in a session that threads may share.

    Use it as a context manager, or close it.

    Parameters
    ----------
    path : path
        An .npz of float32 arrays by variable name.

    Raises
    ------
    InputError
        If the file is not of this network.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        try:
            with np.load(path, allow_pickle=False) as arrays:
                weights = {name: np.asarray(arrays[name], np.float32) for name in arrays.files}
        except (OSError, ValueError) as error:
            raise InputError(f"{path} can't be read as weights of the page reader ({error})") from error
        with tf.Graph().as_default() as graph:
            x = tf.placeholder(tf.float32, [1, None, None, 1], "x")
            try:
                with frozen(weights):
                    ends = reader(x, seed=0, training=False)
            except (KeyError, ValueError) as error:
                raise InputError(f"{path} holds no weights of the page reader ({error})") from error
        graph.finalize()
        self._x, self._maps = x, [ends["heat"], ends["digit"], ends["box"]]
        self.session = open_session(graph, choose_precision("auto"))

    def maps(self, x: np.ndarray) -> list[np.ndarray]:
        """Heat, digits and boxes, float32 [1, height / 4, width / 4, 1, 10 and 4], of a picture.

        Parameters
        ----------
        x : ndarray
            Float32 [1, height, width, 1] as data.pages.contrast makes it; the sides are multiples of 16.
        """
        return self.session.run(self._maps, {self._x: x})

    def close(self) -> None:
        """Close the session."""
        self.session.close()

    def __enter__(self) -> "FrozenReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
