"""Which of several workers this process is, as options or the environment say, and whom the network lets in."""

import argparse
import os
import socket
from collections.abc import Sequence
from typing import Any, NamedTuple

from lenet_tf1.base.errors import InputError

_TORCHRUN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
_SLURM_PORT = 8888  # TensorFlow's own resolver's


class Place(NamedTuple):
    """One worker's place among all of them.

    Attributes
    ----------
    rank : int
        Its number. That of the chief, who alone writes, is 0.
    workers : int
        How many there are.
    chief : tuple of str and int
        The host and port where they meet: the chief's.
    port : int
        Of this worker's own server of TensorFlow's; 0 is any that is free. The chief's own address is the meeting's,
        so its server's port is a free one.
    """

    rank: int
    workers: int
    chief: tuple[str, int]
    port: int = 0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a command that several workers may share; `asked` takes them again."""
    group = parser.add_argument_group("several workers", "told by these, TF_CONFIG, torchrun or srun: docs/cluster.md")
    group.add_argument("--worker-hosts", metavar="HOST:PORT,...", help="all workers, the chief first")
    group.add_argument("--task-index", type=int, metavar="N", help="which of them this one is, from 0 on")
    group.add_argument("--wait", type=float, default=300, metavar="SECONDS", help="for all of them to come (300)")
    group.add_argument("--trust-network", action="store_true", help="workers ask each other for no password")


def asked(options: dict[str, Any]) -> tuple[Place | None, float]:
    """The place of this process among workers, or None, and how many seconds it waits for the others.

    Takes what `add_options` added out of `options`. Raises InputError as `find` and `refuse_open_network` do.
    """
    names = ("worker_hosts", "task_index", "wait", "trust_network")
    hosts, index, wait, trusts = (options.pop(name) for name in names)
    place = find(hosts, index)
    if place and not trusts:
        refuse_open_network()
    return place, wait


def find(hosts: str | None, index: int | None) -> Place | None:
    """The place of this process; None if it trains alone.

    The first of these that is there tells: the options, TF_CONFIG, what torchrun and its like set (RANK, WORLD_SIZE,
    MASTER_ADDR, MASTER_PORT), what Slurm's srun sets.

    Parameters
    ----------
    hosts : str, optional
        HOST:PORT of each worker, the chief's first, with commas between them.
    index : int, optional
        Which of them this one is.

    Raises
    ------
    InputError
        For what tells no place.
    """
    if hosts is not None or index is not None:
        if hosts is None or index is None:
            raise InputError("--worker-hosts and --task-index go together: who the workers are, and which this one is")
        return _among(hosts.split(","), index, "--worker-hosts")
    if "TF_CONFIG" in os.environ:
        return _by_tf_config()
    if all(name in os.environ for name in _TORCHRUN):
        return _by_torchrun(*(os.environ[name] for name in _TORCHRUN))
    if os.environ.get("SLURM_STEP_NUM_TASKS", "1") != "1":
        return _by_slurm()
    return None


def refuse_open_network() -> None:
    """Raise InputError if others than this machine's own processes may reach a worker here.

    TensorFlow's server listens at every interface, and does what it is asked to without a password; the workers'
    meeting believes who comes first.
    """
    if others := [name for _, name in socket.if_nameindex() if name != "lo"]:
        raise InputError(
            f"workers listen at every network interface ({', '.join(others)}) and ask for no password: say "
            "--trust-network if nobody else can reach them (docs/cluster.md)"
        )


def free_port(host: str = "") -> int:
    """A port that nobody listens at."""
    with socket.create_server((host, 0)) as server:
        return int(server.getsockname()[1])


def _among(addresses: Sequence[str], rank: int, source: str) -> Place | None:
    places = []
    for address in addresses:
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise InputError(f"{source} must be HOST:PORT of each worker, not {address}")
        places.append((host.strip("[]"), int(port)))
    if not 0 <= rank < len(places):
        raise InputError(f"{source} names {len(places)} workers, so there is no number {rank}: they count from 0")
    if len(places) == 1:
        return None
    return Place(rank, len(places), places[0], places[rank][1] if rank else 0)


def _by_tf_config() -> Place | None:
    from tensorflow.compat.v1.distribute.cluster_resolver import TFConfigClusterResolver

    try:
        resolver = TFConfigClusterResolver()
        jobs, kind, number = resolver.cluster_spec().as_dict(), resolver.task_type, resolver.task_id
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"TF_CONFIG is not what tells a cluster ({error})") from error
    if not jobs:
        return None
    known = {name: list(jobs.get(name, ())) for name in ("chief", "worker")}
    if number is None or kind not in known or jobs.keys() - known.keys():
        others = ", ".join(jobs.keys() - known.keys()) or kind
        raise InputError(f"TF_CONFIG tells of {others}: there is a chief, or none, and there are workers; no others")
    rank = number + (len(known["chief"]) if kind == "worker" else 0)
    return _among(known["chief"] + known["worker"], rank, "TF_CONFIG")


def _by_torchrun(rank: str, workers: str, host: str, port: str) -> Place | None:
    if not (rank.isdigit() and workers.isdigit() and port.isdigit() and int(rank) < int(workers)):
        raise InputError(f"RANK {rank}, WORLD_SIZE {workers} and MASTER_PORT {port} tell no worker's place")
    return Place(int(rank), int(workers), (host, int(port))) if int(workers) > 1 else None


def _by_slurm() -> Place:
    # TensorFlow's own resolver sorts node10 before node2, which Slurm's ranks don't; and it asks for GPUs.
    from tensorflow.python.distribute.cluster_resolver.slurm_cluster_resolver import expand_hostlist

    try:
        rank, workers = (int(os.environ[f"SLURM_{name}"]) for name in ("PROCID", "STEP_NUM_TASKS"))
        return Place(rank, workers, (expand_hostlist(os.environ["SLURM_STEP_NODELIST"])[0], _SLURM_PORT))
    except (ValueError, LookupError) as error:
        raise InputError(f"Slurm's variables tell no worker's place ({error})") from error
