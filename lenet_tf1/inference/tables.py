"""Metrics as lines of text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy is imported late, so that --help is quick
    import numpy as np

    from lenet_tf1.inference.confidence import Rejection
    from lenet_tf1.inference.metrics import Metrics
    from lenet_tf1.inference.robustness import Robustness

TITLES = {"train": "Training-Set", "validation": "Validation-Set", "test": "Test-Set"}  # document 003's words
WORDS = {"train": "training", "validation": "validation", "test": "test"}
_REJECTED = (0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)  # of the images
_WIDTH = 80  # columns of a terminal


def accuracy_line(metrics: "Metrics", split: str) -> str:
    """Document 003's line: Accuracy on Test-Set: 99.2% (9921/10000)."""
    m = metrics
    return f"Accuracy on {TITLES[split]}: {m.accuracy:.1%} ({m.correct}/{m.total})"


def rejection_table(rejection: "Rejection", split: str) -> str:
    """Accuracy by the share of images that is answered, and what the chosen threshold does, as lines."""
    r = rejection
    lines = ["Without the images that it is least sure of:\n", "rejected   accuracy of the others"]
    lines += [f"{share:8.1%}   {r.accuracy_without(share):.2%}" for share in _REJECTED]
    lines += [
        f"\nWith the threshold {r.confidence.threshold:.3f}, chosen on validation to reject 1 % of it,",
        f"{r.rejected:.2%} of the {WORDS[split]} images are rejected, and {r.accuracy:.2%} of the others are right.",
        f"Temperature {r.confidence.temperature:.3f}, expected calibration error {r.calibration.error:.2%}",
    ]
    return "\n".join(lines)


def robustness_table(found: "Robustness") -> str:
    """Accuracy by the strength of the noise, as lines."""
    f, starts = found, "1 start" if found.restarts == 1 else f"{found.restarts} starts"
    lines = [f"Accuracy on {f.images:,} {WORDS[f.split]} images with noise of up to epsilon in each pixel:"]
    lines.append(f"FGSM in one step, PGD in {f.steps} from {starts}, seed {f.seed}.")
    if f.target is not None:
        lines.append(f"One noise for all images is to make {f.target} of them: its share of the others.")
    lines.append("\nepsilon      FGSM       PGD" + ("" if f.target is None else "   one noise"))
    for row in f.strengths:
        noise = "" if row.noise is None else f"{row.noise:12.2%}"
        lines.append(f"{row.epsilon:7.3f}{row.fgsm:10.2%}{row.pgd:10.2%}{noise}")
    return "\n".join(lines)


def confusion_table(metrics: "Metrics", classes: Sequence[str]) -> str:
    """The confusion as lines of at most 80 columns where that can be, each class with its own accuracy.

    Where names are too long for columns they stand in the rows alone, with numbers; where the classes are
    too many, each has those beside it that it was most often taken for.
    """
    numbers = [str(i) for i in range(len(classes))]
    numbered = [f"{number} {name}" for number, name in zip(numbers, classes, strict=True)]
    for heads, labels in ((classes, classes), (numbers, numbered)):
        cell = 1 + max(map(len, [*heads, str(metrics.confusion.max())]))
        if max(map(len, labels)) + cell * len(classes) + 10 <= _WIDTH:
            return _matrix(metrics.confusion, heads, labels, cell)
    return _mistakes(metrics.confusion, classes)


def _matrix(confusion: "np.ndarray", heads: Sequence[str], labels: Sequence[str], cell: int) -> str:
    label = max(map(len, labels))
    lines = ["Rows are the true classes, columns the predictions:\n"]
    lines.append(" " * label + "".join(f"{head:>{cell}}" for head in heads) + "   correct")
    for name, row, share in zip(labels, confusion, _shares(confusion), strict=True):
        lines.append(f"{name:<{label}}" + "".join(f"{count:>{cell}}" for count in row) + share)
    return "\n".join(lines)


def _mistakes(confusion: "np.ndarray", classes: Sequence[str]) -> str:
    label = max(map(len, classes))
    lines = [" " * label + "   correct  taken for"]
    for i, (row, share) in enumerate(zip(confusion, _shares(confusion), strict=True)):
        others = sorted((int(j) for j in row.nonzero()[0] if j != i), key=lambda j: -row[j])[:5]
        taken = ", ".join(f"{classes[j]} ({row[j]})" for j in others)
        lines.append(f"{classes[i]:<{label}}{share}  {taken}".rstrip())
    return "\n".join(lines)


def _shares(confusion: "np.ndarray") -> list[str]:
    totals = confusion.sum(axis=1)
    return [f"{hits / n:10.2%}" if n else f"{'-':>10}" for hits, n in zip(confusion.diagonal(), totals, strict=True)]
