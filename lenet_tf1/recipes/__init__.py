"""A recipe is a network, a data set and hyper-parameters: one for each document, kept as JSON in the run directory."""

import difflib

from lenet_tf1.base.errors import InputError
from lenet_tf1.recipes.documents import AS_WRITTEN, DOCUMENTS
from lenet_tf1.recipes.ours import OURS
from lenet_tf1.recipes.recipe import PRECISIONS, PREPARATIONS, Recipe, words

__all__ = ["AS_WRITTEN", "PRECISIONS", "PREPARATIONS", "RECIPES", "Recipe", "as_written", "find_recipe", "words"]

RECIPES = DOCUMENTS | OURS


def find_recipe(name: str) -> Recipe:
    """The recipe of that name. Raises InputError with the near names if there is none."""
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES) or sorted(RECIPES)
    raise InputError(f"there is no recipe named {name}; did you mean {' or '.join(near)}?")


def as_written(name: str) -> tuple[Recipe, str]:
    """Document 000's or 003's recipe with the document's own mistakes, and one sentence about these."""
    if name not in AS_WRITTEN:
        raise InputError(f"{name} has no mistakes to show; {' and '.join(AS_WRITTEN)} have")
    return AS_WRITTEN[name]
