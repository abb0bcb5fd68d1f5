"""What scaling.json comes to, told, and drawn as docs/scaling.png:

    python benchmarks/scaling_picture.py

A model of the step of N workers is made of the processor time that one worker's steps and the sums of two workers took,
which others on the machine change little: it is what a step takes where each worker has a core and nobody waits. It is
told beside what the steps of two and the sums of three took, and goes on to 64. Networks other than the loopback
interface are assumed, not measured: each message takes so much longer, and each byte.
"""

import json
import statistics
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scaling import ALONE

from lenet_tf1.figures import style

HERE = Path(__file__).parent
SENT = 4 * 1_256_080  # bytes of the gradients
WORKERS = (1, 2, 4, 8, 16, 32, 64)


class Wire(NamedTuple):
    """A network between workers: what a message takes in it, in milliseconds, and a byte."""

    name: str
    latency: float = 0.0
    per_byte: float = 0.0


LOOPBACK = Wire("loopback, as measured")
WIRES = (LOOPBACK, Wire("10 Gbit/s, 0.05 ms", 0.05, 8e-7), Wire("1 Gbit/s, 0.1 ms", 0.1, 8e-6))


class Model(NamedTuple):
    """The milliseconds of a step of N workers on a batch of B images:

    fixed + image * B / N + whole * B + 2 (N - 1) (latency + SENT / N * per_byte)

    that is what every worker has, what its own images take it, what it does for the whole batch, and the ring.
    """

    fixed: float
    image: float
    whole: float
    latency: float
    per_byte: float

    @classmethod
    def of(cls, found):
        """That of scaling.json: by the steps of one core, and the sums of two workers."""
        medians = _medians(found["steps"]["processor milliseconds"])
        images, took = np.array([(size, medians[f"one core, {size} of {batch}"]) for size, batch in ALONE[:-1]]).T
        slope, fixed = np.polyfit(images, took, 1, w=1 / took)
        size, batch = ALONE[-1]
        whole = max((medians[f"one core, {size} of {batch}"] - fixed - slope * size) / (batch - size), 0.0)
        sums = found["ring"]["2"].items()
        floats, summing = np.array([(int(size), np.median(took, axis=0)[1]) for size, took in sums]).T
        # Two hops, in each of which half of the bytes go; errors count by their share.
        terms = np.stack([np.full(len(floats), 2.0), 4 * floats], axis=1) / summing[:, None]
        (latency, per_byte), *_ = np.linalg.lstsq(terms, np.ones(len(floats)), rcond=None)
        return cls(fixed, slope - whole, whole, latency, per_byte)

    def ring(self, workers, size=SENT, wire=LOOPBACK):
        """Milliseconds of a sum of so many bytes."""
        hops = 2 * (workers - 1)
        return hops * (self.latency + wire.latency) + hops / workers * size * (self.per_byte + wire.per_byte)

    def step(self, workers, batch, wire=LOOPBACK):
        """Milliseconds of a step."""
        return self.fixed + self.image * batch / workers + self.whole * batch + self.ring(workers, wire=wire)


def _medians(times):
    return {name: statistics.median(values) for name, values in times.items()}


def _clock(steps):
    return {name: np.array(times) for name, times in steps["milliseconds"].items()}


def _cores_time(steps):
    # Milliseconds of each core that a step has for itself.
    times = {name: np.array(times) for name, times in steps["processor milliseconds"].items()}
    return {name: values / (1 if name.startswith("one core") else 2) for name, values in times.items()}


def _spread(values):
    low, middle, high = np.percentile(values, [25, 50, 75])
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def tell(found, model):
    """Print the numbers, medians with their quartiles."""
    steps = found["steps"]
    print(f"{'milliseconds a step':24}{'on the clock':>24}{'of processors':>24}")
    for name, times in steps["milliseconds"].items():
        print(f"{name:24}{_spread(times):>24}{_spread(steps['processor milliseconds'][name]):>24}")
    for title, times in (("clock", _clock(steps)), ("processors", _cores_time(steps))):
        print(f"times as many images a second, by the {title}, n = {len(times['two workers, 64'])}:")
        for what, over, under, factor in (
            ("strong: 64 images, two workers against one", "one core, 64 of 64", "two workers, 64", 1),
            ("weak: 64 images each", "one core, 64 of 64", "two workers, 128", 2),
            ("64 images: two workers against two threads", "two cores, 64 of 64", "two workers, 64", 1),
            ("128 images: two workers against two threads", "two cores, 128 of 128", "two workers, 128", 1),
        ):
            low, middle, high = np.percentile(factor * times[over] / times[under], [25, 50, 75])
            print(f"  {what}: {middle:.2f} ({low:.2f} to {high:.2f})")
    print("bytes sent by a worker in a step:", _medians(steps["bytes"]))
    print("in a step, milliseconds:", found["trace"])
    print("model:", {name: float(f"{value:.3g}") for name, value in model._asdict().items()})
    for batch in (64, 128):
        measured = statistics.median(steps["processor milliseconds"][f"two workers, {batch}"]) / 2
        print(f"two workers, {batch}: predicted {model.step(2, batch):.1f}, measured {measured:.1f} ms of a processor")
    for workers, sums in found["ring"].items():
        for floats, took in sums.items():
            clock, measured = np.median(took, axis=0)
            told = (
                f"predicted {model.ring(int(workers), 4 * int(floats)):.2f}, measured {measured:.2f} ms of a processor"
            )
            print(f"sum of {int(floats):,} by {workers}: {told}, {clock:.2f} on the clock")
    for title, batch in (("64 images each", 64), ("512 images together", None)):
        for wire in WIRES:
            faster = [_faster(model, workers, batch, wire) for workers in WORKERS]
            print(f"{title}, {wire.name}: " + ", ".join(f"{n}: {f:.1f}" for n, f in zip(WORKERS, faster, strict=True)))
    print("load of the machine:", found["load"])


def _faster(model, workers, each, wire):
    # How many times as many images a second as one worker; without `each`, of a batch of 512.
    batch = workers * each if each else 512
    return batch / model.step(workers, batch, wire) * model.step(1, each or 512) / (each or 512)


def draw(found, model):
    """The figure of all of it."""
    figure = style.new_figure(6.4)
    speed, rings, parts, prediction = figure.subplots(2, 2).flat
    _draw_speed(speed, _cores_time(found["steps"]))
    _draw_rings(rings, found["ring"], model)
    _draw_prediction(prediction, model)
    _draw_parts(parts, model)
    for axes in (speed, rings, parts, prediction):
        style.open_frame(axes)
        axes.title.set_fontsize(9.5)
        axes.tick_params(labelsize=8)
        axes.xaxis.label.set_fontsize(8.5)
        axes.yaxis.label.set_fontsize(8.5)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=7.5, frameon=False)
    return figure


def _draw_speed(axes, times):
    kinds = {"one worker, one core": "one core, {0} of {0}", "two workers, a core each": "two workers, {0}"}
    kinds["one process, two cores"] = "two cores, {0} of {0}"
    for place, (label, name) in enumerate(kinds.items()):
        rates = [np.percentile(1000 * size / times[name.format(size)], [25, 50, 75]) for size in (64, 128)]
        low, middle, high = np.array(rates).T
        where = np.arange(2) + 0.27 * (place - 1)
        axes.bar(
            where,
            middle,
            0.25,
            yerr=[middle - low, high - middle],
            color=style.COLORS[place],
            label=label,
            error_kw={"elinewidth": 1, "ecolor": "#404040"},
        )
    axes.set_xticks(range(2), ["64 images a step", "128 images a step"])
    axes.set_ylabel("images a second of the cores' time")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.35)
    axes.set_title("Training, by the processors' time")


def _draw_rings(axes, rings, model):
    for color, (workers, times) in zip(style.COLORS, rings.items(), strict=False):
        megabytes = np.array([4e-6 * int(size) for size in times])
        spread = np.array([np.percentile(values, [25, 50, 75], axis=0)[:, 1] for values in times.values()]).T
        errors = [spread[1] - spread[0], spread[2] - spread[1]]
        axes.errorbar(megabytes, spread[1], errors, fmt="o", ms=4, color=color, label=f"{workers} workers, measured")
        how = "fitted" if workers == "2" else "predicted"
        between = np.geomspace(megabytes[0], megabytes[-1], 50)
        line = model.ring(int(workers), 1e6 * between)
        axes.plot(between, line, color=color, linewidth=1, label=f"{workers} workers, {how}")
    axes.axvline(SENT / 1e6, color=style.GREY, linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_yticks([2, 5, 10, 20, 50])
    axes.yaxis.set_minor_formatter("")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.set_xlabel("MB summed (dotted: lenet's gradients)")
    axes.set_ylabel("milliseconds of each one's processor")
    axes.set_title("A sum over the loopback interface")


def _draw_prediction(axes, model):
    axes.plot(WORKERS, WORKERS, color=style.GREY, linewidth=0.8, linestyle="--", label="as many times as workers")
    for color, wire in zip(style.COLORS, WIRES, strict=False):
        axes.plot(WORKERS, [_faster(model, n, 64, wire) for n in WORKERS], color=color, label=f"64 each, {wire.name}")
    together = [_faster(model, n, None, WIRES[1]) for n in WORKERS]
    axes.plot(WORKERS, together, ":", color=style.COLORS[1], label="512 together, 10 Gbit/s")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.set_xlabel("workers, a core each")
    axes.set_ylabel("times as many images a second")
    axes.set_title("Speed, predicted")


def _draw_parts(axes, model):
    parts = {
        "its own 64 images": [model.image * 64] * len(WORKERS),
        "what each has to do anyway": [model.fixed] * len(WORKERS),
        "for the images of all": [model.whole * 64 * workers for workers in WORKERS],
        "the sum, over loopback": [model.ring(workers) for workers in WORKERS],
    }
    below, places = np.zeros(len(WORKERS)), np.arange(len(WORKERS))
    for color, (label, heights) in zip(style.COLORS, parts.items(), strict=False):
        axes.bar(places, heights, 0.7, below, color=color, label=label)
        below += heights
    axes.set_xticks(places, WORKERS)
    axes.set_xlabel("workers, 64 images each")
    axes.set_ylabel("milliseconds a step")
    axes.set_title("What a step is made of, predicted")


def main():
    """Tell and draw."""
    found = json.loads((HERE / "scaling.json").read_text())
    model = Model.of(found)
    tell(found, model)
    style.save(draw(found, model), HERE.parent / "docs" / "scaling.png")


if __name__ == "__main__":
    main()
