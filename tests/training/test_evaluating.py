"""Several workers count what one process counts."""

import json
import socket
from types import SimpleNamespace

import numpy as np
import processes
import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.splits import Split
from lenet_tf1.evaluate import main
from lenet_tf1.inference.metrics import Metrics
from lenet_tf1.training import evaluating
from lenet_tf1.training.meeting import LOST
from lenet_tf1.training.places import free_port

HOST = "127.0.0.1"


def shared(workers, *arguments):
    """What the command says on each of several workers, and how it ends there: the chief first."""
    hosts = ",".join([f"{HOST}:{free_port(HOST)}", *[f"{HOST}:0"] * (workers - 1)])
    options = (*arguments, "--trust-network", "--worker-hosts", hosts)
    started = [processes.start("evaluate", *options, "--task-index", rank) for rank in range(workers)]
    said = [process.communicate() for process in started]
    return said, [process.wait() for process in started]


@pytest.fixture
def alone(capsys):
    def evaluate(*arguments):
        assert main([*map(str, arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return evaluate


@pytest.mark.parametrize(
    ("workers", "networks", "arguments"),
    [
        (2, 1, ["--batch-size", "7"]),
        pytest.param(3, 1, ["--split", "train"], marks=pytest.mark.full),
        pytest.param(3, 2, [], marks=pytest.mark.full),
    ],
)
def test_workers_count_what_one_process_does(run_dir, alone, workers, networks, arguments):
    arguments = [run_dir] * networks + arguments
    said, codes = shared(workers, *arguments, "--json")
    assert codes == [0] * workers
    assert said[1:] == [("", "")] * (workers - 1)  # the chief alone prints
    several, one = json.loads(said[0][0]), alone(*arguments)
    assert several.pop("loss") == pytest.approx(one.pop("loss"), rel=1e-6)
    assert several == one


@pytest.mark.full
def test_all_test_images_are_counted_once(page_run, alone, mnist):
    arguments = [page_run, "--dataset", "mnist"]
    said, codes = shared(3, *arguments, "--json")  # 40 batches, of which the last one is smaller
    assert codes == [0, 0, 0]
    several, one = json.loads(said[0][0]), alone(*arguments)
    assert several["total"] == 10_000
    assert np.array_equal(np.sum(several["confusion"], axis=1), np.bincount(mnist.test.labels))
    assert (several["correct"], several["confusion"]) == (one["correct"], one["confusion"])


def meeting(rank, workers, digest=None):
    """What a share asks a meeting for: the worker's place, and what the chief tells of its images."""
    return SimpleNamespace(
        place=SimpleNamespace(rank=rank, workers=workers),
        tell=lambda kind, content: None,
        hear=lambda kind: [SimpleNamespace(content=digest)],
    )


def split(images):
    return Split(np.zeros([images, 28, 28], np.uint8), np.zeros(images, np.uint8))


@pytest.mark.parametrize("images", [3, 4, 300, 511, 512, 513, 10_000])
@pytest.mark.parametrize("batch_size", [1, 7, 256, 20_000])
@pytest.mark.parametrize("workers", [2, 3])
def test_shares_are_all_images_once(images, batch_size, workers):
    digest = split(images).digest()
    shares = [evaluating._share(meeting(rank, workers, digest), split(images), batch_size) for rank in range(workers)]
    taken = [np.arange(images)[share] for share in shares]
    assert np.array_equal(np.concatenate(taken), np.arange(images))
    assert all(map(len, taken))
    if images >= workers * batch_size:
        assert all(share.start % batch_size == 0 for share in shares)  # the batches of one process


def test_what_cannot_be_shared(capsys):
    with pytest.raises(InputError, match="2 images are too few for 3 workers"):
        evaluating._share(meeting(0, 3), split(2), 256)
    with pytest.raises(InputError, match="the images here are not the chief's"):
        evaluating._share(meeting(1, 2, split(4).digest()), split(5), 256)
    assert main(["--reject", "--worker-hosts", "a:1,b:1", "--task-index", "0", "--trust-network"]) == 2
    assert "--reject looks at all answers together" in capsys.readouterr().err


def test_a_sum_of_metrics():
    parts = [Metrics(1.0, np.diag([3, 0])), Metrics(3.0, np.array([[0, 1], [0, 0]]))]
    whole = Metrics.of_parts(parts)
    assert (whole.loss, whole.correct, whole.total) == (1.5, 3, 4)


def test_somebody_never_comes(run_dir, capsys):
    hosts = f"{HOST}:{free_port(HOST)},{HOST}:0"
    for rank, sentence in (("0", "worker 1 did not come within 0.3 seconds"), ("1", "the chief was not at ")):
        arguments = [str(run_dir), "--worker-hosts", hosts, "--trust-network", "--wait", "0.3", "--task-index", rank]
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert sentence in said.err and not said.out


def test_a_worker_dies(run_dir):
    port = free_port(HOST)
    hosts = f"{HOST}:{port},{HOST}:0"
    chief = processes.start("evaluate", run_dir, "--worker-hosts", hosts, "--task-index", "0", "--trust-network")
    while True:
        try:
            connection = socket.create_connection((HOST, port), timeout=60)
            break
        except ConnectionRefusedError:
            assert chief.poll() is None
    with connection, connection.makefile("rb") as heard:
        content = {"rank": 1, "workers": 2, "port": free_port(HOST)}
        connection.sendall(json.dumps({"kind": "join", "content": content}).encode() + b"\n")
        while b'"network"' not in heard.readline():
            pass
    out, error = chief.communicate()
    assert chief.wait() == LOST
    assert error.startswith("lenet_tf1: worker 1 is lost (") and error.endswith("start all of them again\n")
    assert not out
