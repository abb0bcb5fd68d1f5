"""What comes with the package and what it stands on: bytes, versions, licences."""

import configparser
import gzip
import hashlib
import re
from importlib import metadata
from pathlib import Path

import pytest

from lenet_tf1.data.datasets import EMBEDDED

ROOT = Path(__file__).parents[1]
# Y. LeCun, C. Cortes, C. Burges: MNIST's files, unpacked.
MNIST = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


@pytest.mark.parametrize("name", MNIST)
def test_the_mnist_files_are_the_canonical_ones(name):
    data = gzip.decompress((EMBEDDED / f"{name}.gz").read_bytes())
    assert hashlib.sha256(data).hexdigest() == MNIST[name]


def constraints():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def asked_for():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    text = "\n".join([setup["options"]["install_requires"], *setup["options.extras_require"].values()])
    return [re.split("[<>=!~ ;[]", line)[0].lower().replace("_", "-") for line in text.split("\n") if line]


def test_every_requirement_has_the_version_that_was_tested():
    pinned = constraints()
    assert pinned.keys() >= {"tensorflow", "numpy", "pillow", "starlette", "uvicorn"}
    missing = [name for name in asked_for() if name not in pinned]
    for name in missing:  # an extra that isn't installed where constraints.txt was written
        with pytest.raises(metadata.PackageNotFoundError):
            metadata.version(name)


def test_what_is_installed_here_is_what_was_tested():
    differing = []
    for name, version in constraints().items():
        try:
            here = metadata.version(name).split("+")[0]
        except metadata.PackageNotFoundError:
            here = "not installed"
        if here != version:
            differing.append(f"{name} is {here}, {version} was tested")
    if differing:
        pytest.skip(f"{'; '.join(differing)}: pip install -c constraints.txt")


def test_every_package_has_its_licence_listed():
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")][2:]
    assert {row[0] for row in rows} == constraints().keys()
    assert all(row[2] and row[2] != "not told" for row in rows)
