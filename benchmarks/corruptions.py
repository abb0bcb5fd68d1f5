"""How much of MNIST is still read when its test images are corrupted: python benchmarks/corruptions.py [RUN ...]

The 15 corruptions of MNIST-C (Mu and Gilmer, "MNIST-C: a robustness benchmark for computer vision", 2019), with their
strengths, by our own code and from a seed: so accuracies are close to those on the published files, but not the same.
"""

import argparse
import itertools
import json
from pathlib import Path

import cv2
import numpy as np

from lenet_tf1.base import console
from lenet_tf1.base.report import Report

SIDE = 28
MIDDLE = (SIDE - 1) / 2
CORRUPTIONS = {}  # name -> function of images float32 [n, 28, 28] in 0..1 and a Generator, which returns such images


def corruption(function):
    """Add it to CORRUPTIONS."""
    CORRUPTIONS[function.__name__.replace("_", " ")] = function
    return function


def warped(images, matrices):
    """Each image through the inverse of its matrix, float [n, 2, 2], about the middle."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = []
    for image, matrix in zip(images, matrices, strict=True):
        offset = MIDDLE - matrix @ [MIDDLE, MIDDLE]
        moved.append(cv2.warpAffine(image, np.column_stack([matrix, offset]), (SIDE, SIDE), flags=flags))
    return np.stack(moved)


def blurred(images, sigma):
    """Through a Gaussian."""
    return np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in images])


def either(rng, n):
    """-1 or 1, n times."""
    return rng.choice([-1.0, 1.0], n)


@corruption
def shot_noise(images, rng):
    """Three photons for white."""
    return np.minimum(rng.poisson(images * 3) / 3, 1)


@corruption
def impulse_noise(images, rng):
    """17 % of the pixels black or white."""
    hit = rng.random(images.shape) < 0.17
    return np.where(hit, rng.random(images.shape) < 0.5, images)


@corruption
def glass_blur(images, rng):
    """Each pixel changes its place with a neighbour, twice, between two slight blurs."""
    x, every = blurred(images, 0.7), np.arange(len(images))
    for _ in range(2):
        for row in range(SIDE - 1, 1, -1):
            for column in range(SIDE - 1, 1, -1):
                who = every[rng.random(len(images)) < 0.5]
                down, right = rng.integers(-1, 1, [2, len(who)])
                here, there = x[who, row, column], x[who, row + down, column + right]
                x[who, row, column], x[who, row + down, column + right] = there, here
    return blurred(x, 0.7)


@corruption
def motion_blur(images, rng):
    """Along a line of ten pixels in any direction within 45 degrees of the horizontal, falling off with sigma 3."""
    blur = []
    for image in images:
        kernel, angle = np.zeros([21, 21], np.float32), np.deg2rad(rng.uniform(-45, 45))
        for t in np.arange(0, 10, 0.25):
            column, row = 10 + t * np.cos(angle), 10 + t * np.sin(angle)
            kernel[round(row), round(column)] += np.exp(-(t**2) / (2 * 3**2))
        blur.append(cv2.filter2D(image, -1, kernel / kernel.sum()))
    return np.stack(blur)


@corruption
def shear(images, rng):
    """By 0.4, to either side."""
    return warped(images, [np.array([[1, 0.4 * way], [0, 1]]) for way in either(rng, len(images))])


@corruption
def scale(images, rng):
    """To 0.7 of the size."""
    return warped(images, [np.eye(2) / 0.7] * len(images))


@corruption
def rotate(images, rng):
    """By 0.4 radians, either way."""
    turns = 0.4 * either(rng, len(images))
    return warped(images, [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in turns])


@corruption
def brightness(images, rng):
    """Half of white is added."""
    return np.minimum(images + 0.5, 1)


@corruption
def translate(images, rng):
    """By three pixels in either direction, both ways."""
    moves = (3 * either(rng, (len(images), 2))).astype(int)
    padded = np.pad(images, ((0, 0), (3, 3), (3, 3)))
    return np.stack([one[3 + y :, 3 + x :][:SIDE, :SIDE] for one, (x, y) in zip(padded, moves, strict=True)])


@corruption
def stripe(images, rng):
    """Inverted but for the middle half."""
    inverted = 1 - images
    return np.concatenate([inverted[..., :7], images[..., 7:21], inverted[..., 21:]], axis=2)


@corruption
def fog(images, rng):
    """Clouds of every size, three times as strong as the ink."""
    made = []
    for image in images:
        field, strength = np.zeros([SIDE, SIDE], np.float32), 1.0
        for cells in (2, 3, 5, 9, 17, 28):
            coarse = rng.uniform(-1, 1, [cells, cells]).astype(np.float32)
            field += strength * cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
            strength /= 1.4
        field = (field - field.min()) / np.ptp(field)
        made.append((image + 3 * field) * (image.max() / (image.max() + 3)))
    return np.clip(made, 0, 1)


@corruption
def spatter(images, rng):
    """Mud, a quarter white, over a part of it."""
    made = []
    for image in images:
        liquid = cv2.GaussianBlur(rng.normal(0.65, 0.3, [SIDE, SIDE]).astype(np.float32), (0, 0), 1)
        mud = cv2.GaussianBlur((liquid > 0.65).astype(np.float32), (0, 0), 1.5)
        mud[mud < 0.8] = 0
        made.append(image * (1 - mud) + 0.25 * mud)
    return np.clip(made, 0, 1)


def drawn(image, start, end):
    """A soft line added, from (x, y) to (x, y)."""
    (x0, y0), (x1, y1) = start, end
    across = np.arange(SIDE)
    distance = np.minimum(np.abs(across[:, None] - (y0 + (y1 - y0) / (x1 - x0) * (across - x0))), 2.299)
    soft = np.maximum(np.log(1 - distance / 2.3) + 1, 0)
    soft[:, (across < np.floor(x0)) | (across >= np.ceil(x1))] = 0
    return soft


@corruption
def dotted_line(images, rng):
    """A dotted line from the left to the right."""
    made = []
    for image in images:
        line = drawn(image, (0, rng.integers(27)), (27, rng.integers(27)))
        line[:, np.arange(SIDE) // 2 % 2 == 0] = 0
        made.append(image + line)
    return np.clip(made, 0, 1)


@corruption
def zigzag(images, rng):
    """A line in zigzags from the left to the right."""
    made = []
    for image in images:
        top = rng.integers(27)
        slope = rng.integers(-5, 5) / 23
        xs = np.concatenate([[0], np.arange(2, 23, 4)])
        ys = np.concatenate([[0], 2 * (-1.0) ** np.arange(len(xs) - 1)])
        c, s = np.cos(np.arctan(slope)), np.sin(np.arctan(slope))
        points = np.column_stack([2 + c * xs - s * ys, top + s * xs + c * ys])
        for start, end in itertools.pairwise(points):
            image = np.minimum(image + drawn(image, start, end), 1)
        made.append(image)
    return np.stack(made)


@corruption
def canny_edges(images, rng):
    """The digit's outlines alone."""
    grey = (255 * blurred(images, 1)).astype(np.uint8)
    return np.stack([cv2.Canny(image, 25, 50, L2gradient=True) for image in grey]) / 255


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", help="run directories (the networks that ship, together)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="a .json with all accuracies")
    args = parser.parse_args()
    console.import_tensorflow()

    from lenet_tf1.data.datasets import load
    from lenet_tf1.reading.ensemble import ensemble_of
    from lenet_tf1.runs.shipped import SHIPPED, ships

    test = load("mnist").test
    networks = {}
    for run in args.runs or [SHIPPED]:
        ensemble = ensemble_of(run, report=Report())
        networks["what ships" if ships(run) else ensemble.network.recipe.name] = ensemble
    names = list(networks)
    print(f"{'':14}" + "".join(f"{name:>10}" for name in names))
    table = {}
    for index, (name, function) in enumerate({"none": lambda images, rng: images, **CORRUPTIONS}.items()):
        made = function((test.images / 255).astype(np.float32), np.random.default_rng([args.seed, index]))
        images = np.round(255 * made).astype(np.uint8)
        found = [network.of_many(images).argmax(axis=1) for network in networks.values()]
        accuracies = [float((labels == test.labels).mean()) for labels in found]
        table[name] = dict(zip(names, accuracies, strict=True))
        print(f"{name:14}" + "".join(f"{accuracy:10.2%}" for accuracy in accuracies), flush=True)
    means = [np.mean([table[name][run] for name in CORRUPTIONS]) for run in names]
    print(f"{'mean of the 15':14}" + "".join(f"{mean:10.2%}" for mean in means))
    if args.out:
        args.out.write_text(json.dumps({"seed": args.seed, "accuracy": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
