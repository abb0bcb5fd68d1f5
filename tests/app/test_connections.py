import logging
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import processes
import pytest
import uvicorn

from lenet_tf1.app import connections
from lenet_tf1.app.server import application
from lenet_tf1.app.service import Service
from lenet_tf1.base.report import Recorded

UPLOAD = b"POST /recognize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nthe beginning"


@pytest.fixture
def service(tmp_path):
    return Service(tmp_path / "none", Recorded())


@pytest.fixture
def port(service):
    """The application on a real port, without a network."""
    config = uvicorn.Config(
        application(service, None), port=0, http=connections.Connection, log_level="error", lifespan="off"
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield running.servers[0].sockets[0].getsockname()[1]
    running.should_exit = True
    thread.join()


@contextmanager
def connected(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        yield connection


def everything(connection):
    """What comes until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


@pytest.mark.parametrize("said", [b"", b"GET /health HTTP/1.1\r\nHost: 127.0"], ids=["silent", "half a header"])
def test_who_asks_for_nothing_is_not_waited_for(port, monkeypatch, said):
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
    with connected(port) as connection:
        connection.sendall(said)
        assert connection.recv(100) == b""  # closed


def test_bytes_that_trickle_in_prolong_nothing(port, monkeypatch):
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    with connected(port) as connection:
        start = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - start < 20:
                connection.sendall(b"G")
                time.sleep(0.05)
        assert time.monotonic() - start < 20


def test_the_next_request_of_a_connection_is_waited_for_no_longer(port, monkeypatch):
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
    with connected(port) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /hea")
        everything(connection)


def test_a_body_that_stalls_is_refused(port, monkeypatch):
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.3)
    with connected(port) as connection:
        connection.sendall(UPLOAD)
        answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"not waited for" in answer


def test_too_many_bodies_at_once_are_refused_and_forgotten(port, monkeypatch):
    monkeypatch.setattr(connections, "MAX_BODIES", 2000)
    for _ in range(5):
        with connected(port) as connection:
            connection.sendall(UPLOAD.replace(b"1000", b"3000") + bytes(2987))
            assert b"too much is being sent at once" in everything(connection)
    with connected(port) as connection:
        connection.sendall(UPLOAD + bytes(987))
        assert b"there is no trained network yet" in everything(connection)


def test_who_leaves_in_the_middle_of_a_body_leaves_no_trace(port, service, caplog):
    with caplog.at_level(logging.DEBUG, logger="uvicorn.error"), connected(port) as connection:
        connection.sendall(UPLOAD)
        time.sleep(0.3)
        connection.close()
        time.sleep(0.5)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert not service.report.notes


def test_of_too_many_the_one_that_was_silent_longest_makes_room(port, monkeypatch):
    monkeypatch.setattr(connections, "most_connections", lambda: 5)
    silent = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(8)]
    time.sleep(0.3)
    assert everything(silent[0]).startswith(b"HTTP/1.1 503")
    with connected(port) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 200")
    for one in silent:
        one.close()


@pytest.mark.full
def test_more_silent_connections_than_files_may_be_open(tmp_path):
    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (192, 192))

    command = [sys.executable, "-m", "lenet_tf1.app", "--no-browser", "--port", "0"]
    command += ["--run-dir", str(tmp_path / "none")]
    with (
        open(tmp_path / "log", "w+") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, preexec_fn=few_files) as server,
    ):
        try:
            port = int(server.stdout.readline().split()[4].rstrip("./,").rsplit(":", 1)[1])
            silent = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(300)]
            with connected(port) as connection:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                assert everything(connection).startswith(b"HTTP/1.1 200")
        finally:
            server.terminate()
            server.wait(20)
        assert (tmp_path / "log").read_text() == ""
    for one in silent:
        one.close()


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.full), signal.SIGTERM])
def test_an_upload_that_stalls_does_not_keep_the_server(tmp_path, number):
    with processes.start("app", "--no-browser", "--port", 0, "--run-dir", tmp_path / "none") as server:
        try:
            port = int(server.stdout.readline().split()[4].rstrip("./,").rsplit(":", 1)[1])
            with connected(port) as connection:
                connection.sendall(UPLOAD)
                time.sleep(0.5)
                server.send_signal(number)
                assert server.wait(15) in (0, 128 + number, -number)
            assert "Traceback" not in server.stderr.read()
        finally:
            server.kill()
