"""The session every command opens, and the facts that its bits and its speed depend on."""

import os
import platform

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1 import __version__


def open_session(graph):
    """A Session on the graph; on a GPU it takes memory as it needs it instead of all at once."""
    config = tf.ConfigProto()
    config.gpu_options.allow_growth = True
    return tf.Session(graph=graph, config=config)


def versions():
    """Versions of what computes."""
    return {
        "lenet_tf1": __version__,
        "tensorflow": tf.version.VERSION,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


# Variables of the environment with which TensorFlow computes in other ways, or in other orders.
_SWITCHES = ("TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "TF_XLA_FLAGS")


def facts():
    """The processor, how many of its cores this process may use, and what the environment tells TensorFlow."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    switches = {name: os.environ[name] for name in _SWITCHES if name in os.environ}
    return {"processor": _processor(), "cores": cores, "environment": switches}


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
