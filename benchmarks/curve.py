"""Seconds of training against accuracy on the test set, ours and the peers': python benchmarks/curve.py

Seed by seed in turn, each in the process of its library: see racers.py. Validation has chosen our recipes' settings,
and each is trained to its end; the test set is read once, then. Results join curve.json as they come: a run that was
stopped goes on. docs/pictures.py draws them.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from libraries import Process, versions

from lenet_tf1.base import console

# label: library, what it is called there, seeds
RACERS = {
    "speedrun": ("lenet_tf1", "speedrun", 10),
    "sprint": ("lenet_tf1", "sprint", 10),
    "lap": ("lenet_tf1", "lap", 10),
    "mile": ("lenet_tf1", "mile", 10),
    "marathon": ("lenet_tf1", "marathon", 10),
    "train_mnist_fast": ("pytorch", "1", 10),
    "train_mnist_fast, 2 epochs": ("pytorch", "2", 10),
    "lenet": ("lenet_tf1", "lenet", 2),
    "best": ("lenet_tf1", "best", 1),
    "Keras's example": ("keras", "example", 2),
    "PyTorch's example": ("pytorch", "example", 1),
}
LIBRARIES = dict.fromkeys(library for library, *_ in RACERS.values())


def race(result, out, logs):
    """Run what `result` lacks, and keep each answer at once."""
    processes = {
        name: Process(logs / f"{name}.log", "racers", name, result["precision"]) for name in versions(LIBRARIES)
    }
    for seed in range(max(seeds for *_, seeds in RACERS.values())):
        for label, (library, name, seeds) in RACERS.items():
            runs = result["runs"].setdefault(label, [])
            if library in processes and len(runs) == seed < seeds:
                runs.append({"seed": seed} | processes[library].ask({"name": name, "seed": seed}))
                out.write_text(json.dumps(result, indent=1) + "\n")
                print(f"{label}, seed {seed}: {runs[-1]}", file=sys.stderr)


def table(result):
    """Each racer's median seconds and mean accuracies."""
    lines = [f"{'':28}{'n':>3}{'seconds':>18}{'validation':>12}{'test':>18}"]
    for label, runs in result["runs"].items():
        if not runs:
            lines.append(f"{label:28}{'-':>3}")
            continue
        low, middle, high = np.percentile([run["seconds"] for run in runs], [25, 50, 75])
        validation = [run["validation"] for run in runs if "validation" in run]
        shown = f"{np.mean(validation):.2%}" if validation else "-"
        lines.append(
            f"{label:28}{len(runs):3}{f'{middle:.2f} ± {(high - low) / 2:.2f}':>18}{shown:>12}{_mean(runs):>18}"
        )
    return "\n".join(lines)


def _mean(runs):
    accuracies = [100 * run["accuracy"] for run in runs]
    spread = f" ± {np.std(accuracies, ddof=1):.2f}" if len(runs) > 1 else ""
    return f"{np.mean(accuracies):.2f}{spread} %"


def begin():
    """What the results say of where they come from, before there are any."""
    console.import_tensorflow()  # here: no peer's process gets TensorFlow
    from lenet_tf1.base.machine import choose_precision, provenance

    ours = provenance()
    about = {"versions": versions(LIBRARIES) | ours["versions"], "machine": ours["machine"]}
    return about | {"precision": choose_precision("auto"), "runs": {}}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    args = parser.parse_args()
    result = json.loads(args.out.read_text()) if args.out.exists() else begin()
    with tempfile.TemporaryDirectory() as logs:
        race(result, args.out, Path(logs))
    print(table(result))


if __name__ == "__main__":
    main()
