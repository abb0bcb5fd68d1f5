"""The documents' networks: pictures in, logits out. They know no labels, no loss and no session."""

import difflib
import functools
import importlib
import inspect
import operator
from types import ModuleType
from typing import Protocol

import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.graph import lenet5
from lenet_tf1.graph.layers import (
    GLOROT,
    Initial,
    constant,
    conv2d,
    conv2d_max_pool,
    dense,
    dropout,
    normal,
    truncated_normal,
)
from lenet_tf1.graph.normalization import normalized_conv2d


class Network(Protocol):
    """What every network is: a function that builds its layers in the default graph.

    Parameters
    ----------
    x : float32 [batch, 784]
        Pixels in 0..1.
    classes : int
    seed : int
        Of the initial weights.

    Returns
    -------
    dict of str -> tf.Tensor
        The endpoints by scope name, in order; the last one is the logits, float32 [batch, classes].
    """

    def __call__(self, x: tf.Tensor, *, classes: int, seed: int) -> dict[str, tf.Tensor]:
        """Build the layers."""


def lenet(
    x: tf.Tensor,
    *,
    classes: int,
    seed: int,
    filters: tuple[int, int] = (20, 50),
    sizes: tuple[int, int] = (5, 5),
    padding: str = "SAME",
    units: int = 500,
    drops: bool = True,
    initial: Initial = GLOROT,
) -> dict[str, tf.Tensor]:
    """LeNet as document 000 draws it, with document 003's dropout: 1,256,080 parameters for 10 classes.

    The endpoint fc6 is what fc7 reads, after dropout. The weights start from Glorot's initialiser: with the
    document's normal(0, 0.1) the first loss is far above ln(classes), the loss of guessing. Other documents have
    the same network with other `filters` and `sizes` of the two convolutions' kernels, or `units` of fc6: NETWORKS.
    """
    ends = {"input1": _as_pictures(x)}  # [batch, 28, 28, 1]
    ends["conv2"], ends["pool3"] = conv2d_max_pool(  # [batch, 28, 28, 20], [batch, 14, 14, 20]
        ends["input1"], "conv2", "pool3", filters=filters[0], size=sizes[0], seed=seed, padding=padding, initial=initial
    )
    ends["conv4"], ends["pool5"] = conv2d_max_pool(  # [batch, 14, 14, 50], [batch, 7, 7, 50]
        ends["pool3"], "conv4", "pool5", filters=filters[1], size=sizes[1], seed=seed, padding=padding, initial=initial
    )
    net = dense(ends["pool5"], "fc6", units=units, seed=seed, activation=tf.nn.relu, initial=initial)  # [batch, 500]
    ends["fc6"] = dropout(net, "fc6") if drops else net  # [batch, 500]
    ends["fc7"] = dense(ends["fc6"], "fc7", units=classes, seed=seed, initial=initial)  # [batch, classes]
    return ends


def generator_cnn(x: tf.Tensor, *, classes: int, seed: int) -> dict[str, tf.Tensor]:
    """Document 001's four convolutions and one fully connected layer, to the classes: 174,762 parameters."""
    ends = {"input1": _as_pictures(x)}  # [batch, 28, 28, 1]
    ends["conv2"], ends["pool3"] = conv2d_max_pool(  # [batch, 28, 28, 64], [batch, 14, 14, 64]
        ends["input1"], "conv2", "pool3", filters=64, size=3, seed=seed
    )
    ends["conv4"], ends["pool5"] = conv2d_max_pool(  # [batch, 14, 14, 128], [batch, 7, 7, 128]
        ends["pool3"], "conv4", "pool5", filters=128, size=3, seed=seed
    )
    ends["conv6"] = conv2d(ends["pool5"], "conv6", filters=64, size=3, seed=seed, padding="VALID")  # [batch, 5, 5, 64]
    ends["conv7"] = conv2d(ends["conv6"], "conv7", filters=32, size=3, seed=seed)  # [batch, 5, 5, 32]
    ends["fc8"] = dense(ends["conv7"], "fc8", units=classes, seed=seed)  # [batch, classes]
    return ends


def one_conv(x: tf.Tensor, *, classes: int, seed: int) -> dict[str, tf.Tensor]:
    """Document 002's exercise, one convolution and one pooling: 1,386,506 parameters, nearly all of them in fc4."""
    ends = {"input1": _as_pictures(x)}  # [batch, 28, 28, 1]
    ends["conv2"], ends["pool3"] = conv2d_max_pool(  # [batch, 26, 26, 64], [batch, 13, 13, 64]
        ends["input1"], "conv2", "pool3", filters=64, size=3, seed=seed, padding="VALID"
    )
    ends["fc4"] = dense(ends["pool3"], "fc4", units=128, seed=seed, activation=tf.nn.relu)  # [batch, 128]
    ends["fc5"] = dense(ends["fc4"], "fc5", units=classes, seed=seed)  # [batch, classes]
    return ends


def three_conv(x: tf.Tensor, *, classes: int, seed: int) -> dict[str, tf.Tensor]:
    """Three convolutions and one fully connected layer, to an accuracy in the least time: 56,810 parameters.

    Its maps shrink as soon as they can, where LeNet's stay large, and most of its kernels work on 5 x 5 places.
    """
    ends = {"input1": _as_pictures(x)}  # [batch, 28, 28, 1]
    ends["conv2"], ends["pool3"] = conv2d_max_pool(  # [batch, 24, 24, 16], [batch, 12, 12, 16]
        ends["input1"], "conv2", "pool3", filters=16, size=5, seed=seed, padding="VALID"
    )
    ends["conv4"], ends["pool5"] = conv2d_max_pool(  # [batch, 10, 10, 32], [batch, 5, 5, 32]
        ends["pool3"], "conv4", "pool5", filters=32, size=3, seed=seed, padding="VALID"
    )
    ends["conv6"] = conv2d(ends["pool5"], "conv6", filters=96, size=3, seed=seed)  # [batch, 5, 5, 96]
    ends["fc7"] = dense(ends["conv6"], "fc7", units=classes, seed=seed)  # [batch, classes]
    return ends


def norm_conv(x: tf.Tensor, *, classes: int, seed: int) -> dict[str, tf.Tensor]:
    """Four convolutions with batch normalisation, and one fully connected layer: 242,666 parameters.

    Normalised, it learns in fewer epochs what `three_conv` comes to, and more in more: see the recipe `marathon`.
    """
    ends = {"input1": _as_pictures(x)}  # [batch, 28, 28, 1]
    ends |= normalized_conv2d(  # [batch, 24, 24, 16], [batch, 12, 12, 16]
        ends["input1"], "conv2", filters=16, size=5, seed=seed, padding="VALID", pool="pool3"
    )
    ends |= normalized_conv2d(  # [batch, 10, 10, 64], [batch, 5, 5, 64]
        ends["pool3"], "conv4", filters=64, size=3, seed=seed, padding="VALID", pool="pool5"
    )
    ends |= normalized_conv2d(ends["pool5"], "conv6", filters=128, size=3, seed=seed)  # [batch, 5, 5, 128]
    ends |= normalized_conv2d(  # [batch, 3, 3, 128]
        ends["conv6"], "conv7", filters=128, size=3, seed=seed, padding="VALID"
    )
    ends["fc8"] = dense(ends["conv7"], "fc8", units=classes, seed=seed)  # [batch, classes]
    return ends


def _as_pictures(x: tf.Tensor) -> tf.Tensor:
    with tf.variable_scope("input1"):
        return tf.reshape(x, [-1, 28, 28, 1])


NETWORKS: dict[str, Network] = {
    "lenet": lenet,
    "lenet-as-written": functools.partial(lenet, drops=False, initial=Initial(normal(0.1), normal(0.1))),
    "generator-cnn": generator_cnn,
    # Document 002: 243,786 parameters.
    "fashion": functools.partial(lenet, filters=(64, 64), sizes=(3, 3), padding="VALID", units=128, drops=False),
    "one-conv": one_conv,
    # Document 003: 3,274,634 parameters, started as there.
    "deep-mnist": functools.partial(
        lenet, filters=(32, 64), units=1024, initial=Initial(truncated_normal(0.05), constant(0.1))
    ),
    # Document 004: 121,930 parameters.
    "bootcamp": functools.partial(lenet, filters=(32, 64), sizes=(3, 3), padding="VALID", units=64, drops=False),
    "lenet5": lenet5.lenet5,
    "three-conv": three_conv,
    "norm-conv": norm_conv,
    # What is learnt fastest, after tuomaso/train_mnist_fast: 212,682 parameters.
    "small": functools.partial(lenet, filters=(16, 32), sizes=(5, 3), padding="VALID", units=256, drops=False),
}


READER = "reader"  # the network of graph/reader.py, which finds digits on pages and classifies no images


def find_network(name: str) -> Network:
    """The network of that name: a key of NETWORKS, or `module:function` for a network of one's own.

    A name with a colon imports a module, which runs its code. It is taken from recipes alone, which a person gives or
    a run directory holds. So it can't name a file, and sys.path is left as it is: the module must be importable
    already, such as one in the folder in which the command is started.

    Parameters
    ----------
    name : str
        After the colon, attributes of attributes may be named too: `module:Class.method`.

    Raises
    ------
    InputError
        If there is no such network, if the module can't be imported, or if what is named there is missing or can't
        be called as a Network.

    Examples
    --------
    >>> find_network("lenet") is find_network("lenet_tf1.graph.networks:lenet")
    True
    """
    if name in NETWORKS:
        return NETWORKS[name]
    if name == READER:
        raise InputError(
            f"{READER} is the page reader's network, which predict uses: it finds digits on pages, and classifies no "
            "images of 28 x 28 pixels"
        )
    module, _, attribute = name.partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), *attribute.split(".")]):
        near = difflib.get_close_matches(name, NETWORKS) or sorted(NETWORKS)
        raise InputError(
            f"there is no network named {name!r}; did you mean {' or '.join(near)}, or module:function for your own?"
        )
    try:
        network = operator.attrgetter(attribute)(_import(module))
    except AttributeError as error:
        raise InputError(f"there is no network {name}: {error}") from error
    if not callable(network):
        raise InputError(f"{name} is no network: it is of type {type(network).__name__}, not a function")
    try:
        inspect.signature(network).bind(None, classes=10, seed=0)
    except TypeError as error:
        raise InputError(f"{name} can't be called as a network, with (x, *, classes, seed): {error}") from error
    except ValueError:  # compiled functions may have no signature to look at
        pass
    return network


def _import(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as error:  # SystemExit: a script without `if __name__ == "__main__"`
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"the module {module} can't be imported for its network ({reason})") from error
