"""What a training is to do, decided from what was asked for and from the run that is there. Touches nothing."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.processor import NO_BF16
from lenet_tf1.recipes import Recipe, as_written, find_recipe, words
from lenet_tf1.runs.manifest import Manifest

# What may be another when a run is continued: it says when to stop or what to print, and changes no bit before.
# The data set may have moved; that it holds the same images is seen by its digest, and they tell the preparation.
CHANGEABLE = {
    *("epochs", "steps", "patience", "target_accuracy", "training_target", "report_every"),
    *("dataset", "data_dir", "preparation"),
}


def requested_recipe(
    name: str | None, settings: Mapping[str, Any], *, with_mistakes: bool = False
) -> tuple[Recipe, str | None]:
    """The recipe of a name with other settings, and a sentence about its document's mistakes if it is to have them.

    Parameters
    ----------
    name : str, optional
        lenet, if there is none.
    settings : mapping
        Of a Recipe's fields. Epochs replace the recipe's steps.
    with_mistakes : bool
        Whether the document's own version is meant.

    Raises
    ------
    InputError
        For a name that isn't there, or a setting that can't be.
    """
    if "epochs" in settings and "steps" in settings:
        raise InputError("--epochs and --steps exclude each other")
    name = "lenet" if name is None else name
    recipe, mistakes = as_written(name) if with_mistakes else (find_recipe(name), None)
    return change(recipe, settings), mistakes


def begun_from(origin: Recipe, settings: Mapping[str, Any]) -> Recipe:
    """The recipe of a training that goes on from another one's weights, where none was asked for by name.

    Its classes are those of its data, and it freezes nothing unless `settings` say so.
    """
    return change(dataclasses.replace(origin, classes=Recipe.classes, frozen=()), settings)


def change(recipe: Recipe, settings: Mapping[str, Any]) -> Recipe:
    """The recipe with these fields. Epochs replace its steps."""
    if "epochs" in settings:
        recipe = dataclasses.replace(recipe, steps=None)
    return dataclasses.replace(recipe, **settings)


def refuse_frozen_initial_weights(recipe: Recipe) -> None:
    """Raise InputError for a recipe that freezes weights which nobody has trained."""
    if recipe.frozen and recipe.origin is None:
        raise InputError("--freeze keeps weights that --from brings; say --from too")


def recipe_beside(
    existing: Recipe | None,
    requested: Recipe,
    settings: Mapping[str, Any],
    *,
    named: bool,
    restart: bool,
    run_dir: str | Path,
) -> Recipe:
    """The recipe to train where a run may be: what isn't said stays as it was when that run began.

    Parameters
    ----------
    existing : Recipe or None
        Of the run that is there.
    requested : Recipe
        What requested_recipe gave for `settings`.
    named : bool
        Whether a recipe was asked for by its name.
    restart : bool
        Whether the run that is there is to be removed.

    Raises
    ------
    InputError
        If another recipe was asked for than that of the run which is to be continued.
    """
    if existing is None or (named and restart):
        return requested
    if named and requested.name != existing.name:
        raise InputError(
            f"{run_dir} holds a run of the recipe {existing.name}, not {requested.name}: "
            "choose another --run-dir, or --restart to remove that run"
        )
    return change(existing, settings)


def settle_precision(wanted: str, existing: str | None, *, has_bf16: bool) -> tuple[str, str | None]:
    """The precision to train in, and a sentence if it is not the one that the run which is there has had.

    Parameters
    ----------
    wanted : str
        "auto", "fp32" or "bf16".
    existing : str or None
        That of the run which is to be continued.
    has_bf16 : bool
        Whether this machine multiplies bfloat16.

    Raises
    ------
    InputError
        For a new run in a bf16 that isn't there.
    """
    if wanted == "auto":
        wanted = existing or ("bf16" if has_bf16 else "fp32")
    if existing == "bf16" and not has_bf16:
        return "fp32", "this processor has no bf16: the run goes on in fp32, not to the same bits"
    if wanted == "bf16" and not has_bf16:
        raise InputError(NO_BF16)
    return wanted, None


def refuse_changes(run_dir: Path, before: Manifest, recipe: Recipe, digest: str, *, has_bf16: bool) -> None:
    """Raise InputError for a recipe or data that would give other bits than the run had so far.

    A precision that this machine doesn't have is no reason.
    """
    old, new = before.recipe.to_json(), recipe.to_json()
    way_out = "choose another --run-dir, or --restart to remove that run"
    excused = CHANGEABLE if has_bf16 else CHANGEABLE | {"precision"}
    for name in new:
        if name not in excused and old[name] != new[name]:
            raise InputError(f"{run_dir} holds a run with {words(name)} {old[name]}, not {new[name]}: {way_out}")
    if recipe.schedule == "one-cycle":
        was, now = (f"{r['steps']:,} steps" if r["steps"] else f"{r['epochs']:,} epochs" for r in (old, new))
        if was != now:
            raise InputError(f"the learning rate of the run in {run_dir} falls to 0 in {was}, not {now}: {way_out}")
    if before.data is not None and before.data != digest:  # None: the run was imported, and has seen no images
        raise InputError(f"the images in {recipe.dataset} are not those that the run in {run_dir} began with")


def changed_surroundings(before: Manifest, provenance: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A sentence for each version or part of the machine that is another than it was, and that the bits depend on.

    What the manifest doesn't tell, because an earlier version of lenet_tf1 wrote it, is passed over; there was one
    worker then.
    """
    was = {"versions": before.versions, "machine": {"workers": 1} | before.machine}
    return [
        f"{name} is {value} now, was {was[kind][name]}: the run goes on, perhaps not to the same bits"
        for kind in was
        for name, value in provenance[kind].items()
        if name in was[kind] and was[kind][name] != value
    ]
