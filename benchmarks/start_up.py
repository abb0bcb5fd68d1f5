"""From the shell's Enter to the answer, beside a script in PyTorch: python benchmarks/start_up.py

`evaluate` and `predict`, each with the network that ships, and a script that does it in PyTorch with the same weights,
take turns; what counts is the median over the rounds. The script evaluates the same 10,000 images, and classifies the
one digit of a picture, where `predict` also finds what is written in it. What our time goes to is measured in another
process: Python and the package's modules, TensorFlow's import, the graph with its weights, the first batch, which
TensorFlow optimises the graph for, and all other batches.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from compare import write_network
from PIL import Image

from lenet_tf1.data.datasets import load
from lenet_tf1.runs.shipped import SHIPPED

HERE = Path(__file__).parent
PYTORCH = """
import sys
import numpy as np
import torch
sys.path.insert(0, {here!r})
from contenders.in_pytorch import filled
model = filled(dict(np.load({weights!r}))).eval()
def classes(images):
    with torch.inference_mode():
        return model(torch.from_numpy(images)[:, None].float().div_(255)).argmax(1).numpy()
"""
EVALUATE = """
from lenet_tf1.data.datasets import load
split = load("mnist").test
parts = range(0, len(split), 256)
print(sum((classes(split.images[i : i + 256]) == split.labels[i : i + 256]).sum() for i in parts))
"""
PREDICT = """
from PIL import Image
paper = np.asarray(Image.open({picture!r}).convert("L"))[14:-14, 14:-14]
print(classes(255 - paper[None]))
"""
PARTS = """
import time
last, parts = START, {}
def done(name):
    global last
    parts[name] = time.time() - last
    last = time.time()
from lenet_tf1.base import console
from lenet_tf1.data.datasets import load
from lenet_tf1.inference.evaluation import evaluate
test = load("mnist").test
done("Python and the package")
console.import_tensorflow()
done("TensorFlow's import")
from lenet_tf1.inference.frozen import restore
from lenet_tf1.inference.metrics import evaluate_split
network = restore(SHIPPED)
done("the graph and its weights")
evaluate_split(network.core_session, network.model, test[:256])
done("the first batch")
evaluate_split(network.core_session, network.model, test[256:])
done("all other batches")
import json
print(json.dumps(parts))
"""


def run(command):
    """Seconds from the process's start to its end, and what it printed."""
    start = time.perf_counter()
    result = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, check=True)
    return time.perf_counter() - start, result.stdout


def measure(rounds, folder):
    """Seconds of each command and script, and of the parts of ours, by name: a list over the rounds."""
    write_network(folder)
    picture = str(folder / "digit.png")
    Image.fromarray(255 - np.pad(load("mnist").test.images[0], 14)).save(picture)
    script = PYTORCH.format(here=str(HERE), weights=str(folder / "weights.npz"))
    commands = {
        "evaluate": ["-m", "lenet_tf1.evaluate", SHIPPED, "--dataset", "mnist"],
        "evaluate, PyTorch": ["-c", script + EVALUATE],
        "predict": ["-m", "lenet_tf1.predict", picture],
        "predict, PyTorch": ["-c", script + PREDICT.format(picture=picture)],
    }
    seconds, parts = {name: [] for name in commands}, {}
    for turn in range(rounds + 1):  # in the first one, files are read from the disk
        for name, command in commands.items():
            took, said = run(command)
            if turn:
                seconds[name].append(took)
            else:
                print(f"{name}: {said.splitlines()[0]}", file=sys.stderr)
        where = f"START, SHIPPED = {time.time()!r}, {str(SHIPPED)!r}\n"
        for name, took in json.loads(run(["-c", where + PARTS])[1]).items():
            if turn:
                parts.setdefault(name, []).append(took)
    return {"seconds": seconds, "parts of evaluate": parts}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=HERE / "start_up.json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(args.rounds, Path(folder))
    args.out.write_text(json.dumps({"rounds": args.rounds, **result}, indent=1) + "\n")
    for times in result.values():
        for name, seconds in times.items():
            low, middle, high = np.percentile(seconds, [25, 50, 75])
            print(f"{name:28} {middle:6.2f} s [{low:.2f} {high:.2f}]")
    for name in ("evaluate", "predict"):
        both = zip(result["seconds"][name], result["seconds"][f"{name}, PyTorch"], strict=True)
        print(f"{name}: {statistics.median(ours / theirs for ours, theirs in both):.2f} times as long as PyTorch's")


if __name__ == "__main__":
    main()
