"""One core, two, and several workers, measured and modelled: python benchmarks/scaling.py [PART...] [--rounds 30]

Parts, all unless some are named; what each finds joins scaling.json beside this file, with the machine's load:

steps    milliseconds a training step of LeNet takes one worker on one core, two workers on a core each and one process
         on two cores, in turns; bytes over the loopback interface in each step of two workers
trace    when in a step of two workers the gradients are made, summed and used
ring     milliseconds and processor time that the sum alone takes 2 and 3 workers, by the size of what is summed

benchmarks/scaling_picture.py tells and draws what it comes to.
Processes live through all rounds, and in each round each is asked for some steps while the others wait, so that what
else the machine does is spread over all alike. They are in a network of their own: see docs/cluster.md. Linux alone.
"""

import argparse
import dataclasses
import functools
import json
import multiprocessing
import os
import statistics
import time
from contextlib import nullcontext, suppress
from pathlib import Path

import numpy as np

from lenet_tf1 import cluster
from lenet_tf1.base import console
from lenet_tf1.training.places import Place, free_port

OUT = Path(__file__).with_suffix(".json")
HOST = "127.0.0.1"
STEPS = 10  # of a process in a round
ALONE = ((16, 16), (32, 32), (64, 64), (128, 128), (32, 1024))  # on one core: images computed, images in the batch
SHARED = (64, 128)  # images in the batch of two workers: strong and weak scaling of 64
WHOLE = (64, 128)  # of one process on two cores
SIZES = (2**10, 2**14, 2**18, 2**20, 2**22)  # floats in a ring
TURNS, REPEATS = 7, 5  # of each size, and sums in a turn
TRACES = 7
CONTEXT = multiprocessing.get_context("spawn")


class Peer:
    """A process of its own on some cores, which does what it is asked to."""

    def __init__(self, kind, cores, *arguments):
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=_serve, args=(theirs, kind, cores, arguments), daemon=True)
        self.process.start()

    def ask(self, *what):
        """Begin something; `answer` waits for it."""
        self.pipe.send(what)

    def answer(self):
        """What came of it."""
        return self.pipe.recv()


def _serve(pipe, kind, cores, arguments):
    os.sched_setaffinity(0, cores)  # before TensorFlow counts them
    console.import_tensorflow()
    do = kind(*arguments)
    pipe.send("ready")
    with suppress(EOFError):  # the end
        while True:
            pipe.send(do(*pipe.recv()))
    os._exit(0)  # without waiting for the other workers


def together(peers, *what):
    """Ask all of them, and return what each answers."""
    for peer in peers:
        peer.ask(*what)
    return [peer.answer() for peer in peers]


def _recipe(batch_size):
    from lenet_tf1.base.machine import choose_precision
    from lenet_tf1.recipes import find_recipe

    return dataclasses.replace(find_recipe("lenet"), batch_size=batch_size, precision=choose_precision("auto"))


def _task(recipe):
    from lenet_tf1.training.classification import Classification

    return Classification(recipe, _mnist())


@functools.cache
def _mnist():
    from lenet_tf1.data.datasets import load

    return load("mnist")


def _milliseconds(do, times):
    # That it takes, on the clock, and of this process's processor time.
    start = np.array([time.perf_counter(), time.process_time()])
    for _ in range(times):
        do()
    return 1000 * (np.array([time.perf_counter(), time.process_time()]) - start) / times


def _timed(stepper, batches):
    # Of a step, with the making of its batch.
    return _milliseconds(lambda: stepper.take(*batches[stepper.step % stepper.steps_per_epoch]), STEPS)


def alone(pairs):
    """Steppers of one process, by the images that it computes and those in the batch of which they are a share."""
    from lenet_tf1.graph.share import Share, sharing
    from lenet_tf1.training.stepper import Stepper

    class OfShare(Stepper):
        def take(self, x, y):
            return super().take(x[: self.size], y[: self.size])

    steppers = {}
    for size, batch in pairs:
        with sharing(Share(batch, 0, size)) if size < batch else nullcontext():
            task = _task(_recipe(batch))
            stepper = OfShare(task.recipe, task)
        stepper.size = size
        steppers[size, batch] = stepper, task.batches(0)
    return lambda *pair: _timed(*steppers[pair])


def shared(rank, workers, ports):
    """Steppers of one of several workers, by the images in the batch."""
    from lenet_tf1.training.meeting import Meeting
    from lenet_tf1.training.workers import SharedStepper

    steppers, meetings = {}, []
    for batch, port in ports.items():
        meeting = Meeting(Place(rank, workers, (HOST, port)), wait=120)
        meetings.append(meeting)
        if rank:
            meeting.hear("recipe")
        task = _task(_recipe(batch))
        steppers[batch] = SharedStepper(task.recipe, task, meeting, {"data": "", "versions": {}}), task.batches(0)

    def do(what, batch, _meetings=meetings):
        stepper, batches = steppers[batch]
        if what == "steps":
            return _timed(stepper, batches)
        return _traced(stepper.take(*batches[stepper.step], trace=True).metadata)

    return do


def _traced(metadata):
    # When in a step, in milliseconds from its first operation.
    nodes = {}
    for device in metadata.step_stats.dev_stats:
        for node in device.node_stats:
            nodes[node.node_name] = [node.all_start_micros + node.op_start_rel_micros, node.all_end_rel_micros]
    first = min(start for start, _ in nodes.values())
    begins = {name: (start - first) / 1000 for name, (start, _) in nodes.items()}
    ends = {name: begins[name] + took / 1000 for name, (_, took) in nodes.items()}
    summing = next(name for name in nodes if "CollectiveReduce" in name)
    return {
        "the largest gradient is there": ends["train/gradients/fc6/MatMul_grad/MatMul_1"],
        "the last gradient is there": max(end for name, end in ends.items() if name.startswith("train/gradients/")),
        "the sum begins": begins[summing],
        "the sum ends": ends[summing],
        "all ends": max(ends.values()),
    }


def ring(rank, workers, port):
    """The sum over all workers alone, as a step has it, by its size."""
    import tensorflow.compat.v1 as tf

    from lenet_tf1.training.meeting import Meeting

    meeting = Meeting(Place(rank, workers, (HOST, port)), wait=120)
    sums, config = {}, tf.ConfigProto()
    config.experimental.collective_group_leader = "/job:worker/replica:0/task:0"
    with tf.Graph().as_default() as graph:
        for key, size in enumerate(SIZES, 1):
            values = tf.get_variable(str(size), initializer=np.ones(size, np.float32))
            total = tf.raw_ops.CollectiveReduceV2(
                input=values,
                group_size=workers,
                group_key=1,
                instance_key=key,
                ordering_token=[],
                merge_op="Add",
                final_op="Id",
                communication_hint="ring",
            )
            sums[size] = total.op
        begin = tf.global_variables_initializer()
    spec = tf.train.ClusterSpec({"worker": meeting.addresses})
    server = tf.train.Server(spec, job_name="worker", task_index=rank, config=config)
    session = tf.Session(server.target, graph=graph, config=config)
    session.run(begin)

    def do(size, _meeting=meeting):
        return _milliseconds(lambda: session.run(sums[size]), REPEATS)

    return do


def measure_steps(rounds):
    """All kinds of processes in turns: milliseconds a step in each round, and bytes that each of two workers sends."""
    one, two = _cores()
    ports = {batch: free_port(HOST) for batch in SHARED}
    pair = [Peer(shared, {core}, rank, 2, ports) for rank, core in enumerate((one, two))]
    single, process = Peer(alone, {one}, ALONE), Peer(alone, {one, two}, [(size, size) for size in WHOLE])
    asked = {f"one core, {size} of {batch}": ([single], size, batch) for size, batch in ALONE}
    asked |= {f"two cores, {size} of {size}": ([process], size, size) for size in WHOLE}
    asked |= {f"two workers, {batch}": (pair, "steps", batch) for batch in SHARED}
    for peer in (*pair, single, process):
        peer.answer()
    found, processor = ({name: [] for name in asked} for _ in range(2))
    wire = {batch: [] for batch in SHARED}
    for turn in range(rounds + 1):
        for name, (peers, *what) in asked.items():
            before = _bytes()
            took = together(peers, *what)
            if turn:  # in the first one TensorFlow chooses kernels
                found[name].append(round(took[0][0], 3))
                processor[name].append(round(sum(each[1] for each in took), 3))
                if peers is pair:
                    wire[what[1]].append(round((_bytes() - before) / STEPS / len(pair)))
    return {"milliseconds": found, "processor milliseconds": processor, "bytes": wire}


def measure_trace():
    """When in a step the chief of two does what, in milliseconds: medians over some steps."""
    ports = {64: free_port(HOST)}
    pair = [Peer(shared, {core}, rank, 2, ports) for rank, core in enumerate(_cores())]
    for peer in pair:
        peer.answer()
    together(pair, "steps", 64)
    traces = [together(pair, "trace", 64)[0] for _ in range(TRACES)]
    return {moment: round(statistics.median(trace[moment] for trace in traces), 2) for moment in traces[0]}


def measure_ring():
    """Milliseconds of a sum, and processor time of each worker in it, by how many add how many floats."""
    found, cores = {}, _cores()
    for workers in (2, 3):
        port = free_port(HOST)
        peers = [Peer(ring, {cores[rank % 2]}, rank, workers, port) for rank in range(workers)]
        for peer in peers:
            peer.answer()
        times = {size: [] for size in SIZES}
        for turn in range(TURNS + 1):
            for size in SIZES:
                took = together(peers, size)
                if turn:
                    times[size].append([round(took[0][0], 3), round(np.mean([each[1] for each in took]), 3)])
        found[workers] = times
        for peer in peers:
            peer.process.kill()
    return found


def _cores():
    return sorted(os.sched_getaffinity(0))[:2]


def _bytes():
    # What went over the loopback interface of this network so far.
    line = next(line for line in Path("/proc/self/net/dev").read_text().splitlines() if line.strip().startswith("lo:"))
    return int(line.split(":")[1].split()[0])


PARTS = {"steps": measure_steps, "trace": measure_trace, "ring": measure_ring}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all, if none")
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    cluster.keep_to_loopback()
    found = json.loads(OUT.read_text()) if OUT.exists() else {}
    for part in args.parts or PARTS:
        load = os.getloadavg()[0]
        found[part] = PARTS[part](*([args.rounds] if part == "steps" else []))
        found.setdefault("load", {})[part] = [load, os.getloadavg()[0]]
        OUT.write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
