"""Libraries in a process each, which is asked and answers: what compare.py and curve.py share."""

import importlib.util
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

MODULES = {
    "lenet_tf1": "lenet_tf1",
    "keras": "keras",
    "pytorch": "torch",
    "jax": "jax",
    "onnxruntime": "onnxruntime",
    "openvino": "openvino",
    "litert": "ai_edge_litert",
}


def versions(names):
    """Those of the libraries that are installed, by name."""
    return {name: version(MODULES[name]) for name in names if importlib.util.find_spec(MODULES[name])}


class Process:
    """A module of this folder in a process of its own, whose end is `serve`.

    `about` is what it says of itself. Raises SystemExit, with the end of what it printed into the file `log`, once it
    ends before it has answered.
    """

    def __init__(self, log, module, *arguments):
        self.log = log
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *map(str, arguments)],
                cwd=Path(__file__).parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.about = self._answer()

    def ask(self, question):
        """Its answer. Both are JSON's types."""
        print(json.dumps(question), file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self):
        if not (line := self.process.stdout.readline()):
            raise SystemExit(f"{self.log.stem} has ended:\n{self.log.read_text(errors='replace')[-2000:]}")
        return json.loads(line)


def serve(begin):
    """Answer each line of JSON on stdin with one on stdout, as the other end of a Process.

    `begin` returns what the process says of itself, and a function from a question to its answer.
    """
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    about, answer = begin()
    print(json.dumps(about), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
