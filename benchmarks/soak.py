"""The page under mixed good and hostile requests for minutes: does anything grow?

    python benchmarks/soak.py [--minutes 30] [--run-dir RUN] [--out soak]

Ten clients draw digits all the time, two send pictures that are made to take long, one keeps connections silent, stalls
uploads and leaves within them. By the minute: memory, open files and threads of the server's process, the machine's
load, and the 99th percentile of the times that drawings took. Writes OUT.json and OUT.png, and says whether anything
grew after the first minute. Linux only: the process is looked at in /proc.
"""

import argparse
import http.client
import io
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import hostile

from lenet_tf1.data.datasets import load

DRAWING, HOSTILE = 10, 2  # clients
PAUSE = 0.1  # seconds between the drawings of a client, as the page has it
SAMPLES = 12  # looks at the process in a minute
SLOWEST = 5  # hostile bodies that are told
GROWTH = {"megabytes": 100, "open_files": 20, "threads": 4}  # what is allowed after the first minute


class Soak:
    """Clients of the server at `port`, and what they saw."""

    def __init__(self, port: int) -> None:
        self.port, self.ending = port, threading.Event()
        self.times: list[tuple[float, float]] = []  # of drawings: when, and how long
        self.hostile: list[tuple[float, str]] = []  # seconds until each body was answered or refused, and which it was
        self.answers: dict[str, int] = {}
        self.lock = threading.Lock()

    def post(self, path: str, body: bytes) -> None:
        """Send a picture and note the answer's status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("POST", path, body)
            answer = connection.getresponse()
            answer.read()
            told = str(answer.status)
        except OSError as error:
            told = type(error).__name__
        finally:
            connection.close()
        with self.lock:
            self.answers[told] = self.answers.get(told, 0) + 1

    def draw(self, drawings: list[bytes]) -> None:
        """Send drawings, one after the other."""
        while not self.ending.wait(PAUSE):
            start = time.monotonic()
            self.post("/drawing", random.choice(drawings))
            with self.lock:
                self.times.append((start, time.monotonic() - start))

    def attack(self, bodies: dict[str, bytes]) -> None:
        """Send what is made to take long, one after the other."""
        while not self.ending.is_set():
            name, body = random.choice(list(bodies.items()))
            start = time.monotonic()
            self.post("/recognize", body)
            with self.lock:
                self.hostile.append((time.monotonic() - start, name))

    def stall(self) -> None:
        """Keep connections silent, stall uploads, and leave within them."""
        begun = b"POST /recognize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\r\nthe beginning"
        held: list[socket.socket] = []
        while not self.ending.wait(0.5):
            for said in (b"", b"GET / HT", begun):
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
                connection.sendall(said)
                held.append(connection)
            while len(held) > 60:
                held.pop(random.randrange(len(held))).close()
        for connection in held:
            connection.close()


def look(pid: int) -> dict[str, float]:
    """Memory, open files and threads of a process, and how many processes of the machine want a core."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines())
    return {
        "megabytes": int(status["VmRSS"].split()[0]) / 1000,
        "open_files": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "threads": int(status["Threads"]),
        "load": os.getloadavg()[0],
    }


def drawings() -> list[bytes]:
    """Digits as the page sends them."""
    images = load("mnist").test.images[:50]
    return [_png(255 - np.kron(image, np.ones([10, 10], np.uint8))) for image in images]


def hostile_bodies() -> dict[str, bytes]:
    """Each structure that is known, and as many times five of any structure: made before anything is measured."""
    rng, known = np.random.default_rng(0), hostile.known()
    return known | {f"made {i}": hostile.made(rng) for i in range(5 * len(known))}


def _png(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


def soak(pid: int, port: int, minutes: int) -> dict:
    """Attack the server for so many minutes; returns what was seen, minute by minute."""
    clients, sent, bodies = Soak(port), drawings(), hostile_bodies()
    work = [(clients.draw, (sent,))] * DRAWING + [(clients.attack, (bodies,))] * HOSTILE
    threads = [threading.Thread(target=target, args=args) for target, args in [*work, (clients.stall, ())]]
    for thread in threads:
        thread.start()
    rows = []
    for minute in range(minutes):
        start = time.monotonic()
        samples = []
        for _ in range(SAMPLES):
            time.sleep(60 / SAMPLES)
            samples.append(look(pid))
        with clients.lock:
            times = [seconds for when, seconds in clients.times if when >= start]
        most = {name: round(max(sample[name] for sample in samples), 1) for name in samples[0]}
        p50, p99 = np.percentile(times, [50, 99]) if times else (float("nan"),) * 2
        rows.append({"minute": minute + 1, **most, "drawings": len(times), "p50": round(p50, 3), "p99": round(p99, 3)})
        print(json.dumps(rows[-1]), flush=True)
    clients.ending.set()
    for thread in threads:
        thread.join()
    return {
        "minutes": rows,
        "answers": clients.answers,
        "hostile": {"bodies": len(clients.hostile)}
        | {f"p{q}": round(float(np.percentile([took for took, _ in clients.hostile], q)), 3) for q in (50, 99)},
        "slowest_hostile": [(round(took, 3), name) for took, name in sorted(clients.hostile)[: -SLOWEST - 1 : -1]],
        "left": look(pid),
    }


def grown(rows: list[dict]) -> list[str]:
    """What is larger in the last minute than in the second by more than is allowed, in words."""
    first, last = rows[min(1, len(rows) - 1)], rows[-1]
    return [
        f"{name}: {first[name]} -> {last[name]}" for name, most in GROWTH.items() if last[name] - first[name] > most
    ]


def draw_figure(rows: list[dict], path: Path) -> None:
    """Four curves by the minute."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(9, 5), layout="constrained")
    titles = {"megabytes": "memory, MB", "open_files": "open files", "threads": "threads", "p99": "99th percentile, s"}
    for axis, (name, title) in zip(axes.flat, titles.items(), strict=True):
        axis.plot([row["minute"] for row in rows], [row[name] for row in rows], marker=".")
        axis.set(title=title, xlabel="minute")
        axis.set_ylim(bottom=0)
        axis.xaxis.get_major_locator().set_params(integer=True)
    figure.savefig(path, dpi=100)


def main() -> int:
    """The command: see --help."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=30, metavar="N", help="(30)")
    parser.add_argument("--run-dir", metavar="FOLDER", help="(checkpoints/page, or else the networks that ship)")
    parser.add_argument("--out", default="soak", metavar="NAME", help="NAME.json and NAME.png (soak)")
    args = parser.parse_args()
    command = [sys.executable, "-m", "lenet_tf1.app", "--no-browser", "--port", "0"]
    command += ["--run-dir", args.run_dir] if args.run_dir else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline().split()[4].rstrip("./,").rsplit(":", 1)[1])
            seen = soak(server.pid, port, args.minutes)
        finally:
            server.terminate()
    Path(f"{args.out}.json").write_text(json.dumps(seen, indent=1) + "\n", encoding="utf-8")
    draw_figure(seen["minutes"], Path(f"{args.out}.png"))
    found = grown(seen["minutes"])
    print(f"after the first minute grew {'; '.join(found)}" if found else "nothing grew after the first minute")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
