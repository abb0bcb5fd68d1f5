"""Where a larger batch stops helping: python benchmarks/batch_sizes.py [--seeds 1] [--sizes 64,128] [--epochs 10]

LeNet with the recipe lenet's dropout in batches of 64 to 4,096, by one process: after how many epochs and steps its
accuracy on validation is 99.3 %, where it ends, or what it is after all epochs. Several workers with that batch
together compute the same. The rate rises over the first quarter of the steps and falls to 0 (one-cycle); at its highest
it is lenet's 0.002 by the root of the batch over 64, as Adam's squares want it (Malladi et al., "On the SDEs and
scaling rules for adaptive gradient algorithms", NeurIPS 2022), and at most `--cap`. The test set isn't read. Each
training joins batch_sizes.json beside this file when it is done; those that are there aren't repeated. At the end
docs/batch_sizes.png is drawn.
"""

import argparse
import dataclasses
import json
import statistics
import time
from pathlib import Path

from lenet_tf1.base import console
from lenet_tf1.base.report import Report
from lenet_tf1.figures import style

OUT = Path(__file__).with_suffix(".json")
SIZES = (4096, 2048, 1024, 512, 256, 128, 64)
TARGET = 0.993  # of the validation images
CAP = 0.016  # of the learning rate: with 4,096 images a step, 0.008 came to 98.84 instead of 99.02 % on validation


def recipe_of(size, seed, epochs, cap):
    """The recipe lenet in batches of that size, with its rate."""
    from lenet_tf1.base.machine import choose_precision
    from lenet_tf1.recipes import find_recipe

    recipe = find_recipe("lenet")
    return dataclasses.replace(
        recipe,
        batch_size=size,
        seed=seed,
        epochs=epochs,
        schedule="one-cycle",
        learning_rate=min(recipe.learning_rate * (size / recipe.batch_size) ** 0.5, cap),
        precision=choose_precision("auto"),
    )


def measure(recipe, data):
    """Train to the target, or to the end; what the JSON keeps of it."""
    from lenet_tf1.training.classification import Classification
    from lenet_tf1.training.stepper import Stepper

    task, scores, seconds = Classification(recipe, data), [], 0.0
    processor = time.process_time()
    with Stepper(recipe, task) as stepper:
        for epoch in range(recipe.epochs):
            start, batches = time.perf_counter(), task.batches(epoch)
            for number in range(stepper.steps_per_epoch):
                stepper.take(*batches[number])
            seconds += time.perf_counter() - start
            scores.append(stepper.validate().accuracy)
            if scores[-1] >= TARGET:
                break
        reached = len(scores) if scores[-1] >= TARGET else None
        return {
            "batch_size": recipe.batch_size,
            "seed": recipe.seed,
            "epochs": recipe.epochs,
            "learning_rate": recipe.learning_rate,
            "precision": recipe.precision,
            "epochs_to_target": reached,
            "steps_to_target": reached and reached * stepper.steps_per_epoch,
            "validation": scores,
            "seconds": round(seconds, 1),  # on a machine that others use too
            "processor_seconds": round(time.process_time() - processor, 1),
        }


def draw(runs):
    """The figure: epochs to the target by the size of the batch, with the steps."""
    figure = style.new_figure(3.0)
    axes = figure.subplots()
    sizes = sorted({run["batch_size"] for run in runs})
    most = max(run["epochs"] for run in runs)
    reached = [run for run in runs if run["epochs_to_target"]]
    others = [run for run in runs if not run["epochs_to_target"]]
    for some, mark, color, label in (
        (reached, "o", style.COLORS[0], "99.3 % reached"),
        (others, "x", style.COLORS[1], "not reached"),
    ):
        epochs = [run["epochs_to_target"] or run["epochs"] for run in some]
        axes.plot([run["batch_size"] for run in some], epochs, mark, ms=6, color=color, label=label)
    for size in sizes:
        some = [run for run in runs if run["batch_size"] == size]
        steps = [run["steps_to_target"] for run in some if run["steps_to_target"]]
        text = f"{statistics.median(steps):,.0f}" if steps else f"{max(r['validation'][-1] for r in some):.2%}"
        height = max(run["epochs_to_target"] or most for run in some)
        axes.annotate(text, (size, height), (0, 7), textcoords="offset points", ha="center", fontsize=7)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.margins(x=0.1)
    axes.set_ylim(0, most * 1.45)
    axes.set_xlabel("images a step, of all workers together")
    axes.set_ylabel("epochs")
    axes.set_title("To 99.3 % on validation (numbers: steps)", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
    style.open_frame(axes)
    return figure


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--cap", type=float, default=CAP)
    args = parser.parse_args()
    console.import_tensorflow()
    from lenet_tf1.data.datasets import load

    report, data = Report(), load("mnist")
    runs = json.loads(OUT.read_text()) if OUT.exists() else []
    for seed in range(args.seeds):
        for size in map(int, args.sizes.split(",")):
            recipe = recipe_of(size, seed, args.epochs, args.cap)
            asked = {name: getattr(recipe, name) for name in ("batch_size", "seed", "epochs", "learning_rate")}
            if any(asked.items() <= run.items() for run in runs):
                continue
            run = measure(recipe, data)
            runs.append(run)
            OUT.write_text(json.dumps(runs, indent=1) + "\n")
            when = f"{run['steps_to_target']:,} steps" if run["epochs_to_target"] else "never"
            report.line(f"{size:5,}, seed {seed}: {when}; at the end {run['validation'][-1]:.2%}")
    style.save(draw(runs), OUT.parents[1] / "docs" / "batch_sizes.png")


if __name__ == "__main__":
    main()
