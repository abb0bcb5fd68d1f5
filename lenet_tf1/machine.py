"""The session every command opens, and the facts that its bits and its speed depend on."""

import os
import platform

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import rewriter_config_pb2

from lenet_tf1 import __version__
from lenet_tf1.errors import InputError


def choose_precision(wanted):
    """What `wanted` of "auto", "fp32" and "bf16" is on this machine. Raises InputError for a bf16 it doesn't have.

    Bfloat16 has float32's range and 8 bits of precision. Processors with AVX512_BF16 or AMX multiply it
    faster than float32; others would emulate it.
    """
    has_bf16 = not {"avx512_bf16", "amx_bf16"}.isdisjoint(_cpuinfo("flags").split())
    if wanted == "auto":
        return "bf16" if has_bf16 else "fp32"
    if wanted == "bf16" and not has_bf16:
        raise InputError("this processor has neither AVX512_BF16 nor AMX; use --precision fp32, or auto")
    return wanted


def open_session(graph, precision):
    """A Session on the graph, which computes convolutions and matrix products in "fp32" or "bf16".

    Variables, the loss and Adam are float32 in both. Of GPUs it takes the first alone, and memory as it
    needs it instead of all at once, as document 004 does.
    """
    config = tf.ConfigProto()
    config.gpu_options.allow_growth = True
    config.gpu_options.visible_device_list = "0"
    if precision == "bf16":
        config.graph_options.rewrite_options.auto_mixed_precision_onednn_bfloat16 = (
            rewriter_config_pb2.RewriterConfig.ON
        )
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
    processor = _cpuinfo("model name") or platform.processor() or platform.machine()
    return {"processor": processor, "cores": cores, "environment": switches}


def _cpuinfo(key):
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "")
    except OSError:  # not Linux
        return ""
