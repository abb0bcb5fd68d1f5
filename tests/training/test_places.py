"""Which worker a process is, as options and the environment say."""

import json
import socket

import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.training import places
from lenet_tf1.training.places import Place, find

NAMES = ("TF_CONFIG", "RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "SLURM_STEP_NUM_TASKS")


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_nothing_said_is_one_process():
    assert find(None, None) is None
    assert find("a:1", 0) is None


def test_options():
    assert find("a:2222,b:2223", 0) == Place(0, 2, ("a", 2222))
    assert find("a:2222,b:2223", 1) == Place(1, 2, ("a", 2222), 2223)
    assert find("[::1]:2222,b:2223", 1).chief == ("::1", 2222)


@pytest.mark.parametrize(
    ("hosts", "index", "reason"),
    [
        ("a:1,b:1", None, "go together"),
        (None, 1, "go together"),
        ("a:1,b", 0, "HOST:PORT of each worker, not b"),
        ("a:1,b:99999", 0, "not b:99999"),
        ("a:1,b:1", 2, "there is no number 2"),
        ("a:1,b:1", -1, "there is no number -1"),
    ],
)
def test_options_that_tell_nothing(hosts, index, reason):
    with pytest.raises(InputError, match=reason):
        find(hosts, index)


def test_tf_config(monkeypatch):
    def of(cluster, task):
        monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
        return find(None, None)

    workers = {"worker": ["a:1", "b:2"]}
    assert of(workers, {"type": "worker", "index": 1}) == Place(1, 2, ("a", 1), 2)
    with_chief = {"chief": ["c:3"], "worker": ["a:1"]}
    assert of(with_chief, {"type": "chief", "index": 0}) == Place(0, 2, ("c", 3))
    assert of(with_chief, {"type": "worker", "index": 0}) == Place(1, 2, ("c", 3), 1)
    assert of({"worker": ["a:1"]}, {"type": "worker", "index": 0}) is None
    assert of({}, {}) is None
    with pytest.raises(InputError, match="TF_CONFIG tells of ps"):
        of({"worker": ["a:1"], "ps": ["p:1"]}, {"type": "worker", "index": 0})
    with pytest.raises(InputError, match="no number 5"):
        of(workers, {"type": "worker", "index": 5})
    monkeypatch.setenv("TF_CONFIG", "{")
    with pytest.raises(InputError, match="TF_CONFIG is not what tells a cluster"):
        find(None, None)


def test_torchrun(monkeypatch):
    for name, value in zip(NAMES[1:5], ("2", "3", "host", "29500"), strict=True):
        monkeypatch.setenv(name, value)
    assert find(None, None) == Place(2, 3, ("host", 29500))
    monkeypatch.setenv("RANK", "3")
    with pytest.raises(InputError, match="RANK 3, WORLD_SIZE 3"):
        find(None, None)


def test_slurm(monkeypatch):
    for name, value in {"STEP_NUM_TASKS": "3", "STEP_NODELIST": "node[2,10]", "PROCID": "2"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    assert find(None, None) == Place(2, 3, ("node2", 8888))
    monkeypatch.delenv("SLURM_PROCID")
    with pytest.raises(InputError, match="SLURM_PROCID"):
        find(None, None)


def test_an_open_network_needs_a_word(monkeypatch):
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    with pytest.raises(InputError, match=r"every network interface \(eth0\).*--trust-network"):
        places.refuse_open_network()
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo")])
    places.refuse_open_network()
