"""Train, evaluate, predict, plot and the page in one process, as commands do them; the last line tells how in JSON.

python tests/standins/everything.py DATASET PICTURE
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from urllib.request import Request, urlopen

from lenet_tf1 import evaluate, plot, predict, serve, train
from lenet_tf1.base import processor
from lenet_tf1.base.report import QUIET


async def page(picture):
    """What the page says of its health and of the picture, while it is served from a thread."""
    served = serve(port=0, report=QUIET)
    try:
        health = json.load(urlopen(f"{served.address}health", timeout=60))
        body = Path(picture).read_bytes()
        answer = json.load(urlopen(Request(f"{served.address}recognize", body), timeout=60))
    finally:
        served.stop()
    return health["status"], answer["text"]


def main():
    """Everything, in the folder that this is started in."""
    dataset, picture = sys.argv[1:]
    codes = [
        train.main(["--dataset", dataset, "--run-dir", "run", "--steps", "5"]),
        evaluate.main(["run", "--json"]),
        predict.main([picture]),
        plot.main(["curves", "run", "--out", "curves.png"]),
    ]
    status, text = asyncio.run(page(picture))
    threads = len(os.listdir("/proc/self/task"))
    print(json.dumps({"codes": codes, "page": status, "text": text, "cores": processor.cores(), "threads": threads}))


if __name__ == "__main__":
    main()
