import signal
import socket
import subprocess
import sys

import httpx2 as httpx
import pytest

from lenet_tf1.app.__main__ import main


def start(*arguments):
    command = [sys.executable, "-m", "lenet_tf1.app", "--no-browser", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_when_told(page_run, number):
    with start("--run-dir", page_run, "--port", 0) as server:
        line = server.stdout.readline()
        assert line.startswith("The page is at http://127.0.0.1:")
        assert line.endswith("/. Ctrl-C ends it.\n")
        address = line.split()[4].rstrip(".")
        assert httpx.get(f"{address}health").json()["status"] == "ok"
        server.send_signal(number)
        assert server.wait(10) in (0, 128 + number, -number)
        assert "Traceback" not in server.stderr.read()


def test_without_a_network_it_starts_all_the_same(tmp_path):
    with start("--run-dir", tmp_path / "none", "--port", 0) as server:
        assert "where a first network can be trained" in server.stdout.readline()
        server.terminate()


def test_other_machines_are_let_in_with_a_warning(page_run):
    with start("--run-dir", page_run, "--port", 0, "--host", "0.0.0.0") as server:
        server.stdout.readline()
        server.terminate()
        assert "anybody who can reach 0.0.0.0 can use this server" in server.stderr.read()


@pytest.mark.parametrize("port", ["taken", "70000", "-1"])
def test_a_port_that_can_not_be_had(page_run, capsys, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1] if port == "taken" else port
        assert main(["--run-dir", str(page_run), "--no-browser", "--port", str(number)]) == 2
    error = capsys.readouterr().err
    assert "can't be listened at" in error
    assert error.count("\n") == 1
