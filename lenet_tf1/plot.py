"""Draw the data, a network or a training: into a PNG or SVG file, or a window."""

import inspect
import sys
from pathlib import Path

from lenet_tf1 import console
from lenet_tf1.data.datasets import SPLITS, load
from lenet_tf1.errors import InputError
from lenet_tf1.recipes import find_recipe

_WORDS = {"train": "training", "validation": "validation", "test": "test"}

# Each function below draws one kind of picture and returns its matplotlib Figure. `run_dir` is a run directory or a
# checkpoint; `recipe` is the name of one, for a checkpoint that another program wrote, or, where nothing trained is
# needed, in place of a run directory. `dataset` and `data_dir` are as evaluate has them. All raise InputError for
# what isn't there or doesn't fit.


def samples(run_dir=None, *, recipe=None, dataset=None, data_dir=None, split="train", first=0, rows=2, columns=10):
    """Images of the data set with the names of their classes."""
    from lenet_tf1.figures import grids

    recipe = _recipe(run_dir, recipe)
    data = _load(recipe, None if run_dir is None else recipe.classes, dataset, data_dir, split)
    part = _slice(getattr(data, split), first, _count(rows, columns), split)
    last = first + len(part) - 1
    title = f"{_WORDS[split]} images {first:,} to {last:,}" if last > first else f"{_WORDS[split]} image {first:,}"
    return grids.samples(part.images, part.labels, data.classes, columns=columns, title=title)


def curves(run_dirs):
    """Loss and accuracy of training and validation after each epoch, of one or several run directories."""
    from lenet_tf1 import rundir
    from lenet_tf1.figures import measures

    names = [str(Path(path)) for path in run_dirs]
    return measures.curves({name: rundir.read_metrics(Path(name)) for name in names})


def confusion(run_dir, *, recipe=None, dataset=None, data_dir=None, split="test"):
    """How often each class was taken for which."""
    from lenet_tf1.evaluate import accuracy_line, evaluate
    from lenet_tf1.figures import measures

    place = {"dataset": dataset, "data_dir": data_dir}
    measurement, recipe = evaluate(run_dir, recipe=recipe, split=split, report=console.note, **place)
    return measures.confusion(measurement.confusion, recipe.classes, title=accuracy_line(measurement, split))


def errors(run_dir, *, recipe=None, dataset=None, data_dir=None, split="test", rows=4, columns=10):
    """The misclassified images, the one with the highest loss first."""
    from lenet_tf1.figures import grids
    from lenet_tf1.measure import misclassified

    count = _count(rows, columns)
    part, classes, losses, predictions, probabilities = _classify(run_dir, recipe, dataset, data_dir, split)
    wrong = misclassified(losses, predictions, part.labels)
    if not len(wrong):
        raise InputError(f"none of the {len(part):,} {split} images is misclassified")
    worst = wrong[:count]
    which = "they are" if len(worst) == len(wrong) else f"the worst {len(worst)}"
    return grids.errors(
        part.images[worst],
        part.labels[worst],
        predictions[worst],
        probabilities[worst, predictions[worst]],
        classes,
        columns=columns,
        title=f"{len(wrong):,} of {len(part):,} {_WORDS[split]} images are misclassified: {which}",
    )


def kernels(run_dir, *, recipe=None):
    """The kernels of every convolution."""
    from lenet_tf1.figures import grids

    with _restore(run_dir, recipe) as network:
        convolutions = [o for o in network.session.graph.get_operations() if o.type == "Conv2D"]
        weights = network.session.run([convolution.inputs[1] for convolution in convolutions])
    scopes = [convolution.name.split("/")[0] for convolution in convolutions]
    return grids.kernels(dict(zip(scopes, weights, strict=True)))


def features(run_dir, *, recipe=None, dataset=None, data_dir=None, split="test", index=0):
    """One image, and what each scope of the network makes of it."""
    from lenet_tf1.figures import grids

    with _restore(run_dir, recipe) as network:
        data = _load_for(network, dataset, data_dir, split)
        one = _slice(getattr(data, split), index, 1, split)
        outputs, probabilities = network.look(one.images[0])
    name = data.classes[one.labels[0]] if len(one.labelled) else "none"
    title = f"{_WORDS[split]} image {index:,}, {name}"
    return grids.features(one.images[0], outputs, probabilities, data.classes, title=title)


def graph(run_dir=None, *, recipe=None):
    """The network in the style of the paper on LeNet-5."""
    import tensorflow.compat.v1 as tf

    from lenet_tf1.figures.network import network
    from lenet_tf1.graph.model import build_model
    from lenet_tf1.graph.summary import summarize

    recipe = _recipe(run_dir, recipe)
    with tf.Graph().as_default():
        layers = summarize(build_model(recipe.network, classes=len(recipe.classes)).endpoints)
    total = sum(layer.parameters for layer in layers)
    return network(layers, title=f"{recipe.network}: {total:,} parameters")


def lr(run_dir=None, *, recipe=None, dataset=None, data_dir=None):
    """The learning rate in each step of the training."""
    import numpy as np
    import tensorflow.compat.v1 as tf

    from lenet_tf1.data.batches import steps_per_epoch
    from lenet_tf1.figures import measures
    from lenet_tf1.graph.training import learning_rate_schedule

    recipe = _recipe(run_dir, recipe)
    data = _load(recipe, None if run_dir is None else recipe.classes, dataset, data_dir, "train")
    per_epoch = steps_per_epoch(data.train, recipe.batch_size)
    steps = recipe.steps or recipe.epochs * per_epoch
    with tf.Graph().as_default(), tf.Session() as session:
        rates = session.run(learning_rate_schedule(recipe, per_epoch, steps)(tf.constant(np.arange(steps))))
    return measures.learning_rate(rates, per_epoch, title=f"{recipe.name}: {steps:,} steps")


def calibration(run_dir, *, recipe=None, dataset=None, data_dir=None, split="test"):
    """How often the network is right, by how sure it is, and the expected calibration error."""
    from lenet_tf1.figures import measures
    from lenet_tf1.measure import calibrate

    part, _, _, predictions, probabilities = _classify(run_dir, recipe, dataset, data_dir, split)
    measured = calibrate(probabilities.max(axis=1), predictions == part.labels)
    return measures.calibration(measured, title=f"{len(part):,} {_WORDS[split]} images")


def _recipe(run_dir, name):
    if run_dir is None:
        return find_recipe("lenet" if name is None else name)

    from lenet_tf1 import checkpoints

    return checkpoints.find(run_dir, name and find_recipe(name), console.note).recipe


def _restore(run_dir, name):
    from lenet_tf1 import checkpoints
    from lenet_tf1.restored import Restored

    return Restored(checkpoints.find(run_dir, name and find_recipe(name), console.note))


def _load(recipe, classes, dataset, data_dir, split):
    where = recipe.data_dir if data_dir is None else data_dir
    return load(dataset or recipe.dataset, classes=classes, data_dir=where, wanted=[split], report=console.note)


def _load_for(network, dataset, data_dir, split):
    return _load(network.recipe, network.recipe.classes, dataset, data_dir, split)


def _classify(run_dir, name, dataset, data_dir, split):
    from lenet_tf1.measure import classify

    with _restore(run_dir, name) as network:
        data = _load_for(network, dataset, data_dir, split)
        part = getattr(data, split).labelled
        return part, data.classes, *classify(network.session, network.model, part)


def _count(rows, columns):
    if not (1 <= rows <= 50 and 1 <= columns <= 50):
        raise InputError(f"a grid has 1 to 50 rows and columns, not {rows} and {columns}")
    return rows * columns


def _slice(part, first, count, split):
    if not 0 <= first < len(part):
        raise InputError(f"there is no {_WORDS[split]} image {first:,}: they go from 0 to {len(part) - 1:,}")
    return part[first : first + count]


def _show(figure):
    # pyplot alone can make windows; a Figure of ours gets into one by taking an empty one's place.
    import matplotlib.pyplot as plt

    from lenet_tf1.figures import style

    if plt.get_backend().lower() in ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template"):
        raise InputError("there is no screen to open a window on; say --out FILE.png")
    style.set_fonts(figure)
    canvas = plt.figure(figsize=figure.get_size_inches(), dpi=figure.dpi).canvas
    canvas.figure = figure
    figure.set_canvas(canvas)
    plt.show()


KINDS = {
    kind.__name__: kind for kind in (samples, curves, confusion, errors, kernels, features, graph, lr, calibration)
}

# What the functions' parameters are on the command line.
_PLACE = {"nargs": "?", "metavar": "RUN_DIR", "help": "run directory or checkpoint (checkpoints/lenet)"}
_OPTIONS = {
    "run_dirs": {"nargs": "*", "metavar": "RUN_DIR", "help": "run directories (checkpoints/lenet)"},
    "recipe": {"metavar": "NAME", "help": "a recipe, for a checkpoint of another program"},
    "dataset": {"metavar": "NAME_OR_FOLDER", "help": "in place of what the run was trained on"},
    "data_dir": {"metavar": "FOLDER", "help": "where FOLDER/NAME may be a copy of a named data set"},
    "split": {"choices": SPLITS},
    "first": {"metavar": "N", "type": int, "help": "number of the first image"},
    "index": {"metavar": "N", "type": int, "help": "number of the image"},
    "rows": {"metavar": "N", "type": int, "help": "of the grid"},
    "columns": {"metavar": "N", "type": int, "help": "of the grid"},
}
_UNTRAINED = {
    "run_dir": {"nargs": "?", "metavar": "RUN_DIR", "help": "a run directory or checkpoint"},
    "recipe": {"metavar": "NAME", "help": "without a run directory, a recipe (lenet)"},
}


@console.command
def main(argv=None):
    """The command: see --help."""
    parser = console.Parser("plot", __doc__)
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND", parser_class=console.PlainParser)
    for name, kind in KINDS.items():
        text = kind.__doc__.splitlines()[0]
        one = kinds.add_parser(name, help=text[0].lower() + text[1:].rstrip("."), description=text)
        _add_options(one, kind)
        one.add_argument("--out", metavar="FILE", help="a .png, .svg or .pdf, instead of a window")
    options = vars(parser.parse_args(argv))
    kind, out, verbose = (options.pop(name) for name in ("kind", "out", "verbose"))
    console.import_tensorflow(verbose)
    from lenet_tf1.figures import style

    if out is not None:
        style.check_name(Path(out))
    figure = KINDS[kind](**options)
    if out is None:
        _show(figure)
    else:
        style.save(figure, Path(out))
        print(f"Saved to {out}")


def _add_options(parser, kind):
    # One for each parameter of the function.
    for name, parameter in inspect.signature(kind).parameters.items():
        given = parameter.default is not parameter.empty
        settings = (_UNTRAINED if kind.__defaults__ else {}).get(name) or _OPTIONS.get(name, _PLACE)
        if name.startswith("run_dir"):
            places = ["checkpoints/lenet"] if name == "run_dirs" else "checkpoints/lenet"
            parser.add_argument(name, default=None if given else places, **settings)
        else:
            default = "" if parameter.default is None else f" ({parameter.default})"
            settings = settings | {"help": settings.get("help", "of the data set") + default}
            parser.add_argument(f"--{name.replace('_', '-')}", default=parameter.default, **settings)


if __name__ == "__main__":
    sys.exit(main())
