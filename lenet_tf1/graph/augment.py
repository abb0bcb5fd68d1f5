"""Distortion of training images inside the graph: each is bent a little, as if written again (Simard et al. 2003)."""

from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.graph.layers import stable_hash
from lenet_tf1.graph.share import draw

_SIDE = 28
_MODES = 6  # cosines along each axis: the coarsest bend is half a wave across the picture, the finest 2.5
_SMOOTHNESS = 4.0  # pixels: the sigma of the Gaussian with which Simard smooths white noise
_STEPS = 256  # positions between two pixels: a power of two


class Augmentation(NamedTuple):
    """The distortion of a batch of n images, with its placeholders.

    Attributes
    ----------
    images : placeholder, float32 [n, 784]
        Pixels in 0..1.
    seed : placeholder, int64 [2]
        The same seed gives the same distortion.
    output : float32 [n, 784]
        The distorted images.
    """

    images: tf.Tensor
    seed: tf.Tensor
    output: tf.Tensor


def add_augmentation(*, shift: float, slant: float, bend: float) -> Augmentation:
    """Add `distort` to the default graph, with placeholders of its own in the scope train/augment."""
    with tf.name_scope("train/augment/"):
        images = tf.placeholder(tf.float32, [None, _SIDE**2], name="images")
        seed = tf.placeholder(tf.int64, [2], name="seed")
        seed_here = seed + tf.constant([stable_hash("augment"), 0], tf.int64)  # not dropout's random numbers
        return Augmentation(images, seed, distort(images, seed_here, shift=shift, slant=slant, bend=bend))


def distort(images: tf.Tensor, seed: tf.Tensor, *, shift: float, slant: float, bend: float) -> tf.Tensor:
    """Displace each pixel by a smooth random field, with bilinear interpolation; outside the image all is 0.

    Parameters
    ----------
    images : float32 [batch, 784]
    seed : int64 [2]
        The same seed gives the same distortion.
    shift, slant, bend : float
        Standard deviations of normal distributions that are truncated at two of them: of the displacement of the
        whole image, in pixels; of what is added to each entry of the affine map's identity matrix, which makes
        rotation, shear and scaling; of the elastic displacement of a pixel, in pixels.

    Returns
    -------
    float32 [batch, 784]

    References
    ----------
    Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to visual document
    analysis", ICDAR 2003.
    """
    fields = tf.constant(_displacement_fields(shift, slant, bend))  # [fields, 784]
    batch = tf.shape(images)[0]
    shape = [2 * batch, fields.shape.as_list()[0]]
    amounts = draw(lambda shape: tf.random.stateless_truncated_normal(shape, seed), shape, copies=2)
    displacement = tf.reshape(tf.matmul(amounts, fields), [2, batch, _SIDE**2])
    # Integers from here to the interpolation weights: bfloat16, in which the matrix product may run, can't tell
    # pixel 20.1 from 20. Every position outside is clipped to a margin of one pixel around the image.
    place = np.mgrid[:_SIDE, :_SIDE].reshape(2, 1, -1).astype(np.int32) + 1
    at = tf.cast(displacement * _STEPS, tf.int32) + place * _STEPS
    at = tf.clip_by_value(at, 0, (_SIDE + 1) * _STEPS)
    # Divided in bits, and a corner at a time: a fifth less time for all of it than by // and %, in one gather.
    y, x = tf.unstack(tf.bitwise.right_shift(at, _STEPS.bit_length() - 1))  # [batch, 784] each
    down, right = tf.unstack(tf.cast(tf.bitwise.bitwise_and(at, _STEPS - 1), tf.float32) / _STEPS)

    width = _SIDE + 2
    padded = tf.pad(tf.reshape(images, [-1, _SIDE, _SIDE]), [[0, 0], [1, 1], [1, 1]])
    flat = tf.pad(tf.reshape(padded, [-1]), [[0, width + 1]])
    top_left_at = tf.range(batch)[:, None] * width**2 + y * width + x
    corners = [tf.gather(flat[offset:], top_left_at) for offset in (0, 1, width, width + 1)]  # [batch, 784] each
    top_left, top_right, bottom_left, bottom_right = corners
    top = top_left + right * (top_right - top_left)
    bottom = bottom_left + right * (bottom_right - bottom_left)
    return top + down * (bottom - top)


def _displacement_fields(shift: float, slant: float, bend: float) -> np.ndarray:
    # The basis of the random displacements, float32 [fields, 784]: a constant, the two coordinates, and the cosines
    # that a Gaussian filter would leave of white noise.
    y, x = np.mgrid[:_SIDE, :_SIDE] - (_SIDE - 1) / 2
    ones = np.ones([_SIDE, _SIDE])
    k = np.arange(_MODES)
    waves = np.cos(np.pi * k[:, None] * (np.arange(_SIDE) + 0.5) / _SIDE)  # [modes, 28]
    strength = np.exp(-((np.pi * _SMOOTHNESS * k / _SIDE) ** 2) / 2)
    waves *= strength[:, None]
    elastic = np.einsum("ky,lx->klyx", waves, waves).reshape(-1, _SIDE, _SIDE)[1:]
    elastic *= bend / np.sqrt((elastic**2).sum(axis=0).mean())
    fields = np.concatenate([[shift * ones, slant * y, slant * x], elastic])
    return fields.reshape(len(fields), -1).astype(np.float32)
