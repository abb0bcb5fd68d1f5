"""Train recipes with several seeds, and tell what comes out: python benchmarks/accuracy.py RECIPE... --seeds N

Each run is `python -m lenet_tf1.train --recipe RECIPE --seed SEED --run-dir RUNS/RECIPE-PRECISION-SEED`.
Those that are finished are read, those that were stopped go on. The results join accuracy.json, and all
that is there is printed as the README's table: mean and standard deviation of the accuracy on validation and
on the test set, which each run read once at its end; accuracy of all seeds' networks together; median time.
"""

import argparse
import dataclasses
import json
import statistics
from pathlib import Path

from lenet_tf1 import console
from lenet_tf1.recipes import PRECISIONS, RECIPES, find_recipe

HERE = Path(__file__).parent


def train_seeds(recipe, seeds, runs):
    """Train the recipe with seeds from 0 on, under the folder `runs`; returns what accuracy.json keeps of it."""
    from lenet_tf1.evaluate import evaluate
    from lenet_tf1.machine import choose_precision
    from lenet_tf1.train import train

    precision = choose_precision(recipe.precision)
    folders = [runs / f"{recipe.name}-{precision}-{seed}" for seed in range(seeds)]
    results = [
        train(dataclasses.replace(recipe, seed=seed), folder, summaries="none") for seed, folder in enumerate(folders)
    ]
    kept = ("seed", "steps", "train_seconds", "images_per_second", "validation_accuracy", "test_accuracy")
    return {
        "recipe": recipe.name,
        "precision": precision,
        "runs": [{name: result[name] for name in kept} for result in results],
        "together": evaluate(folders)[0].accuracy,
        "versions": results[-1]["versions"],
        "machine": results[-1]["machine"],
    }


def table(entries):
    """The entries as lines of a Markdown table."""
    lines = ["| recipe | n | validation | test | together | seconds | images/s |", "|-|-|-|-|-|-|-|"]
    for entry in entries:
        columns = {name: [run[name] for run in entry["runs"]] for name in entry["runs"][0]}
        validation, test = (_percent(columns[f"{split}_accuracy"]) for split in ("validation", "test"))
        seconds = statistics.median(columns["train_seconds"])
        speed = statistics.median(columns["images_per_second"])
        lines.append(
            f"| {entry['recipe']}, {entry['precision']} | {len(entry['runs'])} | {validation} | {test} "
            f"| {entry['together']:.2%} | {seconds:.0f} | {speed:,.0f} |"
        )
    return "\n".join(lines)


def _percent(shares):
    spread = f" ± {100 * statistics.stdev(shares):.2f}" if len(shares) > 1 else ""
    return f"{100 * statistics.mean(shares):.2f}{spread} %"


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help=f"of {', '.join(RECIPES)}; none prints the table")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    parser.add_argument("--runs", type=Path, default=Path("checkpoints/accuracy"))
    parser.add_argument("--out", type=Path, default=HERE / "accuracy.json")
    args = parser.parse_args()
    console.import_tensorflow()
    entries = json.loads(args.out.read_text()) if args.out.exists() else {}
    for name in args.recipes:
        recipe = dataclasses.replace(find_recipe(name), precision=args.precision)
        entry = train_seeds(recipe, args.seeds, args.runs)
        entries[f"{name} {entry['precision']}"] = entry
        args.out.write_text(json.dumps(entries, indent=1) + "\n")
    print(table(entries.values()))


if __name__ == "__main__":
    main()
