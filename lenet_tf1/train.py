"""Train a recipe into a run directory, or continue the run that is there."""

import argparse
import dataclasses
import json
import shlex
import sys
from datetime import timedelta
from pathlib import Path

from lenet_tf1 import console
from lenet_tf1.errors import InputError
from lenet_tf1.recipes import PRECISIONS, RECIPES, Recipe, as_written, find_recipe, words

# What may be another when a run is continued: it says when to stop or what to print, and changes no bit before.
# The data set may have moved; that it holds the same images is asked of its digest.
CHANGEABLE = {
    *("epochs", "steps", "patience", "target_accuracy", "training_target", "report_every"),
    *("dataset", "data_dir"),
}


SUMMARIES = ("none", "basic", "all")  # basic: graph, curves, costs, settings; all: what insight.py sees too


def train(recipe, run_dir, *, restart=False, summaries="basic", bar=False, say=print):
    """Train until the recipe's end, then measure the best checkpoint by validation on the test set.

    Parameters: `recipe` a Recipe; `run_dir` where everything goes (see rundir.py): a run that is
    there is continued, or removed if `restart`; `summaries` for TensorBoard, one of SUMMARIES; `bar`
    shows progress on stderr; `say` takes the lines to print.

    Returns what result.json holds. Raises InputError for settings, data or a disk that don't do, and
    Interrupted after SIGINT or SIGTERM, with everything saved.
    """
    from lenet_tf1.data.datasets import NAMES, load

    run_dir = Path(run_dir)
    classes = None if recipe.classes == Recipe.classes else recipe.classes  # none were asked for
    data = load(recipe.dataset, classes=classes, data_dir=recipe.data_dir, report=console.note)
    recipe = dataclasses.replace(recipe, classes=data.classes)
    if recipe.decides == "test":
        data = dataclasses.replace(data, validation=data.test)
    places = {} if recipe.dataset in NAMES else {"dataset": recipe.dataset}
    places |= {"data_dir": recipe.data_dir} if recipe.data_dir else {}
    recipe = dataclasses.replace(recipe, **{name: str(Path(place).resolve()) for name, place in places.items()})
    if recipe.batch_size > len(data.train):
        raise InputError(f"batch size {recipe.batch_size} is more than the {len(data.train):,} training images")

    from lenet_tf1 import checkpoints, machine, rundir
    from lenet_tf1.evaluate import accuracy_line
    from lenet_tf1.trainer import Trainer

    recipe = dataclasses.replace(recipe, precision=machine.choose_precision(recipe.precision))
    facts = {
        "recipe": recipe.to_json(),
        "data": data.digest(),
        "versions": machine.versions(),
        "machine": machine.facts(),
    }
    result_path = run_dir / "result.json"
    with rundir.exclusive(run_dir):
        latest = None if restart else checkpoints.newest(run_dir, console.note)
        if latest:
            _compare(run_dir, latest.manifest, facts)
        settings = f"{recipe.batch_size} images a step, {recipe.precision}, seed {recipe.seed}"
        say(f"{recipe.name} on {recipe.dataset}, {settings}")
        counts = f"{len(data.train):,} training, {len(data.validation):,} validation, {len(data.test):,} test images"
        say(counts if recipe.decides == "validation" else f"{counts}; those for validation are the test images")
        with Trainer(recipe, data, run_dir, facts=facts, summaries=summaries, bar=bar, say=say) as trainer:
            if restart:
                rundir.clear(run_dir)  # not before it is clear that the new run can begin
            if latest:
                trainer.resume(latest)
                if (stop := trainer.why_stop()) and (result := _read_result(result_path)):
                    say(f"This run is finished: {stop.reason}\n\n{_what_next(run_dir, stop)}")
                    return result
                say(f"Continuing at step {trainer.step:,} in {run_dir}")
            result_path.unlink(missing_ok=True)  # of the shorter run that this one extends
            rundir.write_json(run_dir / "recipe.json", facts["recipe"])
            trainer.run()
            best, row, test = trainer.finish()
            result = {
                "recipe": facts["recipe"],
                "seed": recipe.seed,
                "steps": trainer.step,
                "best_step": best.step,
                "train_seconds": round(trainer.progress.seconds, 3),
                "images_per_second": round(trainer.step * recipe.batch_size / trainer.progress.step_seconds, 1),
                "validation_accuracy": row["validation_accuracy"],
                "test_accuracy": test.accuracy,
                "versions": facts["versions"],
                "machine": facts["machine"],
            }
            rundir.write_json(result_path, result)
            trainer.show(best, test)
    stop = trainer.why_stop()
    say(f"Stopped: {stop.reason}\n")
    say(accuracy_line(test, "test"))
    say(f"Time usage: {timedelta(seconds=round(trainer.progress.seconds))}")
    which = "Best of validation" if recipe.schedule == "staircase" else "On validation"
    say(f"{which}: {row['validation_accuracy']:.2%} after epoch {row['epoch']}, in {best.folder}\n")
    say(_what_next(run_dir, stop))
    return result


def summary(recipe):
    """The layers of the recipe's network as lines of text: outputs, parameters, multiply-adds, connections."""
    import tensorflow.compat.v1 as tf

    from lenet_tf1.graph.model import build_model
    from lenet_tf1.graph.summary import summarize, table

    with tf.Graph().as_default():
        return table(summarize(build_model(recipe.network, classes=len(recipe.classes)).endpoints))


def _class_names(recipe):
    from lenet_tf1.data import datasets, named

    if recipe.dataset in named.NAMED:
        return named.NAMED[recipe.dataset].classes  # known without its files
    return datasets.load(recipe.dataset, data_dir=recipe.data_dir, wanted=[]).classes


def _compare(run_dir, manifest, facts):
    # What would make other bits than the run had so far is refused; what might is said.
    old, new = Recipe.from_json(manifest["recipe"]).to_json(), facts["recipe"]
    way_out = "choose another --run-dir, or --restart to remove that run"
    for name in new:
        if name not in CHANGEABLE and old[name] != new[name]:
            raise InputError(f"{run_dir} holds a run with {words(name)} {old[name]}, not {new[name]}: {way_out}")
    if new["schedule"] == "one-cycle":
        before, now = (f"{r['steps']:,} steps" if r["steps"] else f"{r['epochs']:,} epochs" for r in (old, new))
        if before != now:
            raise InputError(f"the learning rate of the run in {run_dir} falls to 0 in {before}, not {now}: {way_out}")
    if manifest.get("data") != facts["data"]:
        raise InputError(f"the images in {new['dataset']} are not those that the run in {run_dir} began with")
    for kind in ("versions", "machine"):
        for name, value in facts[kind].items():
            before = manifest.get(kind, {}).get(name)
            if before != value:
                console.note(f"{name} is {value} now, was {before}: the run goes on, perhaps not to the same bits")


def _read_result(path):
    try:
        result = json.loads(path.read_bytes())
    except (OSError, ValueError):  # not there yet, or damaged: it can be measured again
        return None
    return result if isinstance(result, dict) else None


def _what_next(run_dir, stop):
    place = shlex.quote(str(run_dir))
    return (
        "Next:\n"
        f"  python -m lenet_tf1.evaluate {place}\n"
        f"  tensorboard --logdir {place}\n"
        f"  python -m lenet_tf1.train --run-dir {place} {stop.to_go_on}\n"
        f"  python -m lenet_tf1.train --run-dir {place} --restart"
    )


def _newest(run_dir, restart):
    from lenet_tf1 import checkpoints

    try:
        return checkpoints.newest(run_dir)
    except InputError:
        if restart:  # whatever it was, it goes
            return None
        raise


_METAVARS = {str: "PLACE", int: "N", float: "F"}


@console.command
def main(argv=None):
    """The command: see --help."""
    parser = console.Parser("train", __doc__)
    add = parser.add_argument
    add("--recipe", metavar="NAME", help=f"one of: {', '.join(RECIPES)} (lenet)")
    add("--run-dir", metavar="FOLDER", help="where everything goes (checkpoints/NAME)")
    add("--restart", action="store_true", help="remove the run that is there and begin again")
    add("--as-written", action="store_true", help="with the document's own mistakes, to see what they do")
    add("--recipes", action="store_true", help="list the recipes with the documents' numbers and ours")
    add("--summary", action="store_true", help="print the network's layers and train nothing")
    add("--summaries", choices=SUMMARIES, default="basic", help="for TensorBoard (basic)")
    settings = parser.add_argument_group("settings", "in place of the recipe's own")
    for name, kind, text in [
        ("dataset", str, "a name, or a folder of IDX files, an .npz or pictures"),
        ("data-dir", str, "where FOLDER/NAME may be a copy of a named data set"),
        ("epochs", int, "how often every training image is seen"),
        ("steps", int, "how many updates, instead of epochs"),
        ("batch-size", int, "images an update"),
        ("learning-rate", float, "Adam's, at its highest"),
        ("keep-prob", float, "dropout keeps an activation with this probability"),
        ("seed", int, "of initial weights, order of images, dropout, distortion"),
        ("patience", int, "stop after so many epochs without a better validation accuracy"),
        ("target-accuracy", float, "stop above it, on training and validation both"),
        ("training-target", float, "stop at it, on training alone"),
    ]:
        settings.add_argument(f"--{name}", type=kind, metavar=_METAVARS[kind], default=argparse.SUPPRESS, help=text)
    settings.add_argument("--precision", choices=PRECISIONS, default=argparse.SUPPRESS, help="auto is the fastest here")
    args = vars(parser.parse_args(argv))
    name = "lenet" if args["recipe"] is None else args["recipe"]
    recipe, mistakes = as_written(name) if args["as_written"] else (find_recipe(name), None)
    given = {field.name: args[field.name] for field in dataclasses.fields(Recipe) if field.name in args}
    if "epochs" in given and "steps" in given:
        raise InputError("--epochs and --steps exclude each other")
    if "epochs" in given:
        given["steps"] = None
    dataclasses.replace(recipe, **given)  # complains of bad settings before TensorFlow takes its time
    console.import_tensorflow(args["verbose"])
    if args["recipes"]:
        from lenet_tf1 import catalogue

        print(catalogue.table())
        return

    from lenet_tf1 import files

    run_dir = f"checkpoints/{recipe.name}" if args["run_dir"] is None else args["run_dir"]
    files.check_name(run_dir)
    run_dir = Path(run_dir)
    if there := _newest(run_dir, args["restart"]):
        asked = args["recipe"] is not None or args["as_written"]
        if asked and not args["restart"] and recipe.name != there.recipe.name:
            raise InputError(
                f"{run_dir} holds a run of the recipe {there.recipe.name}, not {recipe.name}: "
                "choose another --run-dir, or --restart to remove that run"
            )
        if not (args["restart"] and asked):
            recipe = there.recipe  # what isn't said stays as it was when the run began
    recipe = dataclasses.replace(recipe, **given)
    if args["summary"]:
        print(summary(dataclasses.replace(recipe, classes=_class_names(recipe))))
        return
    if mistakes:
        print(f"As the document has it: {mistakes}.")
    train(
        recipe,
        run_dir,
        restart=args["restart"],
        summaries=args["summaries"],
        bar=sys.stdout.isatty() and sys.stderr.isatty(),
    )


if __name__ == "__main__":
    sys.exit(main())
