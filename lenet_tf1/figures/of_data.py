"""Figures of what nothing has to be trained for: data, networks, learning rates.

The parameters that they share are explained in asked.py. All raise InputError for what isn't there or doesn't fit.
"""

from typing import TYPE_CHECKING

from lenet_tf1.figures.asked import RunPath, how_many, load_split, part_of, recipe_of
from lenet_tf1.inference.tables import WORDS
from lenet_tf1.recipes import Recipe

if TYPE_CHECKING:  # matplotlib takes a while, and plot --help doesn't need it
    from matplotlib.figure import Figure

PAGES = "pages"  # the data set that the page reader learns from
_SOME = 0.1  # of the glyphs that training has: enough to show


def samples(
    run_dir: RunPath | None = None,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "train",
    first: int = 0,
    rows: int = 2,
    columns: int = 10,
) -> "Figure":
    """Images of the data set with the names of their classes; of the page reader's, pages with a box around each digit.

    Parameters
    ----------
    first : int
        The number of the first image, or page.
    rows, columns : int
        Of the grid, 1 to 50.
    """
    from lenet_tf1.figures import grids

    used = recipe_of(run_dir, recipe)
    if used.dataset == PAGES and dataset is None:
        return _pages(used, first, how_many(rows, columns), columns)
    data = load_split(used, None if run_dir is None else used.classes, dataset, data_dir, split)
    part = part_of(getattr(data, split), first, how_many(rows, columns), split)
    last = first + len(part) - 1
    title = f"{WORDS[split]} images {first:,} to {last:,}" if last > first else f"{WORDS[split]} image {first:,}"
    return grids.samples(part.images, part.labels, data.classes, columns=columns, title=title)


def _pages(recipe: Recipe, first: int, count: int, columns: int) -> "Figure":
    from lenet_tf1.data.datasets import load
    from lenet_tf1.data.pages import page as pages
    from lenet_tf1.data.pages.glyphs import Glyphs
    from lenet_tf1.figures import grids

    digits = load("mnist", data_dir=recipe.data_dir).train
    glyphs = Glyphs(digits.images, digits.labels, recipe.seed, scale=_SOME)
    made = [pages.page(glyphs, recipe.seed, number) for number in range(first, first + count)]
    boxes = [[mark.box for mark in one.marks if mark.label < len(recipe.classes)] for one in made]
    title = f"pages {first:,} to {first + count - 1:,} of the kind that the page reader learns from"
    return grids.pages([one.grey for one in made], boxes, columns=columns, title=title)


def graph(run_dir: RunPath | None = None, *, recipe: str | None = None) -> "Figure":
    """The network in the style of the paper on LeNet-5."""
    import tensorflow.compat.v1 as tf

    from lenet_tf1.figures.network import network
    from lenet_tf1.graph.model import build_model
    from lenet_tf1.graph.summary import summarize

    used = recipe_of(run_dir, recipe)
    with tf.Graph().as_default():
        layers = summarize(build_model(used.network, classes=len(used.classes)).endpoints)
    total = sum(layer.parameters for layer in layers)
    return network(layers, title=f"{used.network}: {total:,} parameters")


def lr(
    run_dir: RunPath | None = None,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
) -> "Figure":
    """The learning rate in each step of the training."""
    import numpy as np
    import tensorflow.compat.v1 as tf

    from lenet_tf1.data.batches import steps_per_epoch
    from lenet_tf1.data.pages.page import STEPS_PER_EPOCH
    from lenet_tf1.figures import measures
    from lenet_tf1.graph.training import learning_rate_schedule

    used = recipe_of(run_dir, recipe)
    if used.dataset == PAGES and dataset is None:
        per_epoch = STEPS_PER_EPOCH
    else:
        data = load_split(used, None if run_dir is None else used.classes, dataset, data_dir, "train")
        per_epoch = steps_per_epoch(data.train, used.batch_size)
    steps = used.last_step(per_epoch)
    with tf.Graph().as_default(), tf.Session() as session:
        rates = session.run(learning_rate_schedule(used, per_epoch, steps)(tf.constant(np.arange(steps))))
    return measures.learning_rate(rates, per_epoch, title=f"{used.name}: {steps:,} steps")
