"""One worker's share of a batch: a graph that computes some of its images, with the random numbers that are theirs.

An image's dropout and distortion belong to its place in the whole batch, so that several workers compute what one does.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import tensorflow.compat.v1 as tf


class Share(NamedTuple):
    """Which images of a batch are computed.

    Attributes
    ----------
    batch : int
        How many there are in the batch.
    first, size : int
        The place of the first one that is computed, and how many these are.
    """

    batch: int
    first: int
    size: int

    @classmethod
    def of(cls, worker: int, workers: int, batch: int) -> "Share":
        """That of one of several workers, numbered from 0: the batch cut into parts that differ by one at most."""
        first, end = (batch * i // workers for i in (worker, worker + 1))
        return cls(batch, first, end - first)

    @property
    def places(self) -> slice:
        """Of the images in the batch."""
        return slice(self.first, self.first + self.size)


_share: ContextVar[Share | None] = ContextVar("share", default=None)


@contextmanager
def sharing(share: Share) -> Iterator[None]:
    """A context in which graphs are built for a share of each batch."""
    token = _share.set(share)
    try:
        yield
    finally:
        _share.reset(token)


def draw(
    sample: Callable[[tf.Tensor | Sequence], tf.Tensor], shape: tf.Tensor | Sequence, *, copies: int = 1
) -> tf.Tensor:
    """Random numbers for the images that are computed: of the whole batch's those at their places.

    Parameters
    ----------
    sample : callable
        From a shape to a tensor of random numbers.
    shape : int32 [r], or a sequence
        Of what is wanted: the first dimension counts the images, `copies` times one after the other.
    copies : int

    Returns
    -------
    tf.Tensor
        Of that shape.
    """
    share = _share.get()
    if share is None:
        return sample(shape)
    others = share.batch - share.size
    whole = sample(tf.concat([[shape[0] + copies * others], shape[1:]], axis=0))
    end = share.first + shape[0] // copies  # a batch that is measured may be of another size
    return tf.concat([part[share.first : end] for part in tf.split(whole, copies)], axis=0)
