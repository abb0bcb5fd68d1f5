"""A search of a recipe's settings: trials, each of which is a run, compared on validation alone.

Its folder holds search.json, with what was asked and what came out so far, and the run directories trial-000,
trial-001 and so on. The settings of a trial are a function of seed and number, and what is trained next is one of
the results: a search that is killed, and begun again with the same command, does what it would have done.
"""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError, NotFinite
from lenet_tf1.base.report import Report
from lenet_tf1.base.system import quoted
from lenet_tf1.recipes import Recipe, words
from lenet_tf1.training import plan
from lenet_tf1.training.ranges import default_ranges, parse_ranges, settings
from lenet_tf1.training.run import train

METHODS = ("halving", "random")
FACTOR = 3  # of halving: each round has a third of the trials, and they are three times as long
ROUNDS = 3
RECORD = "search.json"
_LARGEST_RECORD = 64 << 20  # bytes
_MOST_TRIALS = 1000
_PRINTED = Report()


@dataclasses.dataclass(frozen=True)
class Result:
    """What a trial came to on validation after so many epochs, or steps where the recipe counts these.

    `accuracy` and `loss` are None for settings with which training came to numbers that aren't finite.
    """

    trial: int
    length: int
    accuracy: float | None
    loss: float | None

    def checked(self) -> "Result":
        """Itself. Raises ValueError for what no search has written."""
        numbers = all(value is None or type(value) is float for value in (self.accuracy, self.loss))
        if type(self.trial) is not int or type(self.length) is not int or not numbers:
            raise ValueError("not a result")
        return self

    @property
    def rank(self) -> tuple[float, ...]:
        """What is higher for better ones: accuracy, then loss; of equals the first is the best."""
        if self.accuracy is None or self.loss is None:
            return (self.length, -1.0, 0.0, -self.trial)
        return (self.length, self.accuracy, -self.loss, -self.trial)


def search(
    recipe: Recipe,
    run_dir: str | Path,
    *,
    ranges: Mapping[str, str] | None = None,
    trials: int = 20,
    method: str = "halving",
    epochs: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    report: Report = _PRINTED,
) -> list[Result]:
    """Train trials with different settings, and tell which is the best on validation. The test set isn't looked at.

    Trial 0 has the recipe's own settings. All have its seed.

    Parameters
    ----------
    recipe : Recipe
    run_dir : path
        Where the trials go. A search that is there is continued; it may get more trials.
    ranges : mapping, optional
        What to choose from, see `ranges.parse_ranges`; by default `ranges.default_ranges`.
    trials : int
    method : {"halving", "random"}
        "random" trains each trial whole. "halving" trains all for a ninth of that, the better third of them for a
        third, the better third of those whole; and trial 0 whole, to compare with.
    epochs, steps : int, optional
        How long a whole trial is; by default as the recipe says.
    seed : int
        Of the choices.
    report : Report

    Returns
    -------
    list of Result
        Each trial's last, the best first.

    Raises
    ------
    InputError
        For settings, data or a disk that don't do, or a folder that holds something else.
    Interrupted
        After SIGINT or SIGTERM, with everything saved.

    References
    ----------
    Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 2012. Jamieson and Talwalkar,
    "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016: successive halving.
    """
    from lenet_tf1.runs import directory

    for name, value, most in (("trials", trials, _MOST_TRIALS), ("seed", seed, 2**32 - 1)):
        if not 0 <= value <= most or (name == "trials" and not value):
            raise InputError(f"{name} must be {int(name == 'trials')} to {most:,}, not {value}")
    if method not in METHODS:
        raise InputError(f"the method is {' or '.join(METHODS)}, not {method}")
    given = {name: value for name, value in (("epochs", epochs), ("steps", steps)) if value is not None}
    if len(given) > 1:
        raise InputError("epochs and steps exclude each other")
    whole = plan.change(recipe, given)
    texts = dict(ranges or default_ranges(recipe))
    searching = _Search(Path(run_dir), whole, texts, seed, report)
    with directory.exclusive(searching.run_dir):
        searching.begin(trials, method)
        alive = list(range(trials))
        for number, length in enumerate(_lengths(whole, method), 1):
            results = [searching.result(trial, length) for trial in alive]
            alive = _survivors(results, -(-trials // FACTOR**number))
        found = searching.last_results(trials)
    report.line(f"\nValidation, the best first:\n\n{searching.header()}")
    report.line("\n".join(searching.row(result) for result in found))
    report.line(searching.conclusion(found, recipe))
    return found


def _lengths(whole: Recipe, method: str) -> list[int]:
    # Of each round, in epochs or steps; the last is the whole one.
    full = whole.steps or whole.epochs
    rounds = ROUNDS if method == "halving" else 1
    return sorted({max(1, round(full / FACTOR**k)) for k in range(rounds)})


def _survivors(results: list[Result], count: int) -> list[int]:
    # The trials of the next round: the best of this one, and trial 0.
    best = sorted(results, key=lambda result: result.rank, reverse=True)[:count]
    return sorted({0, *(result.trial for result in best if result.accuracy is not None)})


class _Search:
    # Trials and their results, in a folder that is held.
    def __init__(self, run_dir: Path, whole: Recipe, texts: dict[str, str], seed: int, report: Report) -> None:
        self.run_dir, self._whole, self._report = run_dir, whole, report
        self._ranges, self._seed = parse_ranges(whole, texts), seed
        self._asked: dict[str, Any] = {"recipe": whole.to_json(), "ranges": texts, "seed": seed}
        self._unit = "steps" if whole.steps else "epochs"
        self._results: list[Result] = []

    def begin(self, trials: int, method: str) -> None:
        """Read what there is, and say what is to be done."""
        from lenet_tf1.runs import directory
        from lenet_tf1.training.events import describe_trials

        if directory.checkpoint_folders(self.run_dir):
            raise InputError(f"{self.run_dir} holds a run, and no search: choose another --run-dir")
        if (self.run_dir / RECORD).exists():
            self._results = self._read()
        describe_trials(self.run_dir, [each.name for each in self._ranges])
        whole = self._whole
        length = f"{', '.join(f'{each:,}' for each in _lengths(whole, method))} {self._unit}"
        self._report.line(f"{whole.name} on {whole.dataset}: {trials} trials of {length}, {method}, seed {self._seed}")
        self._report.line(f"{'; '.join(f'{words(name)} {text}' for name, text in self._asked['ranges'].items())}\n")
        self._report.line(self.header())

    def _read(self) -> list[Result]:
        path = self.run_dir / RECORD
        try:
            record = json.loads(files.read_regular(path, _LARGEST_RECORD))
            results = [Result(**row).checked() for row in record.pop("results")]
            record["recipe"] = Recipe.from_json(record["recipe"]).to_json()  # of an earlier version, perhaps
        except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError, InputError) as error:
            raise InputError(f"{path} is not what a search wrote: choose another --run-dir") from error
        for name, value in self._asked.items():
            if record.get(name) != value:
                raise InputError(f"{self.run_dir} holds a search with another {name}: choose another --run-dir")
        return results

    def recipe(self, trial: int, length: int) -> Recipe:
        """What a trial trains, for so long."""
        chosen = settings(self._ranges, self._seed, trial) if trial else {}
        return dataclasses.replace(self._whole, **(chosen | {self._unit: length}))

    def place(self, trial: int) -> Path:
        """Its run directory."""
        return self.run_dir / f"trial-{trial:03d}"

    def result(self, trial: int, length: int) -> Result:
        """What a trial comes to in so long; it is trained unless that is known."""
        known = [result for result in self._results if (result.trial, result.length) == (trial, length)]
        result = known[0] if known else self._train(trial, length)
        self._report.line(self.row(result))
        return result

    def _train(self, trial: int, length: int) -> Result:
        from lenet_tf1.runs import checkpoints, directory

        recipe, place = self.recipe(trial, length), self.place(trial)
        # A rate that falls to 0 at the end of the shorter trial can't go on: the longer one begins anew.
        before = checkpoints.existing_recipe(place) if recipe.schedule == "one-cycle" else None
        anew = before is not None and (before.epochs, before.steps) != (recipe.epochs, recipe.steps)
        try:
            reached = train(recipe, place, restart=anew, test=False, report=_Notes(bars=self._report.bars))
            result = Result(trial, length, reached["validation_accuracy"], reached["validation_loss"])
        except NotFinite as error:
            self._report.note(f"trial {trial}: {error}")
            result = Result(trial, length, None, None)
        self._results.append(result)
        record = self._asked | {"results": [dataclasses.asdict(result) for result in self._results]}
        directory.write_json(self.run_dir / RECORD, record)
        return result

    def last_results(self, trials: int) -> list[Result]:
        """Of each trial, the best first."""
        last = {result.trial: result for result in sorted(self._results, key=lambda result: result.length)}
        return sorted((last[trial] for trial in range(trials)), key=lambda result: result.rank, reverse=True)

    def header(self) -> str:
        """Of the table, in two lines."""
        upper, lower = zip(*(_heading(each.name) for each in self._ranges), strict=True)
        lines = (f"{'':5}  {'':6}  {'':10}", *upper), (f"trial  {self._unit:>6}  validation", *lower)
        return "\n".join("  ".join(line).rstrip() for line in lines)

    def row(self, result: Result) -> str:
        """A line of it."""
        recipe = self.recipe(result.trial, result.length)
        accuracy = "diverged" if result.accuracy is None else f"{result.accuracy:.2%}"
        cells = [f"{getattr(recipe, each.name):{len(_heading(each.name)[0])}g}" for each in self._ranges]
        return "  ".join([f"{result.trial:5}  {result.length:6}  {accuracy:>10}", *cells])

    def conclusion(self, found: list[Result], asked: Recipe) -> str:
        """Which trial is the best, and the commands that train it as long as its recipe says and look at it."""
        best, own = found[0], next(result for result in found if not result.trial)
        if best.accuracy is None:
            return "\nNo trial came to an end: try lower learning rates."
        told = [f"\nBest on validation: trial {best.trial} with {best.accuracy:.2%}"]
        if best.trial and own.accuracy is not None:
            told.append(f"; the recipe's own settings come to {own.accuracy:.2%}")
        place, option = quoted(self.place(best.trial)), ""
        if (asked.epochs, asked.steps) != (self._whole.epochs, self._whole.steps):
            option = f" --steps {asked.steps}" if asked.steps else f" --epochs {asked.epochs}"
            option = f" --restart{option}" if asked.schedule == "one-cycle" else option
        folder = quoted(self.run_dir)
        train_it = f"  python -m lenet_tf1.train --run-dir {place}{option}"
        return "".join([*told, f"\n\nNext:\n{train_it}\n  tensorboard --logdir {folder}"])


def _heading(name: str) -> tuple[str, str]:
    # Two lines of the same width, such as "learning" and "rate".
    upper, _, lower = words(name).rpartition(" ")
    width = max(len(upper), len(lower), 7)
    return upper.rjust(width), lower.rjust(width)


class _Notes(Report):
    # A trial's notes and bars, without the lines of its training.
    def line(self, text: str = "") -> None:
        """Drop it."""
