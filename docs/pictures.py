"""Make the pictures of the README anew: python docs/pictures.py RUN_DIR

Needs `pip install playwright pillow` and Debian's Chromium, or another at the path in CHROMIUM.
"""

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import sync_playwright

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


def main(run_dir):
    """Make every picture."""
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
    main(sys.argv[1])
