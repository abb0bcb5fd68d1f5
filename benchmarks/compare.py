"""The same LeNet in lenet_tf1 and in what people would take instead, side by side: python benchmarks/compare.py

Every contender runs in a process of its own. They take turns, round by round, so that a loud minute
of the machine hits all of them; what counts is the median over the rounds, and its ratio to ours.
What is not installed is left out by name: `pip install torch jax onnxruntime openvino ai-edge-litert tf2onnx` for all.

All begin with the weights of the network that ships, and their probabilities of 104 test images are compared with
ours before anything is measured. Where a library has several settings that people recommend, such as torch.compile,
XLA, its number of threads or OpenVINO's hints, each contender's process tries them on each task in round 0, and takes
the fastest for the rounds that count: `tried` and `chosen` say what came of it.

Training is one network (1,256,080 parameters, dropout 0.5, Adam), in steps that end with the loss and
the count of correct images on the host. Evaluation is 10,000 images in batches of 256 from uint8
pixels to a count of correct ones; one image, and eight at once, are from uint8 pixels to ten probabilities of each.
"""

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from libraries import MODULES, Process, versions

FP32_ALONE = ("onnxruntime", "litert")
TASKS = {
    "train 64": {"kind": "train", "images": 64},
    "train 256": {"kind": "train", "images": 256},
    "evaluate": {"kind": "evaluate"},
    "one image": {"kind": "predict", "images": 1},
    "eight images": {"kind": "predict", "images": 8},
}
MOST_DIFFERENCE = {"fp32": 1e-4, "bf16": 0.05}  # of a probability from ours in fp32
# Multiply-adds of one image: conv2, conv4, fc6, fc7. A training step does them forwards, for the weights'
# gradients, and, but for conv2, for the inputs' gradients.
MULTIPLY_ADDS = np.array([28 * 28 * 20 * 25, 14 * 14 * 50 * 500, 2450 * 500, 5000])
TRAINING_FLOPS = 2 * (3 * MULTIPLY_ADDS.sum() - MULTIPLY_ADDS[0])
FLOPS = {"train 64": TRAINING_FLOPS, "train 256": TRAINING_FLOPS, "evaluate": 2 * MULTIPLY_ADDS.sum()}


class Contender(Process):
    """A contender in one precision, with the kinds of tasks that it can do."""

    def __init__(self, name, precision, folder):
        self.precision, self.label = precision, f"{name} {precision}"
        super().__init__(folder / f"{self.label}.log", "contenders", name, precision, folder)
        self.kinds = self.about["kinds"]


def write_network(folder):
    """The network that ships, as the contenders take it: its weights, and the files that others run."""
    from lenet_tf1.base import console

    console.import_tensorflow()
    from lenet_tf1.convert.exporting import export
    from lenet_tf1.inference.frozen import read_weights
    from lenet_tf1.runs.finding import find
    from lenet_tf1.runs.shipped import SHIPPED

    np.savez(folder / "weights.npz", **read_weights(find(SHIPPED)))
    for form in ("onnx", "tflite"):
        export(SHIPPED, form, folder / f"lenet.{form}")


def ceilings():
    """This machine's own limits: GFLOP/s of a large matrix product in each precision, GB/s of a large copy."""
    import tensorflow.compat.v1 as tf

    found = {}
    size = 4096
    for name, dtype in [("fp32", tf.float32), ("bf16", tf.bfloat16)]:
        with tf.Graph().as_default(), tf.Session() as session:
            a = tf.get_variable("a", [size, size], dtype, tf.ones_initializer(), use_resource=True)
            session.run(a.initializer)
            product = tf.reduce_max(tf.matmul(a, a))
            found[f"{name}_gflops"] = 2 * size**3 / _fastest(lambda run=session.run, p=product: run(p)) / 1e9
    source = np.ones(1 << 26)
    target = np.empty_like(source)
    found["copy_gigabytes_per_second"] = 2 * source.nbytes / _fastest(lambda: np.copyto(target, source)) / 1e9
    return found


def _fastest(function):
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def compare(rounds, folder):
    """Run all contenders; returns what is measured, as JSON's types."""
    write_network(folder)
    from lenet_tf1.base.machine import choose_precision, provenance

    installed = versions(MODULES)
    precisions = ["fp32"] if choose_precision("auto") == "fp32" else ["bf16", "fp32"]
    pairs = [(n, p) for p in precisions for n in installed if p == "fp32" or n not in FP32_ALONE]
    processes = [Contender(name, precision, folder) for name, precision in pairs]
    differences = check(processes)
    ours = provenance()
    return {
        "rounds": rounds,
        "left_out": [name for name in MODULES if name not in installed],
        "differences": differences,
        **take_turns(processes, rounds),
        "ceilings": ceilings(),
        "versions": installed | ours["versions"],
        "machine": ours["machine"],
    }


def check(processes):
    """How far each one's probabilities are from ours in fp32, at most; raises SystemExit if it is another network's."""
    answers = {process.label: process.ask({"kind": "check"}) for process in processes}
    (ours,) = answers["lenet_tf1 fp32"].values()
    differences = {}
    for process in processes:
        found = [np.abs(np.array(way) - ours).max() for way in answers[process.label].values()]
        differences[process.label] = float(max(found))
        if not max(found) < MOST_DIFFERENCE[process.precision]:
            raise SystemExit(f"{process.label} computes something else: its probabilities differ by {max(found):.2g}")
    return differences


def take_turns(processes, rounds):
    """Every task of every process, round by round.

    Returns images a second by task and label, peak memory by label; and by task and label which settings were tried, at
    how many images a second, and which was chosen.
    """
    speeds, tried, chosen, peaks = {t: {} for t in TASKS}, {t: {} for t in TASKS}, {t: {} for t in TASKS}, {}
    for turn in range(rounds + 1):  # in the first one, what is compiled is compiled, and settings are chosen
        for (name, content), process in itertools.product(TASKS.items(), processes):
            if content["kind"] not in process.kinds:
                continue
            answer = process.ask(content | {"name": name, "round": turn})
            if turn == 0:
                tried[name][process.label], chosen[name][process.label] = answer["tried"], answer["chosen"]
                continue
            speeds[name].setdefault(process.label, []).append(answer["per_second"])
            peaks[process.label] = answer["peak_megabytes"]
        print(f"round {turn} of {rounds}", file=sys.stderr)
    return {"per_second": speeds, "tried": tried, "chosen": chosen, "peak_megabytes": peaks}


def table(result):
    """Medians of images/s and the peak memory; then the ratios of ours to each peer's.

    A ratio is the median over the rounds, with half the distance between its quartiles; the second block has
    that of the best rounds, which a machine with other work spoils least.
    """
    lines = [f"{'':22}" + "".join(f"{task:>14}" for task in TASKS) + "   MB"]
    for label, peak in result["peak_megabytes"].items():
        cells = []
        for task in TASKS:
            speeds = result["per_second"][task].get(label)
            cells.append(f"{statistics.median(speeds):14,.0f}" if speeds else f"{'-':>14}")
        lines.append(f"{label:22}" + "".join(cells) + (f"{peak:6,.0f}" if peak else f"{'-':>6}"))
    for title, ratio in (("ours", _median_ratio), ("best", lambda ours, theirs: f"{max(ours) / max(theirs):.2f}")):
        lines.append("")
        for peer in result["peak_megabytes"]:
            if peer.startswith("lenet_tf1"):
                continue
            cells = []
            for task in TASKS:
                speeds = result["per_second"][task]
                cell = ratio(speeds[f"lenet_tf1 {peer.split()[1]}"], speeds[peer]) if peer in speeds else "-"
                cells.append(f"{cell:>14}")
            lines.append(f"{f'{title} / {peer}':22}" + "".join(cells))
    lines.append("")
    for precision in ("bf16", "fp32"):
        for task, flops in FLOPS.items():
            if speeds := result["per_second"][task].get(f"lenet_tf1 {precision}"):
                share = statistics.median(speeds) * flops / result["ceilings"][f"{precision}_gflops"] / 1e9
                lines.append(f"lenet_tf1 {precision}, {task}: {share:.0%} of this machine's {precision} matrix product")
    return "\n".join(lines)


def _median_ratio(ours, theirs):
    low, middle, high = np.percentile(np.array(ours) / np.array(theirs), [25, 50, 75])
    return f"{middle:.2f} ±{(high - low) / 2:.2f}"


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = compare(args.rounds, Path(folder))
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))


if __name__ == "__main__":
    main()
