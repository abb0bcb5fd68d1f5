"""Train recipes with several seeds, and tell what comes out: python benchmarks/accuracy.py RECIPE... --seeds N

Each run is `python -m lenet_tf1.train --recipe RECIPE --seed SEED --run-dir RUNS/RECIPE-PRECISION-SEED`.
Those that are finished are read, those that were stopped go on. The results join lenet_tf1/measured.json, and all
that is there is printed as one table: parameters, the document's number, mean and standard deviation of
the accuracy on validation and on the test set, which each run read once at its end; accuracy of all seeds' networks
together; medians of time and speed.
"""

import argparse
import dataclasses
import json
import statistics
from pathlib import Path

from lenet_tf1.base import console
from lenet_tf1.recipes import PRECISIONS, RECIPES, find_recipe

MEASURED = Path(__file__).parent.parent / "lenet_tf1" / "measured.json"


def train_seeds(recipe, seeds, runs):
    """Train the recipe with seeds from 0 on, under the folder `runs`; returns what measured.json keeps of it."""
    from lenet_tf1.base.machine import choose_precision
    from lenet_tf1.evaluate import evaluate
    from lenet_tf1.train import train

    precision = choose_precision(recipe.precision)
    # What is said of the data: the name of the folder they are in, if they aren't the recipe's own.
    data = [] if recipe.dataset == find_recipe(recipe.name).dataset else [Path(recipe.dataset).name]
    folders = [runs / "-".join([recipe.name, precision, *data, str(seed)]) for seed in range(seeds)]
    results = [
        train(dataclasses.replace(recipe, seed=seed), folder, summaries="none") for seed, folder in enumerate(folders)
    ]
    kept = ("seed", "steps", "train_seconds", "images_per_second", "validation_accuracy", "test_accuracy")
    return {
        "recipe": recipe.name,
        "precision": precision,
        "data": data,
        "runs": [{name: result[name] for name in kept} for result in results],
        "together": evaluate(folders)[0].accuracy,
        "versions": results[-1]["versions"],
        "machine": results[-1]["machine"],
    }


def table(entries):
    """The entries as lines of a Markdown table."""
    from lenet_tf1.catalogue import DOCUMENTS, parameters

    lines = [
        "| recipe | document | parameters | n | validation | test | together | training | images/s |",
        "|-|-|-|-|-|-|-|-|-|",
    ]
    for entry in entries:
        columns = {name: [run[name] for run in entry["runs"]] for name in entry["runs"][0]}
        validation, test = (_percent(columns[f"{split}_accuracy"]) for split in ("validation", "test"))
        seconds = statistics.median(columns["train_seconds"])
        speed = statistics.median(columns["images_per_second"])
        recipe = RECIPES[entry["recipe"]]
        name = ", ".join([f"`{recipe.name}`", entry["precision"], *entry["data"]])
        document = ": ".join(filter(None, DOCUMENTS.get(recipe.name, ())))
        lines.append(
            f"| {name} | {document} | {parameters(recipe):,} | {len(entry['runs'])} | {validation} | {test} "
            f"| {entry['together']:.2%} | {seconds:.0f} s | {speed:,.0f} |"
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
    parser.add_argument("--precision", choices=PRECISIONS, help="in place of the recipe's")
    parser.add_argument("--dataset", help="in place of the recipe's, such as a folder")
    parser.add_argument("--data-dir", help="where FOLDER/NAME may be a copy of a named data set")
    parser.add_argument("--runs", type=Path, default=Path("checkpoints/accuracy"))
    parser.add_argument("--out", type=Path, default=MEASURED)
    args = parser.parse_args()
    console.import_tensorflow()
    entries = json.loads(args.out.read_text()) if args.out.exists() else {}
    settings = {"precision": args.precision, "dataset": args.dataset, "data_dir": args.data_dir}
    given = {name: value for name, value in settings.items() if value is not None}
    for name in args.recipes:
        recipe = dataclasses.replace(find_recipe(name), **given)
        entry = train_seeds(recipe, args.seeds, args.runs)
        entries[" ".join([name, entry["precision"], *entry["data"]])] = entry
        args.out.write_text(json.dumps(entries, indent=1) + "\n")
    print(table(entries.values()))


if __name__ == "__main__":
    main()
