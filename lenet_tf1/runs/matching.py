"""Which of a checkpoint's variables is which of a network's: by name, by order, or by shape."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from lenet_tf1.base.errors import InputError

AVERAGE = "/ExponentialMovingAverage"  # what tf.train.ExponentialMovingAverage appends to a variable's name
_ATTRIBUTE = "/.ATTRIBUTES/VARIABLE_VALUE"  # how names end in TensorFlow 2's checkpoints of objects
_FLOATS = ("float32", "float64", "float16", "bfloat16")
_OF_OPTIMIZERS = re.compile(  # slots and counters, of TensorFlow 1's optimizers, Keras's and object graphs'
    r"(^|/)(Adam|Momentum|Adagrad|Adadelta|RMSProp|Ftrl|Adam_1|Adadelta_1|RMSProp_1|Ftrl_1)$"
    r"|(^|/)(beta[12]_power(_\d+)?|global_step|save_counter|learning_rate|iterations?)($|/)"
    r"|(^|/)_?(optimizer|optimizer_weights|keras_api|seed_generator)/(?!_trainable_variables/)|OPTIMIZER_SLOT|^_CHECKPOINTABLE_OBJECT_GRAPH$"
)
_MOST_NAMED = 12


class Stored(NamedTuple):
    """A variable in a checkpoint: its dimensions, and the name of its type."""

    shape: list[int]
    dtype: str


@dataclass(frozen=True)
class Rules:
    """What a person says about the names in a checkpoint.

    Attributes
    ----------
    renames : tuple of (pattern, replacement)
        Regular expressions for whole names, in re.sub's form, tried in turn; the first that fits a name is taken.
    averages : bool
        Whether moving averages are taken instead of the variables themselves, where there are any.
    """

    renames: tuple[tuple[str, str], ...] = ()
    averages: bool = True

    def to_json(self) -> dict[str, Any]:
        """As JSON's types."""
        return asdict(self)


NO_RULES = Rules()


@dataclass(frozen=True)
class Match:
    """What goes where.

    Attributes
    ----------
    taken : dict
        The network's names -> the checkpoint's.
    left : list of str
        The checkpoint's names that nothing is taken from.
    wrong : list of str
        In words, why it doesn't fit; then nothing is taken.
    how : str
        "name", "name in the scope ...", "order" or "shape".
    """

    taken: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    how: str = "name"


def parse_renames(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of `pattern=replacement`. Raises InputError for what is none."""
    pairs = []
    for text in texts:
        pattern, _, replacement = text.rpartition("=")
        try:
            re.sub(pattern, replacement, "")
        except (re.error, IndexError) as error:
            raise InputError(f"--map {text} is no pattern=name ({error})") from error
        if not pattern or not replacement:
            raise InputError(f"--map {text} is no pattern=name, such as 'layer1/kernel=conv2/w'")
        pairs.append((pattern, replacement))
    return tuple(pairs)


def match(found: Mapping[str, Stored], shapes: Mapping[str, Sequence[int]], rules: Rules) -> Match:
    """Find a network's variables among those of a checkpoint.

    Tried in turn, each for all variables at once: the network's own names; its names in one scope; the order in
    which both list them, if the shapes are the same one after the other; and shapes that only one variable has.

    Parameters
    ----------
    found : mapping
        The checkpoint's variables, in its order.
    shapes : mapping
        The network's, name -> dimensions, in its order.
    rules : Rules

    Raises
    ------
    InputError
        If the rules give two variables the name of one.
    """
    renamed: dict[str, str] = {}
    for name in found:
        new = _renamed(name, rules)
        if new in renamed and new.removesuffix(AVERAGE) in shapes:
            raise InputError(f"--map would make {new} of both {renamed[new]} and {name}")
        renamed[new] = name
    plain = {new: found[old] for new, old in renamed.items() if not new.endswith(AVERAGE)}
    averaged = {new.removesuffix(AVERAGE): found[old] for new, old in renamed.items() if new.endswith(AVERAGE)}
    for candidates, end in ((averaged if rules.averages else {}, AVERAGE), (plain, "")):
        if answer := _match(candidates, shapes):
            pairs, how = answer
            taken = {ours: renamed[theirs + end] for ours, theirs in pairs.items()}
            used = set(taken.values())
            return Match(taken, [name for name in found if name not in used], how=how)
    return Match(left=list(found), wrong=_reasons(plain, shapes))


def differences(found: Mapping[str, Stored], shapes: Mapping[str, Sequence[int]]) -> list[str]:
    """In words, each variable of `shapes` that is missing, or is of another shape or type than a float."""
    wrong = []
    for name, shape in shapes.items():
        if name not in found:
            wrong.append(f"{name} is missing")
        elif list(found[name].shape) != list(shape):
            wrong.append(f"{name} is {list(found[name].shape)} instead of {list(shape)}")
        elif found[name].dtype not in _FLOATS:
            wrong.append(f"{name} is {found[name].dtype} instead of float32")
    return wrong


def natural_order(name: str) -> tuple[Any, ...]:
    """A sort key that follows the order in which layers are made: numbers by value, biases after their weights."""
    scope, _, last = name.removesuffix(AVERAGE).removesuffix(_ATTRIBUTE).rpartition("/")
    parts, numbers = (  # text and numbers by turns, so that like is compared with like
        [int(part) if part.isdecimal() else part for part in re.split(r"(\d{1,9})", text)] for text in (scope, last)
    )
    return parts, bool(re.match(r"_?b($|\d|c|d|ias)", last)), numbers


def _renamed(name: str, rules: Rules) -> str:
    for pattern, replacement in rules.renames:
        if fits := re.fullmatch(pattern, name):
            return fits.expand(replacement)
    return name


def _match(found: Mapping[str, Stored], shapes: Mapping[str, Sequence[int]]) -> tuple[dict[str, str], str] | None:
    if not differences(found, shapes):
        return {name: name for name in shapes}, "name"
    first = next(iter(shapes))
    scopes = [name.removesuffix(first) for name in found if name.endswith(f"/{first}")]
    if len(scopes) == 1:
        scope = scopes[0]
        inside = {name.removeprefix(scope): stored for name, stored in found.items() if name.startswith(scope)}
        if not differences(inside, shapes):
            return {name: scope + name for name in shapes}, f"name in the scope {scope.rstrip('/')}"
    weights = {
        name: stored
        for name, stored in found.items()
        if stored.dtype in _FLOATS and not _OF_OPTIMIZERS.search(name) and (stored.shape or [] in shapes.values())
    }
    wanted = [list(shape) for shape in shapes.values()]
    theirs = [list(stored.shape) for stored in weights.values()]
    if theirs == wanted:
        return dict(zip(shapes, weights, strict=True)), "order"
    if all(wanted.count(shape) == theirs.count(shape) == 1 for shape in wanted):
        names = list(weights)
        return {name: names[theirs.index(list(shape))] for name, shape in shapes.items()}, "shape"
    return None


def _reasons(found: Mapping[str, Stored], shapes: Mapping[str, Sequence[int]]) -> list[str]:
    wrong = differences(found, shapes)
    if len(wrong) < len(shapes) or any("missing" not in reason for reason in wrong):
        return wrong
    held = [f"{name} {list(s.shape)}" for name, s in found.items() if not _OF_OPTIMIZERS.search(name)]
    more = f" and {len(held) - _MOST_NAMED} more" if len(held) > _MOST_NAMED else ""
    wanted = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
    return [f"it holds {', '.join(held[:_MOST_NAMED]) or 'nothing'}{more} where the network has {wanted}"]
