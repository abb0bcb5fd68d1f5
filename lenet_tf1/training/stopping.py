"""When training is over: the rules, in words. They look at training and validation alone."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.checkpoints import best_epoch


class Stop(NamedTuple):
    """Why training stops, as a sentence, and the options with which there would be more of it."""

    reason: str
    to_go_on: str


def why_stop(recipe: Recipe, history: Sequence[Mapping[str, Any]], last_step: int) -> Stop | None:
    """A Stop if a rule of the recipe says so after the last row of the history, else None."""
    row = history[-1]
    wanted = recipe.training_target
    if wanted is not None and row["accuracy"] >= wanted:
        sentence = f"达到{wanted:.1%}准确率,所以取消训练!"  # document 002's own
        reached = f"Training accuracy is {row['accuracy']:.2%} after epoch {row['epoch']}."
        return Stop(f"{sentence} {reached}", "--training-target 1")
    if row["step"] >= last_step:
        reason = f"{row['step']:,} steps are done."
        if wanted is not None:
            reason += f"\nTraining accuracy has not reached {wanted:.1%} in them: the layers need to be redesigned."
        return Stop(reason, "--epochs N" if recipe.schedule == "staircase" else "--restart --epochs N")
    wanted = recipe.target_accuracy
    if wanted is not None and min(row["accuracy"], row["validation_accuracy"]) > wanted:
        return Stop(f"training and {recipe.selection_split} accuracy are above {wanted}.", "--target-accuracy 1")
    best = best_epoch(history)
    if recipe.patience is not None and best and row["epoch"] - best["epoch"] >= recipe.patience:
        return Stop(
            f"{recipe.selection_split} accuracy is no better than {recipe.patience} epochs ago.", "--patience N"
        )
    return None
