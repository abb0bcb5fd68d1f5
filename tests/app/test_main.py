import signal
import socket

import httpx2 as httpx
import processes
import pytest

from lenet_tf1.app.__main__ import main


def start(*arguments):
    return processes.start("app", "--no-browser", *arguments)


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


def test_it_answers_as_soon_as_it_says_where_and_holds_its_port(page_run):
    with start("--run-dir", page_run, "--port", 0) as server:
        address = server.stdout.readline().split()[4].rstrip(".")
        port = int(address.rsplit(":", 1)[1].strip("/"))
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        with start("--run-dir", page_run, "--port", port) as second:
            assert second.wait(60) == 2
            assert f"127.0.0.1 port {port} can't be listened at" in second.stderr.read()
            assert second.stdout.read() == ""
        server.terminate()


def test_the_address_that_it_says_is_one_that_it_answers_for(page_run):
    with start("--run-dir", page_run, "--port", 0, "--host", "127.0.0.2") as server:
        address = server.stdout.readline().split()[4].rstrip(".")
        assert httpx.get(f"{address}health").status_code == 200
        server.terminate()


def test_it_answers_under_the_names_and_the_path_that_it_is_told(page_run):
    names = ["--allow-host", "gpu-server.local", "--allow-host", "digits.example:443"]
    with start("--run-dir", page_run, "--port", 0, *names, "--root-path", "/digits/") as server:
        address = server.stdout.readline().split()[4].rstrip(".")
        assert address.endswith("/digits/")
        for host in ("gpu-server.local:8000", "digits.example"):
            assert httpx.get(f"{address}health", headers={"host": host}).status_code == 200
        assert httpx.get(f"{address}health", headers={"host": "evil.example"}).status_code == 403
        server.terminate()
        said = server.stderr.read()
        assert "whoever reaches this server as digits.example or gpu-server.local can use it" in said


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--allow-host", "https://digits.example/"], "--allow-host needs a name alone, such as gpu-server.local"),
        (["--allow-host", "*"], "--allow-host needs a name alone"),
        (["--root-path", "digits"], "--root-path needs a path, such as /digits"),
        (["--root-path", "//digits.example"], "--root-path needs a path"),
    ],
)
def test_names_and_paths_that_can_be_none(capsys, option, said):
    assert main(["--no-browser", *option]) == 2
    assert said in capsys.readouterr().err


def test_no_host_is_not_every_host(page_run, capsys):
    assert main(["--run-dir", str(page_run), "--no-browser", "--host", ""]) == 2
    assert capsys.readouterr().err == "lenet_tf1: --host needs an address, such as 127.0.0.1\n"


def test_what_is_wrong_with_a_run_directory_is_said(tmp_path):
    (tmp_path / "holiday.png").write_bytes(b"")
    with start("--run-dir", tmp_path, "--port", 0) as server:
        server.stdout.readline()
        server.terminate()
        assert f"{tmp_path} holds no checkpoint" in server.stderr.read()
