"""A whole training: data and recipe settled, the run begun or continued, the best checkpoint tested."""

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from lenet_tf1.base import files, system
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.recipes import Recipe
from lenet_tf1.training import plan

if TYPE_CHECKING:  # numpy and TensorFlow are imported late, so that --help is quick
    from lenet_tf1.runs.checkpoints import Checkpoint
    from lenet_tf1.training.classification import Classification
    from lenet_tf1.training.hooks import Hooks
    from lenet_tf1.training.loop import Loop
    from lenet_tf1.training.meeting import Meeting
    from lenet_tf1.training.origin import Origin
    from lenet_tf1.training.stepper import Stepper
    from lenet_tf1.training.stopping import Stop
    from lenet_tf1.training.task import Task, Tested

SUMMARIES = ("none", "basic", "all")  # basic: graph, curves, costs, settings; all: what training/details.py adds
_PRINTED = Report()


def train(
    recipe: Recipe,
    run_dir: str | Path,
    *,
    restart: bool = False,
    origin: "Origin | None" = None,
    summaries: str = "basic",
    test: bool = True,
    report: Report = _PRINTED,
    meeting: "Meeting | None" = None,
) -> dict[str, Any]:
    """Train until the recipe's end, then evaluate the best checkpoint by validation on the test set.

    Parameters
    ----------
    recipe : Recipe
    run_dir : path
        Where everything goes (see runs/directory.py). A run that is there is continued, or removed if `restart`.
    origin : Origin, optional
        What a new run begins from; the recipe's `origin` is its digest.
    summaries : str
        What TensorBoard gets, one of SUMMARIES.
    test : bool
        Whether the test set is read at the end, and result.json written. A search looks at validation alone.
    report : Report
        Where the lines go that the command prints; base.report.QUIET drops them.
    meeting : Meeting, optional
        Of several workers, whose chief this process is; each of the others is in `follow`.

    Returns
    -------
    dict
        What result.json holds; without `test`, nothing of the test set.

    Raises
    ------
    InputError
        For settings, data or a disk that don't do.
    Interrupted
        After SIGINT or SIGTERM, with everything saved.

    Examples
    --------
    >>> result = train(find_recipe("lenet"), "checkpoints/mine")
    >>> result["test_accuracy"]
    0.9945
    """
    from lenet_tf1.base import machine  # with TensorFlow, which takes a while
    from lenet_tf1.runs import checkpoints, directory
    from lenet_tf1.training.loop import Loop

    run_dir = Path(run_dir)
    recipe, task = _settle_task(recipe, report, meeting)
    provenance: dict[str, Any] = {"data": task.digest} | machine.provenance()
    provenance["machine"]["workers"] = meeting.place.workers if meeting else 1
    if restart or not directory.checkpoint_folders(run_dir):  # what can't begin leaves no folder behind
        plan.settle_precision(recipe.precision, None, has_bf16=machine.has_bf16())
    with directory.exclusive(run_dir):
        latest = None if restart else checkpoints.newest(run_dir, report)
        recipe = _settle_recipe(recipe, latest, provenance, run_dir, report)
        report.line(f"{recipe.name} on {recipe.dataset}, {_settings(recipe)}")
        report.line(task.counts)
        with _make_stepper(recipe, task, meeting, provenance) as stepper:
            loop = Loop(stepper, task, run_dir, provenance=provenance, report=report)
            if latest is None:
                _begin_from(origin, stepper, report)
            if restart:
                directory.clear(run_dir)  # not before it is clear that the new run can begin
            if latest and (result := _resume(loop, latest, report)) and test:
                return result
            stepper.set_out(loop.progress)
            return _train_and_test(loop, summaries, report, test=test)


def follow(meeting: "Meeting") -> NoReturn:
    """Be one of the workers that a chief's `train` leads, until its end: train what it trains, and write nothing.

    Raises
    ------
    InputError
        For data that aren't the chief's, or what else doesn't do.
    Interrupted
        After SIGINT or SIGTERM anywhere, when the chief has been told.
    """
    from lenet_tf1.base import machine
    from lenet_tf1.training.hooks import Hooks
    from lenet_tf1.training.workers import Follower

    told = meeting.hear("recipe")[0].content
    refuse_other_versions(told["versions"])
    recipe, task = _settle_task(Recipe.from_json(told["recipe"]), QUIET, meeting)
    machine.choose_precision(recipe.precision)  # which may not be there
    if task.digest != told["data"]:
        raise InputError(f"the images in {recipe.dataset} are not the chief's")
    with _make_stepper(recipe, task, meeting, {}) as stepper:
        loop = Follower(stepper, task, Path(), provenance={}, report=QUIET)
        stepper.set_out(loop.progress)
        loop.run(Hooks())
        meeting.await_end()


def refuse_other_versions(told: Mapping[str, str]) -> None:
    """Raise InputError if this worker's versions are others than those that the chief has told."""
    from lenet_tf1.base import machine

    versions = machine.provenance()["versions"]
    for name in ("lenet_tf1", "tensorflow"):
        if versions[name] != told[name]:
            raise InputError(f"{name} is {versions[name]} here, and {told[name]} at the chief")


def _make_stepper(recipe: Recipe, task: "Task", meeting: "Meeting | None", provenance: Mapping[str, Any]) -> "Stepper":
    from lenet_tf1.training.stepper import Stepper

    if meeting is None:
        return Stepper(recipe, task)
    from lenet_tf1.training.workers import SharedStepper

    return SharedStepper(recipe, cast("Classification", task), meeting, provenance)


def _settle_task(recipe: Recipe, report: Report, meeting: "Meeting | None") -> "tuple[Recipe, Task]":
    # What the recipe's network learns, and the recipe with what its data tell.
    from lenet_tf1.graph.networks import READER
    from lenet_tf1.training.classification import Classification, settle_data
    from lenet_tf1.training.page_reading import PageReading

    if recipe.network == READER:
        if meeting:
            raise InputError(f"the network {recipe.network} is trained by one process: it normalises by whole batches")
        return recipe, PageReading(recipe)
    recipe, data = settle_data(recipe, report)
    return recipe, Classification(recipe, data)


def _settle_recipe(
    recipe: Recipe, latest: "Checkpoint | None", provenance: dict[str, Any], run_dir: Path, report: Report
) -> Recipe:
    # The recipe with its precision, if the run that is there can go on with it.
    from lenet_tf1.base import machine

    has_bf16 = machine.has_bf16()
    existing = latest.recipe.precision if latest else None
    precision, note = plan.settle_precision(recipe.precision, existing, has_bf16=has_bf16)
    recipe = dataclasses.replace(recipe, precision=precision)
    if latest:
        plan.refuse_changes(run_dir, latest.manifest, recipe, provenance["data"], has_bf16=has_bf16)
        for sentence in [*([note] if note else []), *plan.changed_surroundings(latest.manifest, provenance)]:
            report.note(sentence)
    return recipe


def _settings(recipe: Recipe) -> str:
    return f"{recipe.batch_size} images a step, {recipe.precision}, seed {recipe.seed}"


def _begin_from(origin: "Origin | None", stepper: "Stepper", report: Report) -> None:
    digest = stepper.recipe.origin
    if origin is None and digest is None:
        return
    if origin is None or origin.digest != digest:
        raise InputError(f"this run begins from weights with the SHA-256 {digest}: say where they are with --from")
    afresh = stepper.begin_from(origin.weights, other_classes=origin.recipe.classes != stepper.recipe.classes)
    fresh = f"; {', '.join(afresh)} afresh, for other shapes or classes" if afresh else ""
    frozen = f"; {', '.join(stepper.recipe.frozen)} frozen" if stepper.recipe.frozen else ""
    report.line(f"Beginning from the weights with the SHA-256 {digest[:12] if digest else ''}...{fresh}{frozen}")


def _resume(loop: "Loop", latest: "Checkpoint", report: Report) -> dict[str, Any] | None:
    # The result of a run that is finished already; else None, and the loop goes on where it was.
    from lenet_tf1.runs import directory

    loop.resume(latest)
    if (finished := loop.why_stop()) and (result := directory.read_result(loop.run_dir)):
        report.line(f"This run is finished: {finished.reason}\n\n{_what_next(loop, finished)}")
        return result
    report.line(f"Continuing at step {loop.stepper.step:,} in {loop.run_dir}")
    return None


def _train_and_test(loop: "Loop", summaries: str, report: Report, *, test: bool) -> dict[str, Any]:
    from lenet_tf1.runs import checkpoints, directory

    run_dir = loop.run_dir
    directory.check_hold(run_dir)
    files.remove(run_dir / "result.json")  # of the shorter run that this one extends
    directory.write_json(run_dir / "recipe.json", loop.stepper.recipe.to_json())
    hooks = _make_hooks(summaries, loop, report)
    try:
        stop = loop.run(hooks)
        best = checkpoints.best(run_dir, report)
        hooks.at_end()
        if not test:
            return _result(loop, best, None)
        with loop.task.restore(best) as network:
            tested = loop.task.test(network)
            result = _result(loop, best, tested)
            directory.write_json(run_dir / "result.json", result)
            hooks.after_test(network, best.step, tested.score)
    finally:
        hooks.close()
    _conclude(loop, stop, best, tested.line, report)
    return result


def _make_hooks(summaries: str, loop: "Loop", report: Report) -> "Hooks":
    from lenet_tf1.training.classification import Classification
    from lenet_tf1.training.hooks import Hooks, SummaryHooks

    if summaries == "none":
        return Hooks()
    if summaries == "all" and isinstance(loop.task, Classification):
        from lenet_tf1.training.details import DetailedHooks  # with matplotlib, which takes a while

        return DetailedHooks(loop.run_dir, loop.stepper, report, loop.task)
    return SummaryHooks(loop.run_dir, loop.stepper, report)


def _result(loop: "Loop", best: "Checkpoint", tested: "Tested | None") -> dict[str, Any]:
    recipe, progress, step = loop.stepper.recipe, loop.progress, loop.stepper.step
    row = _row_of(loop, best)
    of_test: dict[str, Any] = {"test_accuracy": tested.score.accuracy} if tested else {}
    if tested and tested.confidence:
        of_test["confidence"] = dataclasses.asdict(tested.confidence)
    return {
        "recipe": recipe.to_json(),
        "seed": recipe.seed,
        "steps": step,
        "best_step": best.step,
        "train_seconds": round(progress.seconds, 3),
        "images_per_second": round(step * recipe.batch_size / progress.step_seconds, 1),
        "validation_accuracy": row["validation_accuracy"],
        "validation_loss": row["validation_loss"],
        **of_test,
        "versions": loop.provenance["versions"],
        "machine": loop.provenance["machine"],
    }


def _row_of(loop: "Loop", best: "Checkpoint") -> dict[str, Any]:
    return next(row for row in loop.progress.history if row["step"] == best.step)


def _conclude(loop: "Loop", stop: "Stop", best: "Checkpoint", test_line: str, report: Report) -> None:
    row = _row_of(loop, best)
    report.line(f"Stopped: {stop.reason}\n")
    report.line(test_line)
    report.line(f"Time usage: {timedelta(seconds=round(loop.progress.seconds))}")
    which = "Best of validation" if loop.stepper.recipe.schedule == "staircase" else "On validation"
    report.line(f"{which}: {row['validation_accuracy']:.2%} after epoch {row['epoch']}, in {best.folder}\n")
    report.line(_what_next(loop, stop))


def _what_next(loop: "Loop", stop: "Stop") -> str:
    from lenet_tf1.graph.networks import READER

    place = system.quoted(loop.run_dir)
    evaluate = f"  python -m lenet_tf1.evaluate {place}\n" if loop.stepper.recipe.network != READER else ""
    return (
        "Next:\n"
        f"{evaluate}"
        f"  tensorboard --logdir {place}\n"
        f"  python -m lenet_tf1.train --run-dir {place} {stop.to_go_on}\n"
        f"  python -m lenet_tf1.train --run-dir {place} --restart"
    )
