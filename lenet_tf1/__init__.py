"""LeNet as a TensorFlow 1 style graph, for handwritten digits.

Importing this package does nothing else: no TensorFlow, no flags, no logging set-up. The names below are imported
when they are first used:

>>> from lenet_tf1 import Recognizer, find_recipe, load

Each command is a module with a function to import: `lenet_tf1.train.train`, `lenet_tf1.evaluate.evaluate`, and so on.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_PLACES = {
    "InputError": "base.errors",
    "Interrupted": "base.errors",
    "Report": "base.report",
    "QUIET": "base.report",
    "Recipe": "recipes",
    "RECIPES": "recipes",
    "find_recipe": "recipes",
    "Batches": "data.batches",
    "Dataset": "data.splits",
    "Split": "data.splits",
    "load": "data.datasets",
    "read_picture": "data.images",
    "NETWORKS": "graph.networks",
    "build_model": "graph.model",
    "FrozenNetwork": "inference.frozen",
    "restore": "inference.frozen",
    "Metrics": "inference.metrics",
    "Recognizer": "reading.recognizer",
    "texts": "reading.results",
    "serve": "app.serving",
}
__all__ = ["__version__", *_PLACES]

if TYPE_CHECKING:
    from lenet_tf1.app.serving import serve as serve
    from lenet_tf1.base.errors import InputError as InputError
    from lenet_tf1.base.errors import Interrupted as Interrupted
    from lenet_tf1.base.report import QUIET as QUIET
    from lenet_tf1.base.report import Report as Report
    from lenet_tf1.data.batches import Batches as Batches
    from lenet_tf1.data.datasets import load as load
    from lenet_tf1.data.images import read_picture as read_picture
    from lenet_tf1.data.splits import Dataset as Dataset
    from lenet_tf1.data.splits import Split as Split
    from lenet_tf1.graph.model import build_model as build_model
    from lenet_tf1.graph.networks import NETWORKS as NETWORKS
    from lenet_tf1.inference.frozen import FrozenNetwork as FrozenNetwork
    from lenet_tf1.inference.frozen import restore as restore
    from lenet_tf1.inference.metrics import Metrics as Metrics
    from lenet_tf1.reading.recognizer import Recognizer as Recognizer
    from lenet_tf1.reading.results import texts as texts
    from lenet_tf1.recipes import RECIPES as RECIPES
    from lenet_tf1.recipes import Recipe as Recipe
    from lenet_tf1.recipes import find_recipe as find_recipe


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(f"lenet_tf1.{_PLACES[name]}"), name)
    raise AttributeError(f"module 'lenet_tf1' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
