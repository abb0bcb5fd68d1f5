"""What choosing the epoch on the test set would seem to add: python benchmarks/selection.py [--seeds 5]

A recipe is trained with several seeds, and after each epoch both splits are measured: the validation images, which may
choose, and the test images, which may not. The table has the test accuracy of the last epoch, of the one that
validation says is best, and of the one that is best on the test images themselves, as many published numbers are.
Each training joins selection.json when it is done; those that are there aren't repeated.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import numpy as np

from lenet_tf1.base import console

OUT = Path(__file__).with_suffix(".json")


def train(recipe, data):
    """The accuracies on both splits after each epoch."""
    from lenet_tf1.inference.metrics import evaluate_split
    from lenet_tf1.training.classification import Classification
    from lenet_tf1.training.stepper import Stepper

    task = Classification(recipe, data)
    accuracies = {"validation": [], "test": []}
    with Stepper(recipe, task) as stepper:
        for epoch in range(recipe.epochs):
            batches = task.batches(epoch)
            for number in range(stepper.steps_per_epoch):
                stepper.take(*batches[number])
            for name, found in accuracies.items():
                split = getattr(data, name)
                found.append(evaluate_split(stepper.session, stepper.learner.model, split).accuracy)
    return accuracies


def table(runs):
    """The test accuracy of each choice: mean, standard deviation and maximum over the seeds, in per cent."""
    validation, test = (100 * np.array([run[name] for run in runs]) for name in ("validation", "test"))
    rows = np.arange(len(runs))
    choices = {
        "the last epoch": test[:, -1],
        "the best on validation": test[rows, validation.argmax(axis=1)],
        "the best on the test images": test.max(axis=1),
    }
    lines = [f"{'test accuracy, %':30}{'mean':>8}{'sd':>8}{'best seed':>12}"]
    for name, found in choices.items():
        lines.append(f"{name:30}{found.mean():8.2f}{found.std(ddof=1):8.2f}{found.max():12.2f}")
    return "\n".join(lines)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="marathon")
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    console.import_tensorflow()
    from lenet_tf1.base.machine import choose_precision
    from lenet_tf1.data.datasets import load
    from lenet_tf1.recipes import find_recipe

    data = load("mnist")
    kept = json.loads(OUT.read_text()) if OUT.exists() else {}
    runs = kept.setdefault(args.recipe, [])
    for seed in range(len(runs), args.seeds):
        recipe = dataclasses.replace(find_recipe(args.recipe), seed=seed, precision=choose_precision("auto"))
        runs.append({"seed": seed} | train(recipe, data))
        OUT.write_text(json.dumps(kept, indent=1) + "\n")
        print(f"seed {seed}: {runs[-1]['test'][-1]:.2%}", file=sys.stderr)
    print(table(runs[: args.seeds]))


if __name__ == "__main__":
    main()
