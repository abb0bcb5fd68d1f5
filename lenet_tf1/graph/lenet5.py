"""LeNet-5 as it was published (LeCun et al. 1998, section II), which document 003 explains layer by layer."""

from collections.abc import Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.graph.layers import Initial, SeededInitializer, constant, dense, get_variable, seed_here

# Which maps of S2 each map of C3 reads: the paper's table I.
TABLE: list[tuple[int, ...]] = [
    *[(i, (i + 1) % 6, (i + 2) % 6) for i in range(6)],
    *[(i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)],
    *[(i, i + 1, (i + 3) % 6, (i + 4) % 6) for i in range(3)],
    tuple(range(6)),
]

# What F6 is compared with: the digits on 7 x 12 pixels, drawn for this file; ink is +1, background -1. Classes
# beyond ten have codes of random signs.
_DIGITS = """
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
..###..  ...#...  ..###..  ..###..  ....##.  .#####.  ..###..  .#####.  ..###..  ..###..
.#...#.  ..##...  .#...#.  .#...#.  ...#.#.  .#.....  .#...#.  .....#.  .#...#.  .#...#.
#.....#  .#.#...  #.....#  ......#  ..#..#.  .#.....  #......  .....#.  #.....#  #.....#
#.....#  ...#...  ......#  ......#  .#...#.  .####..  #......  ....#..  .#...#.  #.....#
#.....#  ...#...  .....#.  ...##..  #....#.  .#...#.  #.###..  ....#..  ..###..  .#...##
#.....#  ...#...  ....#..  .....#.  #######  ......#  ##...#.  ...#...  .#...#.  ..###.#
#.....#  ...#...  ...#...  ......#  .....#.  ......#  #.....#  ...#...  #.....#  ......#
#.....#  ...#...  ..#....  ......#  .....#.  #.....#  #.....#  ..#....  #.....#  ......#
.#...#.  ...#...  .#.....  .#...#.  .....#.  .#...#.  .#...#.  ..#....  .#...#.  .#...#.
..###..  .#####.  #######  ..###..  .....#.  ..###..  ..###..  ..#....  ..###..  ..###..
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
"""


def lenet5(x: tf.Tensor, *, classes: int, seed: int) -> dict[str, tf.Tensor]:
    """LeNet-5: 60,000 trainable parameters for any number of classes; C3 reads S2 by a table.

    Scopes have the paper's names. The images become 32 x 32 with background -0.1 and ink 1.175; the squashing
    function is 1.7159 tanh(2/3 a); S2 and S4 add up four pixels, times one coefficient and plus one bias for
    each map. The logits are minus the squared distances of F6 from one fixed code for each class: with softmax
    they give what the paper's discriminative criterion (equation 9) trains.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", Proceedings of
    the IEEE 86(11), 1998.
    """
    ends = {}
    with tf.variable_scope("input"):
        images = tf.reshape(x, [-1, 28, 28, 1]) * 1.275 - 0.1
        ends["input"] = tf.pad(images, [[0, 0], [2, 2], [2, 2], [0, 0]], constant_values=-0.1)  # [batch, 32, 32, 1]
    ends["C1"] = _convolution(ends["input"], "C1", maps=6, seed=seed)  # [batch, 28, 28, 6]
    ends["S2"] = _pooling(ends["C1"], "S2")  # [batch, 14, 14, 6]
    ends["C3"] = _convolution(ends["S2"], "C3", maps=16, seed=seed, table=TABLE)  # [batch, 10, 10, 16]
    ends["S4"] = _pooling(ends["C3"], "S4")  # [batch, 5, 5, 16]
    ends["C5"] = _convolution(ends["S4"], "C5", maps=120, seed=seed)  # [batch, 1, 1, 120]
    initial = Initial(_uniform(120), constant(0.0))
    ends["F6"] = dense(ends["C5"], "F6", units=84, seed=seed, activation=_squash, initial=initial)  # [batch, 84]
    with tf.variable_scope("output"):
        # |F6 - code|^2 without the differences: the codes' own squares are 84 each.
        codes = tf.constant(_codes(classes))
        squares = tf.reduce_sum(tf.square(ends["F6"]), axis=1, keepdims=True)
        ends["output"] = 2 * tf.matmul(ends["F6"], codes, transpose_b=True) - squares - 84.0  # [batch, classes]
    return ends


def _convolution(
    x: tf.Tensor, scope: str, *, maps: int, seed: int, table: Sequence[tuple[int, ...]] | None = None
) -> tf.Tensor:
    # 5 x 5 pixels, VALID padding. With a table, w holds kernels for its entries alone.
    with tf.variable_scope(scope):
        inputs = int(x.shape[-1])
        b = get_variable("b", [maps], tf.zeros_initializer())
        if table is None:
            w = get_variable("w", [5, 5, inputs, maps], _uniform(25 * inputs)(seed_here(seed)))
        else:
            pairs = [i * maps + j for j, row in enumerate(table) for i in row]
            spread = np.zeros([len(pairs), inputs * maps], np.float32)
            spread[np.arange(len(pairs)), pairs] = 1
            kernels = get_variable("w", [25, len(pairs)], _uniform(25 * len(pairs) / maps)(seed_here(seed)))
            w = tf.reshape(tf.matmul(kernels, tf.constant(spread)), [5, 5, inputs, maps])
        return _squash(tf.nn.bias_add(tf.nn.conv2d(x, w, strides=1, padding="VALID"), b))


def _pooling(x: tf.Tensor, scope: str) -> tf.Tensor:
    with tf.variable_scope(scope):
        w = get_variable("w", x.shape[-1:], tf.constant_initializer(0.25))
        b = get_variable("b", x.shape[-1:], tf.zeros_initializer())
        return _squash(4 * tf.nn.avg_pool2d(x, ksize=2, strides=2, padding="VALID") * w + b)


def _squash(x: tf.Tensor) -> tf.Tensor:
    return 1.7159 * tf.tanh(x * (2 / 3))


def _uniform(fan_in: float) -> SeededInitializer:
    # Variance 1 / fan-in ("Efficient BackProp", LeCun et al. 1998). With the paper's own 2.4 / fan-in as the limit
    # the signal fades from layer to layer, and validation accuracy after six epochs is 97.8 instead of 98.6 %.
    limit = (3 / fan_in) ** 0.5
    return lambda seed: tf.random_uniform_initializer(-limit, limit, seed=seed)


def _codes(classes: int) -> np.ndarray:
    # float32 [classes, 84] of -1 and 1
    rows = [row.split() for row in _DIGITS.split("\n") if row]
    digits = np.array([[pixel == "#" for row in rows for pixel in row[digit]] for digit in range(10)])
    more = np.random.default_rng(0).integers(0, 2, [max(0, classes - 10), 84])
    return np.concatenate([digits, more])[:classes].astype(np.float32) * 2 - 1
