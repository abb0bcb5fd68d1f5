"""The session that every command opens, and the provenance of what it computes."""

import os
import platform
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import cv2
import numpy as np
import PIL
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import config_pb2, rewriter_config_pb2

from lenet_tf1 import __version__
from lenet_tf1.base import processor
from lenet_tf1.base.errors import InputError

# Variables of the environment, or what they begin with, by which TensorFlow computes in other ways or orders.
_SWITCHES = (
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_XLA_FLAGS",
    "TF_ONEDNN_",
    "TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_",
    "ONEDNN_MAX_CPU_ISA",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "DNNL_MAX_CPU_ISA",
    "DNNL_DEFAULT_FPMATH_MODE",
    "NVIDIA_TF32_OVERRIDE",
    "TF_CUDNN_",
    "TF_DETERMINISTIC_OPS",
)


def choose_precision(wanted: str) -> str:
    """What `wanted`, one of "auto", "fp32" and "bf16", is on this machine: "fp32" or "bf16".

    Bfloat16 has float32's range and 8 bits of precision. Processors with AVX512_BF16 or AMX multiply it
    faster than float32; others would emulate it. On a GPU it is fp32, which TensorFlow multiplies as tf32 where the
    GPU has it.

    Raises
    ------
    InputError
        For a bf16 that isn't there.
    """
    if wanted == "auto":
        return "bf16" if has_bf16() else "fp32"
    if wanted == "bf16" and not has_bf16():
        raise InputError(processor.NO_BF16)
    return wanted


_process: int | None = None  # which has computed with TensorFlow
_OWN_THREADS = "TF_OVERRIDE_GLOBAL_THREADPOOL"  # by which each session has threads for its operations to share
_opening = threading.Lock()


def was_forked() -> bool:
    """Whether this process was forked from one that has computed with TensorFlow."""
    return _process not in (None, os.getpid())


def refuse_fork() -> None:
    """Raise RuntimeError if this process `was_forked`: TensorFlow's threads aren't there, and it would hang."""
    global _process
    if was_forked():
        raise RuntimeError(
            "TensorFlow doesn't survive a fork: start this process with multiprocessing's spawn or forkserver"
        )
    _process = os.getpid()


def has_bf16() -> bool:
    """Whether sessions multiply bfloat16 here: the processor has it, and no GPU does the work."""
    return processor.multiplies_bf16() and not has_gpu()


def has_gpu() -> bool:
    """Whether a GPU does the work."""
    return _gpu() is not None


class _ThreadedSession(tf.Session):
    # Has threads of its own, which aren't there in a forked process, where ending them would hang.

    def close(self) -> None:
        if not was_forked():
            super().close()

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        # At the end of Python this module's own names may be gone, and there is nothing left to free.
        if not ending() and not was_forked():
            super().__del__()


_Threaded = TypeVar("_Threaded", bound=_ThreadedSession)


class OneCoreSession(_ThreadedSession):
    """A session in which each operation has one core: it is for as many runs at a time as there are cores."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._runners: dict[tuple[tuple[str, ...], tuple[str, ...]], Callable[..., list[np.ndarray]]] = {}
        super().__init__(*arguments, **options)

    def close(self) -> None:
        """Close it, and what its runners hold."""
        if not was_forked():
            self._runners.clear()
        super().close()

    def runner(self, inputs: Sequence[tf.Tensor], outputs: Sequence[tf.Tensor]) -> Callable[..., list[np.ndarray]]:
        """A function from the inputs' values to those of the outputs, in the thread that calls it.

        It does without most of what `run` does around a run. To make it takes as long as to classify a thousand images:
        it is made once for the same tensors.
        """
        key = tuple(x.name for x in inputs), tuple(y.name for y in outputs)
        if key not in self._runners:
            self._runners[key] = self._runner(inputs, outputs)
        return self._runners[key]

    def _runner(self, inputs: Sequence[tf.Tensor], outputs: Sequence[tf.Tensor]) -> Callable[..., list[np.ndarray]]:
        # What Session.make_callable promises is delivered by a private method alone; a TensorFlow without it runs as
        # everybody's does.
        make = getattr(self, "_make_callable_from_options", None)
        if make is None:
            return lambda *values: self.run(list(outputs), dict(zip(inputs, values, strict=True)))
        options = config_pb2.CallableOptions(feed=[x.name for x in inputs], fetch=[y.name for y in outputs])
        options.run_options.inter_op_thread_pool = -1  # the calling thread
        return make(options)


def open_session(graph: tf.Graph, precision: str) -> tf.Session:
    """A Session on the graph, as `configure` has it. Raises RuntimeError as `refuse_fork` does."""
    refuse_fork()
    return tf.Session(graph=graph, config=configure(precision))


def open_on_one_core(graph: tf.Graph, precision: str, kind: str) -> OneCoreSession:
    """As `open_frozen`, with one core for each operation.

    On a single image it takes less time than handing a part of it to another thread; of several batches, none waits for
    the slowest thread.
    """
    config = configure(precision)
    config.intra_op_parallelism_threads = 1
    return _opened(OneCoreSession, graph, config, kind)


def open_frozen(graph: tf.Graph, precision: str, kind: str) -> tf.Session:
    """A Session on a frozen network's graph, which is asked for inputs of many shapes, as `configure` has it otherwise.

    Its operations run in one thread, which all networks of a `kind` share, each with as many cores as it can use.
    oneDNN's compiled operations are kept for each shape, 1,024 of them a thread: with two threads, 400 shapes of
    pictures took 340 MB, with one they take 180. Raises RuntimeError as `refuse_fork` does.
    """
    return _opened(_ThreadedSession, graph, configure(precision), kind)


def _opened(which: type[_Threaded], graph: tf.Graph, config: tf.ConfigProto, kind: str) -> _Threaded:
    refuse_fork()
    # One with a name is never ended: ending a session's own would hang in a forked process, where it isn't there.
    config.session_inter_op_thread_pool.add(num_threads=1, global_name=f"lenet_tf1 {kind}")
    # TensorFlow looks at this when the process opens its first session. If that was another one, all share its threads.
    with _opening:
        asked = _OWN_THREADS in os.environ
        os.environ.setdefault(_OWN_THREADS, "1")
        try:
            return which(graph=graph, config=config)
        finally:
            if not asked:
                del os.environ[_OWN_THREADS]


def configure(precision: str) -> tf.ConfigProto:
    """The settings of a session that computes convolutions and matrix products in "fp32" or "bf16".

    Variables, the loss and Adam are float32 in both. Of GPUs it takes the first alone, and memory as it
    needs it instead of all at once, as document 004 does.
    """
    config = tf.ConfigProto()
    config.gpu_options.allow_growth = True
    config.gpu_options.visible_device_list = "0"
    if threads := processor.limit():  # which TensorFlow doesn't know: it would start one for every core
        config.intra_op_parallelism_threads = config.inter_op_parallelism_threads = threads
    if precision == "bf16":
        config.graph_options.rewrite_options.auto_mixed_precision_onednn_bfloat16 = (
            rewriter_config_pb2.RewriterConfig.ON
        )
    return config


def provenance() -> dict[str, dict[str, Any]]:
    """What a result's bits and its time depend on, besides the recipe and the data, as JSON's types.

    Returns
    -------
    dict
        `versions` of this package, Python and the libraries that compute, and `machine`: the processor, how many of
        its cores this process may use, the first GPU or None, and what the environment tells TensorFlow.
    """
    return {
        "versions": {
            "lenet_tf1": __version__,
            "tensorflow": tf.version.VERSION,
            "numpy": np.__version__,
            "opencv": cv2.__version__,  # which draws strokes, and with Pillow reads pictures
            "pillow": PIL.__version__,
            "python": platform.python_version(),
        },
        "machine": {
            "processor": processor.name(),
            "cores": processor.cores(),
            "gpu": _gpu(),
            "environment": {name: value for name, value in sorted(os.environ.items()) if name.startswith(_SWITCHES)},
        },
    }


def _gpu() -> str | None:
    devices = tf.config.list_physical_devices("GPU")
    return tf.config.experimental.get_device_details(devices[0]).get("device_name", "a GPU") if devices else None
