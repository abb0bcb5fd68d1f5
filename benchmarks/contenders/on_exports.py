"""What runs the files that lenet_tf1 exports, inference alone: ONNX Runtime, OpenVINO and LiteRT."""

import functools
import os
import queue
import threading
from typing import ClassVar

import numpy as np
from contenders.contender import BATCH, THREADS, Contender, count, pixels

ONE_BATCH, TWO_BATCHES = "all threads", "a batch a thread"  # in evaluation


class OnnxRuntime(Contender):
    """ONNX Runtime's processor, in fp32 alone."""

    ways: ClassVar = {"evaluate": (ONE_BATCH, TWO_BATCHES), "predict": tuple(THREADS)}

    def __init__(self, precision, folder, data):
        import onnxruntime

        self.sessions = {}
        for name, threads in THREADS.items():
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            file = str(folder / "lenet.onnx")
            self.sessions[name] = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def evaluate(self, way, split):
        """Count the correct images."""
        session = self.sessions["1 thread" if way == TWO_BATCHES else way]
        at_a_time = os.cpu_count() if way == TWO_BATCHES else 1
        return count(lambda images: session.run(["classes"], {"images": pixels(images)})[0], split, at_a_time)

    def predict(self, way, images):
        """Ten probabilities of each image."""
        return self.sessions[way].run(["probabilities"], {"images": pixels(images)})[0]


class OpenVINO(Contender):
    """OpenVINO with INFERENCE_PRECISION_HINT, compiled for each number of images.

    Evaluation is its queue of asynchronous requests, as many as it thinks best.
    """

    ways: ClassVar = {
        "evaluate": ("THROUGHPUT", "LATENCY"),
        "predict": tuple(f"LATENCY, {threads}" for threads in THREADS),
    }

    def __init__(self, precision, folder, data):
        import openvino

        self.openvino, self.file, self.hint = openvino, folder / "lenet.onnx", {"fp32": "f32"}.get(precision, precision)
        self._compiled = functools.cache(self._compile)
        self._request = functools.cache(lambda *way: self._compiled(*way).create_infer_request())
        self._queue = functools.cache(lambda *way: openvino.AsyncInferQueue(self._compiled(*way)))

    def _compile(self, images, hint, threads):
        core = self.openvino.Core()
        model = core.read_model(self.file)
        model.reshape([images, 28, 28, 1])
        settings = {
            "INFERENCE_PRECISION_HINT": self.hint,
            "PERFORMANCE_HINT": hint,
            "INFERENCE_NUM_THREADS": threads,
        }
        return core.compile_model(model, "CPU", settings)

    def evaluate(self, way, split):
        """Count the correct images."""
        classes = np.empty(len(split), np.int64)
        starts = range(0, len(split), BATCH)
        for size in {min(BATCH, len(split) - start) for start in starts}:
            requests = self._queue(size, way, os.cpu_count())
            requests.set_callback(lambda request, start: _keep(request, classes, start))
            inputs = []  # the queue doesn't keep what it shares
            for start in starts:
                if min(BATCH, len(split) - start) == size:
                    inputs.append(pixels(split.images[start : start + size]))
                    requests.start_async([inputs[-1]], start, share_inputs=True)
            requests.wait_all()
        return int((classes == split.labels).sum())

    def predict(self, way, images):
        """Ten probabilities of each image."""
        hint, threads = way.split(", ")
        request = self._request(len(images), hint, THREADS[threads])
        return request.infer([pixels(images)], share_inputs=True, share_outputs=True)["probabilities"]


class LiteRT(Contender):
    """LiteRT with XNNPACK, which it takes by itself, and an interpreter for each number of images; in fp32 alone."""

    ways: ClassVar = {"evaluate": (ONE_BATCH, TWO_BATCHES), "predict": tuple(THREADS)}

    def __init__(self, precision, folder, data):
        from ai_edge_litert.interpreter import Interpreter

        def opened(images, threads):
            interpreter = Interpreter(str(folder / "lenet.tflite"), num_threads=threads)
            interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], [images, 28, 28, 1])
            interpreter.allocate_tensors()
            return interpreter, *_numbers(interpreter)

        def idle(images, threads):
            interpreters = queue.SimpleQueue()
            for _ in range(os.cpu_count() // threads):  # each can run in one thread at a time
                interpreters.put(opened(images, threads))
            return interpreters

        self._lock, self._idle = threading.Lock(), functools.cache(idle)

    def _run(self, images, threads):
        with self._lock:
            idle = self._idle(len(images), threads)
        run, x, outputs = one = idle.get()
        run.set_tensor(x, pixels(images))
        run.invoke()
        found = [run.get_tensor(i) for i in outputs]
        idle.put(one)
        return found

    def evaluate(self, way, split):
        """Count the correct images."""
        threads, at_a_time = (1, os.cpu_count()) if way == TWO_BATCHES else (os.cpu_count(), 1)
        return count(lambda images: self._run(images, threads)[1], split, at_a_time)

    def predict(self, way, images):
        """Ten probabilities of each image."""
        return self._run(images, THREADS[way])[0]


def _keep(request, classes, start):
    found = request.get_tensor("classes").data
    classes[start : start + len(found)] = found


def _numbers(interpreter):
    # Of the input, and of the probabilities and the classes.
    by_type = {np.dtype(output["dtype"]).kind: output["index"] for output in interpreter.get_output_details()}
    return interpreter.get_input_details()[0]["index"], (by_type["f"], by_type["i"])
