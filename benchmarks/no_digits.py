"""How well digits are told from what is none: python benchmarks/no_digits.py [--run-dir RUN] [--letters FOLDER]

Of MNIST's test digits it tells how many are right, and how many of the others if the least sure are left out. The
probability of the surest class, calibrated on validation, has to be higher for MNIST's test digits than for our own
shapes of no class (freshly drawn: letters, signs, scribbles, parts and pairs of digits), and for the test images of a
folder of letters, such as notMNIST's. AUROC is the chance that it is; beside it stands how many of the others pass for
digits at a threshold that 95 % of the digits pass.
"""

import argparse
import contextlib
from pathlib import Path

import numpy as np

from lenet_tf1.base import console
from lenet_tf1.base.report import Report

SHAPES = 10_000


def shapes_of_no_class(seed, n):
    """Our own, uint8 [n, 28, 28]."""
    from lenet_tf1.data.hands import drawing, pens
    from lenet_tf1.data.hands.hand import Hand
    from lenet_tf1.data.hands.no_digits import no_digit
    from lenet_tf1.data.normalize import as_mnist

    hands = [Hand(f"{seed}/no digit/{number}") for number in range(n)]
    return np.stack([as_mnist(pens.scanned(no_digit(h, lambda h: drawing.some_digit(h)[0]), h)) for h in hands])


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run-dir", help="(the networks that ship, together)")
    parser.add_argument("--letters", metavar="FOLDER", type=Path, help="with the test images of letters as IDX files")
    parser.add_argument("--seed", type=int, default=1_000_003, help="of the shapes; training has others")
    args = parser.parse_args()
    console.import_tensorflow()

    from lenet_tf1.data.datasets import load
    from lenet_tf1.data.idx import read_pair
    from lenet_tf1.inference import confidence
    from lenet_tf1.reading.ensemble import ensemble_of
    from lenet_tf1.runs.shipped import SHIPPED

    with contextlib.closing(ensemble_of(args.run_dir or SHIPPED, report=Report())) as ensemble:

        def surest(images):
            return ensemble.of_many(images).max(axis=1)

        test = load("mnist").test
        known = confidence.Rejection(ensemble.confidence, ensemble.of_many(test.images), test.labels)
        digits = known.surest
        others = {"our own shapes of no class": surest(shapes_of_no_class(args.seed, SHAPES))}
        if args.letters:
            others[args.letters.name] = surest(read_pair(args.letters, "t10k")[0])
    print(f"{len(digits):,} digits: {known.right.mean():.2%} right, calibration error {known.calibration.error:.2%}")
    print(f"  {known.rejected:.2%} below the threshold, {known.accuracy:.2%} of the others right", end=", ")
    print(f"and {known.accuracy_without(0.01):.2%} without the least sure 1 %")
    for name, them in others.items():
        rejected = (them < ensemble.confidence.threshold).mean()
        print(f"{len(digits):,} digits against {len(them):,} of {name}:")
        print(f"  AUROC {confidence.auroc(digits, them):.4f}", end=", ")
        print(f"false positives at 95 %: {confidence.false_positives(digits, them):.2%}", end=", ")
        print(f"{rejected:.1%} below the threshold {ensemble.confidence.threshold:.3f}")


if __name__ == "__main__":
    main()
