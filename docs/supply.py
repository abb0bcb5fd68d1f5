"""Write constraints.txt and docs/licences.md of what is installed here: the versions that were tested, their licences.

    python docs/supply.py

`pip install -c constraints.txt .` installs just these versions.
"""

import configparser
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
_NAME = re.compile(r"(Apache|MIT|BSD|Mozilla Public|Python Software Foundation)\s+License")
_LONGEST = 60  # letters of a licence's name: some packages put its whole text there


def requirements() -> dict[str, list[Requirement]]:
    """What setup.cfg asks for: "" what the package needs, and each extra."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = {"": setup["options"]["install_requires"], **setup["options.extras_require"]}
    return {extra: [Requirement(line) for line in text.split("\n") if line] for extra, text in listed.items()}


def closure(asked: list[Requirement]) -> set[str]:
    """The names of all that is installed because of these requirements."""
    found: set[str] = set()
    waiting = [(requirement, "") for requirement in asked]
    seen = set()
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        if not wanted or (name, *sorted(requirement.extras)) in seen:
            continue
        seen.add((name, *sorted(requirement.extras)))
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # an extra that isn't installed here
            continue
        found.add(name)
        waiting += [(Requirement(line), one) for line in needs for one in ("", *requirement.extras)]
    return found


def licence(name: str) -> str:
    """A package's licence in few words, as it tells it itself."""
    about = metadata.metadata(name)
    classifiers = [
        line.split(" :: ")[-1] for line in about.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    told = about.get("License-Expression") or ", ".join(classifiers) or about.get("License") or _told_by_file(name)
    return re.sub(r"\s+", " ", told.strip().replace("|", "/"))[:_LONGEST]


def _told_by_file(name: str) -> str:
    # A licence's name that stands in the package's licence file.
    for file in metadata.files(name) or []:
        if "LICEN" in file.name.upper() and (found := _NAME.search(file.read_text())):
            return " ".join(found[0].split())
    return "not told"


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Name, version, licence, and which extras ask for it, or nothing if it is always needed."""
    closures = {extra: closure(asked) for extra, asked in requirements().items()}
    for name in sorted(set().union(*closures.values())):
        extras = [] if name in closures[""] else [extra for extra in closures if name in closures[extra]]
        yield name, metadata.version(name), licence(name), ", ".join(extras)


def main() -> None:
    """Write both files."""
    listed = list(rows())
    constraints = "".join(f"{name}=={version.split('+')[0]}\n" for name, version, _, _ in listed)
    (ROOT / "constraints.txt").write_text(
        "# The versions that were tested: docs/supply.py writes them.\n" + constraints
    )
    lines = [
        "# Licences",
        "",
        "lenet_tf1 is under Apache-2.0, the MNIST files in it under CC-BY-SA-3.0. What it installs, and its extras,",
        "are under these, as the packages tell it themselves. `python docs/supply.py` writes this page.",
        "",
        "| package | version | licence | only for |",
        "| --- | --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in listed),
    ]
    (ROOT / "docs" / "licences.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
