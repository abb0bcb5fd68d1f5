"""A split measured by several workers: each runs the networks on its share of the images, and counts are summed.

The networks are the chief's, who tells the others their weights: they have the data set alone. TensorFlow's server has
no part in it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.inference import evaluation
from lenet_tf1.inference.evaluation import Places
from lenet_tf1.recipes import Recipe
from lenet_tf1.training.meeting import Meeting
from lenet_tf1.training.messages import pack, unpack
from lenet_tf1.training.run import refuse_other_versions

if TYPE_CHECKING:
    from lenet_tf1.data.splits import Split
    from lenet_tf1.inference.frozen import FrozenNetwork
    from lenet_tf1.inference.metrics import Metrics

Networks = Iterator[tuple["FrozenNetwork", Recipe]]


def evaluate(
    meeting: Meeting,
    path: Places,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
    batch_size: int = 256,
    report: Report = QUIET,
) -> "tuple[Metrics, Recipe]":
    """What `inference.evaluation.evaluate` returns, computed by all workers, whose chief this process is.

    Accuracy and confusion are those of one process, the loss is a sum in another order. Parameters and errors are that
    function's, besides an InputError for fewer images than there are workers.
    """
    from lenet_tf1.base import machine

    evaluation.check(split, batch_size)
    paths = evaluation.places(path)
    asked: dict[str, Any] = {"split": split, "batch_size": batch_size}
    meeting.tell("evaluation", asked | {"networks": len(paths), "versions": machine.provenance()["versions"]})
    networks = _told(meeting, evaluation.restored(paths, recipe, dataset, data_dir, report))
    metrics, first = _measure(meeting, networks, report, **asked)
    evaluation.refuse_infinite(metrics, paths, split)
    return metrics, first


def follow(meeting: Meeting) -> NoReturn:
    """Be one of the workers that a chief's `evaluate` leads, until its end.

    Raises
    ------
    InputError
        For images that aren't the chief's, or what else doesn't do.
    """
    asked = meeting.hear("evaluation")[0].content
    refuse_other_versions(asked.pop("versions"))
    networks = _heard(meeting, asked.pop("networks"))
    _measure(meeting, networks, QUIET, **asked)
    meeting.await_end()


def _measure(
    meeting: Meeting, restored: Networks, report: Report, *, split: str, batch_size: int
) -> "tuple[Metrics, Recipe]":
    import numpy as np

    from lenet_tf1.inference.metrics import Metrics

    def cut(whole: "Split") -> "Split":
        return whole[_share(meeting, whole, batch_size)]

    mine, first, _ = evaluation.measure(restored, split, batch_size, report, cut=cut)
    parts = meeting.everybodys([mine.loss, mine.confusion.tolist()])
    return Metrics.of_parts([Metrics(loss, np.array(confusion)) for loss, confusion in parts]), first


def _share(meeting: Meeting, split: "Split", batch_size: int) -> slice:
    # Whole batches where there are enough: they are then those that one process computes.
    from lenet_tf1.graph.share import Share

    place, images, digest = meeting.place, len(split), split.digest()
    if place.rank == 0:
        meeting.tell("images", digest)
    elif meeting.hear("images")[0].content != digest:
        raise InputError("the images here are not the chief's")
    if images < place.workers:
        raise InputError(f"{images} images are too few for {place.workers} workers")
    unit = min(batch_size, images // place.workers)
    batches = Share.of(place.rank, place.workers, -(-images // unit)).places
    return slice(batches.start * unit, batches.stop * unit)


def _told(meeting: Meeting, networks: Networks) -> Networks:
    # The chief's networks, each of which the others are told.
    for network, used in networks:
        recipes = {"trained": network.recipe.to_json(), "used": used.to_json()}
        meeting.tell("network", recipes, pack(network.weights))
        yield network, used


def _heard(meeting: Meeting, networks: int) -> Networks:
    from lenet_tf1.inference.frozen import FrozenNetwork, HeldWeights

    for _ in range(networks):
        message = meeting.hear("network")[0]
        trained, used = (Recipe.from_json(message.content[name]) for name in ("trained", "used"))
        with FrozenNetwork(HeldWeights(trained, unpack(message.data))) as network:
            yield network, used
