"""The commands of lenet_tf1."""

import ast
import sys
from importlib import resources

COMMANDS = ("train", "evaluate", "predict", "app", "plot", "export", "import_checkpoint", "cluster", "attack", "search")


def main() -> int:
    """List the commands, each with the first line of what it says of itself."""
    print("LeNet for handwritten digits, as a TensorFlow 1 style graph. Commands:\n")
    for name in COMMANDS:
        print(f"  {name:9} {_about(name)}")
    print("\nSuch as python -m lenet_tf1.train; each tells its options with --help.")
    return 0


def _about(name: str) -> str:
    # From the source: importing them all takes a while.
    folder = resources.files("lenet_tf1")
    file = folder / name / "__main__.py" if (folder / name).is_dir() else folder / f"{name}.py"
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0].rstrip(".")


if __name__ == "__main__":
    sys.exit(main())
