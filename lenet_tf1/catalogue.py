"""The recipes in a table: what each trains on what, what its document says, and what came out here."""

import dataclasses
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import tensorflow.compat.v1 as tf

from lenet_tf1.data import datasets
from lenet_tf1.data.pages.paper import SIDE
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.networks import READER
from lenet_tf1.graph.reader import reader
from lenet_tf1.graph.summary import summarize
from lenet_tf1.graph.summary import table as layer_table
from lenet_tf1.recipes import RECIPES, Recipe

# The document of each recipe, and the accuracy that it gives: of training or on the test set, as it has it.
DOCUMENTS = {
    "lenet": ("000", "> 90%"),
    "generator-cnn": ("001", "99.09%"),
    "fashion": ("002", "91%"),
    "one-conv": ("002", "99.8%"),
    "deep-mnist": ("003", "99.2%"),
    "notmnist": ("003", "96%"),
    "lenet5": ("003", ""),
    "bootcamp": ("004", ""),
}


def measured() -> dict[str, Any]:
    """What benchmarks/accuracy.py measured: for each recipe and precision its runs, versions and machine."""
    return json.loads(resources.files("lenet_tf1").joinpath("measured.json").read_bytes())


def table() -> str:
    """The recipes as lines of text. Ours is the mean accuracy on the test set over the seeds that were run."""
    rows = [("recipe", "network", "data set", "parameters", "length", "document", "ours")]
    entries = list(measured().values())
    rows += [_row(recipe, entries) for recipe in RECIPES.values()]
    lines = [f"{a:13} {b:13} {c:13} {d:>10} {e:>9} {f:>10} {g:>6}" for a, b, c, d, e, f, g in rows]
    lines.append("* measured on other data than the data set's own: the README says which")
    return "\n".join(line.rstrip() for line in lines)


def parameters(recipe: Recipe) -> int:
    """How many numbers the recipe's network learns."""
    with tf.Graph().as_default():
        _endpoints(recipe)
        return sum(variable.shape.num_elements() for variable in tf.trainable_variables())


def summary(recipe: Recipe) -> str:
    """The layers of the recipe's network as lines of text: outputs, parameters, multiply-adds, connections."""
    if recipe.network != READER:
        recipe = dataclasses.replace(recipe, classes=datasets.class_names(recipe.dataset, recipe.data_dir))
    with tf.Graph().as_default():
        return layer_table(summarize(_endpoints(recipe)))


def _endpoints(recipe: Recipe) -> dict[str, tf.Tensor]:
    # The network's in the default graph; the page reader's for one of the pages that it learns from.
    if recipe.network == READER:
        x = tf.placeholder(tf.float32, [None, SIDE, SIDE, 1], name="x")
        return reader(x, seed=recipe.seed, training=False)
    return build_model(recipe.network, classes=len(recipe.classes)).endpoints


def _row(recipe: Recipe, entries: Sequence[dict[str, Any]]) -> tuple[Any, ...]:
    steps = f"{recipe.steps // 1000}k" if recipe.steps and recipe.steps % 1000 == 0 else recipe.steps
    length = f"{steps} steps" if recipe.steps else f"{recipe.epochs} epochs"
    nothing: dict[str, Any] = {"runs": []}
    entry = next((entry for entry in entries if entry["recipe"] == recipe.name), nothing)
    runs = [run["test_accuracy"] for run in entry["runs"]]
    elsewhere = "*" if entry.get("data") else ""
    ours = f"{sum(runs) / len(runs):.2%}" if runs else ""
    document = "{:3} {:>6}".format(*DOCUMENTS.get(recipe.name, ("", "")))
    return recipe.name + elsewhere, recipe.network, recipe.dataset, f"{parameters(recipe):,}", length, document, ours
