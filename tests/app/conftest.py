"""Fixtures: the page, served and opened in a browser."""

import subprocess
import sys

import pytest
from browsing import Opened


@pytest.fixture(scope="session")
def address(page_run):
    command = [sys.executable, "-m", "lenet_tf1.app", "--run-dir", str(page_run), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        line = server.stdout.readline()
        yield line.split()[4].rstrip(".")
        server.terminate()
        server.wait(10)


@pytest.fixture
def open_page(browser, address):
    """Open the page with such settings of the browser; at the end nothing has left the machine, or gone wrong."""
    opened = Opened(browser, address)
    yield opened
    opened.close()
