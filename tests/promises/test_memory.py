"""The page's memory: what many large pictures at once take, and what is left when they are answered."""

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile
import httpx2 as httpx
import pytest

MOST, LEFT = 2_000, 1_000  # MB: at the most, and when all is answered, of which TensorFlow and the networks are 700
PICTURES = 20


def megabytes(process, what):
    """ "VmHWM", the most so far, or "VmRSS", now."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) // 1000


@pytest.mark.full  # a minute
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's memory in /proc")
def test_twenty_of_fifty_million_pixels(page_run, capsys):
    body = hostile.png(7071, 7071, colour=6)  # 194 kB
    command = [sys.executable, "-m", "lenet_tf1.app", "--no-browser", "--run-dir", str(page_run), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().split()[4].rstrip(".")
            before = megabytes(server, "VmRSS")

            def ask(_):
                # As the page does: again when it is told to.
                while (answer := httpx.post(f"{address}recognize", content=body, timeout=600)).status_code == 503:
                    time.sleep(int(answer.headers["Retry-After"]))
                return answer.json()["size"]

            with ThreadPoolExecutor(PICTURES) as pool:
                assert list(pool.map(ask, range(PICTURES))) == [[7071, 7071]] * PICTURES
            most, left = megabytes(server, "VmHWM"), megabytes(server, "VmRSS")
        finally:
            server.terminate()
    with capsys.disabled():
        print(f"\n{PICTURES} PNGs of 7071 x 7071 at once: {before} MB before, {most} at the most, {left} left")
    assert most < MOST
    assert left < LEFT
