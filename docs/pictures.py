"""Make the pictures of the README anew: python docs/pictures.py RUN_DIR PAGE_RUN_DIR

Needs `pip install playwright`, Debian's Chromium, or another at the path in CHROMIUM, and a font with Chinese, such as
fonts-noto-cjk.
"""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageChops
from playwright.sync_api import sync_playwright

from lenet_tf1 import plot
from lenet_tf1.base import console
from lenet_tf1.data.hands import pens
from lenet_tf1.data.hands.hand import Hand
from lenet_tf1.data.hands.programs import PROGRAMS
from lenet_tf1.figures.style import save

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def start_tensorboard(run_dir):
    """Start TensorBoard on the run directory; returns its process and address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", run_dir, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/"
    for _ in range(120):
        try:
            urllib.request.urlopen(address)
            return process, address
        except OSError:
            time.sleep(0.5)
    raise SystemExit("TensorBoard doesn't answer")


def graph(page, address):
    """The top level of the graph, as TensorBoard draws it."""
    page.goto(f"{address}#graphs")
    scene = page.locator("tf-graph-scene #svg")
    scene.wait_for(timeout=60_000)
    page.wait_for_timeout(4000)  # the layout is animated
    picture = Image.open(io.BytesIO(scene.screenshot())).convert("RGB")
    picture = picture.crop((0, 24, picture.width - 40, picture.height))  # the page's shadow and edge
    empty = Image.new("RGB", picture.size, picture.getpixel((picture.width - 1, picture.height - 1)))
    left, top, right, bottom = ImageChops.difference(picture, empty).getbbox()
    picture.crop((max(left - 20, 0), max(top - 20, 0), right + 20, bottom + 20)).save(HERE / "graph.png", optimize=True)


NAMES = {"lenet_tf1": "lenet_tf1", "keras": "Keras", "pytorch": "PyTorch", "jax": "JAX"}
NAMES |= {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "litert": "LiteRT"}
TITLES = {
    "train 64": "training, batch 64",
    "train 256": "training, batch 256",
    "evaluate": "evaluation",
    "one image": "single images",
    "eight images": "eight at once",
}
SHADES = {"bf16": 1.0, "fp32": 0.55}


def speed():
    """Images a second of benchmarks/compare.json: the medians, with the quartiles as whiskers."""
    result = json.loads((HERE.parent / "benchmarks" / "compare.json").read_text())
    labels = [label for label in result["peak_megabytes"] if any(label in by for by in result["per_second"].values())]
    labels.sort(key=lambda label: (list(NAMES).index(label.split()[0]), label))
    size = (2.5 * len(result["per_second"]), 0.6 + 0.26 * len(labels))
    figure, axes = plt.subplots(1, len(result["per_second"]), figsize=size, sharey=True, layout="constrained")
    for axis, (task, speeds) in zip(axes, result["per_second"].items(), strict=True):
        for place, label in enumerate(labels):
            if label not in speeds:
                continue
            name, precision = label.split()
            low, middle, high = np.percentile(speeds[label], [25, 50, 75])
            color = "#0072B2" if name == "lenet_tf1" else "#808080"
            axis.barh(place, middle, color=color, alpha=SHADES[precision], height=0.75)
            axis.plot([low, high], [place, place], color="black", linewidth=1)
            axis.annotate(f" {middle:,.0f}", (max(middle, high), place), va="center", fontsize=8)
        axis.set_title(TITLES[task], fontsize=10)
        axis.set_xticks([])
        axis.margins(x=0.32)
        axis.set_xlim(left=0)
        axis.spines[["top", "right", "bottom"]].set_visible(False)
        axis.tick_params(length=0)
    axes[0].set_yticks(range(len(labels)), [f"{NAMES[name]}, {p}" for name, p in map(str.split, labels)], fontsize=9)
    axes[0].invert_yaxis()
    figure.suptitle("images a second; whiskers are quartiles", x=0.01, ha="left", fontsize=9, color="#404040")
    figure.savefig(HERE / "speed.png", dpi=150)


FAMILY = ("speedrun", "sprint", "lap", "mile", "marathon")


def curve():
    """Seconds against accuracy of benchmarks/curve.json: medians and means, with the standard deviation as whiskers."""
    runs = json.loads((HERE.parent / "benchmarks" / "curve.json").read_text())["runs"]
    figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
    points = {}
    for label, trained in runs.items():
        accuracies = [100 * run["accuracy"] for run in trained]
        spread = np.std(accuracies, ddof=1) if len(accuracies) > 1 else 0
        points[label] = np.median([run["seconds"] for run in trained]), np.mean(accuracies)
        ours = label in (*FAMILY, "lenet", "best")
        color = "#0072B2" if ours else "#808080"
        axes.errorbar(*points[label], yerr=spread, fmt="o" if ours else "s", color=color, markersize=5, linewidth=1)
        place = {"xytext": (-7, 3), "ha": "right"} if ours else {"xytext": (7, -11)}  # clear of lines and whiskers
        axes.annotate(label, points[label], **place, textcoords="offset points", fontsize=9, color=color)
    axes.plot(*zip(*(points[label] for label in FAMILY), strict=True), color="#0072B2", linewidth=1, alpha=0.5)
    axes.set_xscale("log")
    ticks = [1, 2, 5, 10, 20, 50, 100, 200, 500]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("seconds of training on two cores")
    axes.set_ylabel("test accuracy, %")
    axes.grid(alpha=0.3)
    axes.margins(x=0.18)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "curve.png", dpi=150)


NUMBER = "2047"
SCALE, LEFT, TOP = 2.1, 60, 90  # times as large as a hand draws; where the first digit begins, in pixels


def start_app(run_dir):
    """Start the page; returns its process and address."""
    command = [sys.executable, "-m", "lenet_tf1.app", "--run-dir", run_dir, "--port", "0", "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().split()[4].rstrip(".")


def drawn(browser, address, name, **settings):
    """The page with a number drawn on it by the mouse."""
    page = browser.new_context(viewport={"width": 1240, "height": 1000}, **settings).new_page()
    page.add_init_script("localStorage.setItem('lenet_tf1.tour', 'seen')")
    page.goto(address)
    page.locator("#about:not(:empty)").wait_for()
    page.evaluate("document.getElementById('about').textContent = ''")  # it names a folder of this machine
    box = page.locator("#canvas").bounding_box()
    for i, digit in enumerate(map(int, NUMBER)):
        hand = Hand(f"7/{i}")
        for stroke in pens.written(PROGRAMS[digit](hand), hand, digit):
            points = stroke * SCALE + [box["x"] + LEFT + i * 160, box["y"] + TOP]
            page.mouse.move(*points[0])
            page.mouse.down()
            for point in points[1:]:
                page.mouse.move(*point)
            page.mouse.up()
    page.mouse.move(0, 0)
    page.locator("#text", has_text=NUMBER).wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / name, full_page=True)
    return page


def taken_apart(page):
    """The same page with one number of conv4 open: the largest one."""
    page.set_viewport_size({"width": 1480, "height": 860})
    page.evaluate("openCell(3, outputs[3].values.indexOf(Math.max(...outputs[3].values)))")
    page.locator("#cell table").wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / "cell.png")


def plots(run_dir):
    """What plot draws of the run."""
    save(plot.graph(run_dir), HERE / "network.png")
    save(plot.errors(run_dir), HERE / "errors.png")
    save(plot.features(run_dir, index=4), HERE / "features.png")
    save(plot.why(run_dir, index=115, target="9"), HERE / "why.png")


def main(run_dir, page_run_dir):
    """Make every picture."""
    console.import_tensorflow()
    speed()
    curve()
    plots(run_dir)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        app, address = start_app(page_run_dir)
        try:
            taken_apart(drawn(browser, address, "page.png", color_scheme="light"))
            drawn(browser, address, "page-dark.png", color_scheme="dark", locale="zh-CN")
        finally:
            app.terminate()
        browser.close()
    tensorboard, address = start_tensorboard(run_dir)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1300, "height": 900}, device_scale_factor=1.5)
            graph(page, address)
            browser.close()
    finally:
        tensorboard.terminate()


if __name__ == "__main__":
    main(*sys.argv[1:])
