"""Published data sets, fetched from a server of this machine's own, or found where a copy already is."""

import errno
import gzip
import hashlib
import http.server
import os
import pwd
import tempfile
import threading
import zipfile

import numpy as np
import pooch
import pytest
from conftest import write_idx

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Recorded
from lenet_tf1.data import remote
from lenet_tf1.data.datasets import NAMES, load

OS_CACHE = pooch.os_cache


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """No copy of anything anywhere, and a cache of the test's own."""
    monkeypatch.setattr(remote, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "lenet_tf1"


@pytest.fixture
def server(tmp_path):
    """A folder that is served over HTTP, and its address."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as http_server:
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{http_server.server_port}/"
        http_server.shutdown()


def write_four(folder, mnist, stems=("train", "t10k"), first=0, classes=10, ending=".gz", sideways=False):
    folder.mkdir(parents=True, exist_ok=True)
    for stem, n in zip(stems, (60, 20), strict=True):
        images = mnist.train.images[:n]
        labels = (np.arange(n) % classes + first).astype(np.uint8)
        write_idx(folder / f"{stem}-images-idx3-ubyte{ending}", images.swapaxes(1, 2) if sideways else images)
        write_idx(folder / f"{stem}-labels-idx1-ubyte{ending}", labels)


def checksums(folder):
    return {path.name: "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture
def served(server, mnist, monkeypatch):
    """kmnist as the server has it, behind a mirror that nobody answers at."""
    folder, address = server
    write_four(folder, mnist)
    about = remote.REMOTE["kmnist"]._replace(files=checksums(folder), mirrors=("http://127.0.0.1:9/", address))
    monkeypatch.setitem(remote.REMOTE, "kmnist", about)
    return folder


def test_the_sets_are_those_that_are_promised():
    assert set(NAMES) == {
        *("mnist", "page", "page-small", "fashion-mnist", "kmnist", "notmnist"),
        *("emnist-digits", "emnist-letters", "emnist-balanced"),
    }
    assert [len(about.classes) for about in remote.REMOTE.values()] == [10, 10, 10, 10, 26, 47]
    for about in remote.REMOTE.values():
        assert len(set(about.classes)) == len(about.classes)
        for checksum in about.files.values():
            kind, digest = checksum.split(":")
            assert len(digest) == {"sha256": 64, "md5": 32}[kind]


def test_mirrors_are_tried_in_turn_and_files_kept(served, cache, mnist):
    report = Recorded()
    data = load("kmnist", report=report)
    assert len(report.notes) == 4
    assert report.notes[0].startswith("fetching ")
    assert np.array_equal(np.concatenate([data.validation.images, data.train.images]), mnist.train.images[:60])
    assert data.classes[:3] == ("o", "ki", "su")
    for path in served.iterdir():
        path.unlink()
    assert load("kmnist", report=report).digest() == data.digest()
    assert len(report.notes) == 4


def test_a_damaged_file_in_the_cache_is_fetched_again(served, cache):
    digest = load("kmnist").digest()
    (cache / "kmnist" / "train-images-idx3-ubyte.gz").write_bytes(b"not it")
    assert load("kmnist").digest() == digest


def test_a_wrong_checksum_is_refused_and_not_kept(served, cache):
    (served / "t10k-labels-idx1-ubyte.gz").write_bytes(b"something else")
    with pytest.raises(InputError, match=r"what 127\.0\.0\.1:\d+ sends is not what it was") as error:
        load("kmnist")
    assert "\n" not in str(error.value)
    assert not (cache / "kmnist" / "t10k-labels-idx1-ubyte.gz").exists()


def test_without_a_network_the_error_says_what_to_do(cache, monkeypatch):
    about = remote.REMOTE["fashion-mnist"]._replace(mirrors=("http://127.0.0.1:9/data/",))
    monkeypatch.setitem(remote.REMOTE, "fashion-mnist", about)
    with pytest.raises(InputError) as error:
        load("fashion-mnist")
    for part in (
        "127.0.0.1:9 can't be reached",
        "http://127.0.0.1:9/data/train-images-idx3-ubyte.gz",
        f"put it into {cache / 'fashion-mnist'}",
    ):
        assert part in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_the_server_lacks(served):
    (served / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(InputError, match="answers 404"):
        load("kmnist")


def test_a_cache_that_is_a_file(served, cache):
    cache.parent.mkdir()
    cache.write_bytes(b"")
    with pytest.raises(InputError) as error:
        load("kmnist")
    assert str(error.value).startswith(f"kmnist can't be kept in {cache / 'kmnist'} (Not a directory): ")
    assert "XDG_CACHE_HOME" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("place", "function", "raised", "said"),
    [
        ("make", "os.makedirs", PermissionError(errno.EACCES, "Permission denied", "/x"), "Permission denied"),
        ("write", "shutil.move", OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (
            "unpack",
            "lenet_tf1.base.files.make_parents",
            OSError(errno.EDQUOT, "Disk quota exceeded"),
            "Disk quota exceeded",
        ),
    ],
)
def test_a_cache_that_takes_nothing(served, cache, monkeypatch, place, function, raised, said):
    def fails(*args, **options):
        raise raised

    if place == "unpack":
        about = remote.REMOTE["kmnist"]
        archive = served / "gzip.zip"
        zipfile.ZipFile(archive, "w").close()
        monkeypatch.setitem(
            remote.REMOTE, "kmnist", about._replace(files={archive.name: checksums(served)["gzip.zip"]})
        )
    monkeypatch.setattr(function, fails)
    with pytest.raises(InputError) as error:
        load("kmnist")
    assert str(error.value).startswith(f"kmnist can't be kept in {cache / 'kmnist'} ({said}): ")
    assert "\n" not in str(error.value)


@pytest.fixture
def homeless(monkeypatch, tmp_path):
    """Nobody's home folder, as with docker run --user: the folder of temporary files."""

    def nobody(uid):
        raise KeyError(uid)

    monkeypatch.setattr(pooch, "os_cache", OS_CACHE)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for name in ("HOME", "XDG_CACHE_HOME", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp" / f"lenet_tf1-{os.getuid()}"


def test_without_a_home_folder_sets_are_kept_for_a_while(served, homeless):
    report = Recorded()
    assert len(load("kmnist", report=report).test) == 20
    assert report.notes[0] == (
        f"there is no home folder: data sets are kept in {homeless}, if XDG_CACHE_HOME names no other"
    )
    assert homeless.stat().st_mode & 0o777 == 0o700
    for path in served.iterdir():
        path.unlink()
    assert len(load("kmnist").test) == 20


def test_another_users_folder_is_not_trusted(served, homeless, tmp_path):
    homeless.symlink_to(tmp_path)
    with pytest.raises(InputError, match="is another user's, and there is no home folder to keep data sets in"):
        load("kmnist")


def test_a_copy_that_can_not_be_read_is_passed_over(tmp_path, mnist, monkeypatch):
    def find(folder, *kind):
        if folder == tmp_path / "debian" / "kmnist":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return found(folder, *kind)

    found = remote.idx.find
    monkeypatch.setattr(remote.idx, "find", find)
    write_four(tmp_path / "keras" / "datasets" / "kmnist", mnist)
    report = Recorded()
    assert len(load("kmnist", report=report).test) == 20
    assert report.notes == [
        f"{tmp_path / 'debian' / 'kmnist'} is passed over, because it can't be read (Permission denied)"
    ]


@pytest.mark.parametrize("place", ["debian", "keras/datasets", "mine"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_copy_that_is_there_is_used(tmp_path, mnist, place, ending):
    write_four(tmp_path / place / "fashion-mnist", mnist, ending=ending)
    data = load("fashion-mnist", data_dir=tmp_path / "mine" if place == "mine" else None)
    assert data.classes[9] == "Ankle boot"
    assert len(data.test) == 20


def test_ones_own_copy_is_used_first(tmp_path, mnist):
    write_four(tmp_path / "debian" / "fashion-mnist", mnist)
    write_four(tmp_path / "mine" / "fashion-mnist", mnist, classes=3)
    assert load("fashion-mnist", data_dir=tmp_path / "mine").test.labels.max() == 2


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"there is no folder .*nowhere"):
        load("fashion-mnist", data_dir=tmp_path / "nowhere")


@pytest.mark.parametrize(("kind", "first"), [("digits", 0), ("letters", 1), ("balanced", 0)])
def test_emnist_comes_out_upright_and_from_one_archive(server, cache, mnist, monkeypatch, tmp_path, kind, first):
    folder, address = server
    about = remote.REMOTE[f"emnist-{kind}"]
    write_four(tmp_path / "gzip", mnist, about.stems, first, len(about.classes), sideways=True)
    with zipfile.ZipFile(folder / "gzip.zip", "w") as archive:
        for path in (tmp_path / "gzip").iterdir():
            archive.write(path, f"gzip/{path.name}")
        archive.writestr("gzip/emnist-byclass-mapping.txt", "0 48")
    monkeypatch.setitem(remote.REMOTE, f"emnist-{kind}", about._replace(files=checksums(folder), mirrors=(address,)))
    data = load(f"emnist-{kind}")
    assert np.array_equal(data.test.images, mnist.train.images[:20])
    assert data.test.labels.tolist() == [i % len(about.classes) for i in range(20)]
    assert {"digits": "0", "letters": "A", "balanced": "0"}[kind] == data.classes[0]
    unpacked = sorted(cache.rglob("*-ubyte.gz"))
    assert len(unpacked) == 4
    for i, path in enumerate(unpacked):  # as older versions left them when they were killed
        path.write_bytes(path.read_bytes()[: 20 * i])
    assert load(f"emnist-{kind}").digest() == data.digest()


def test_labels_of_another_set_are_refused(tmp_path, mnist):
    write_four(tmp_path / "mine" / "emnist-letters", mnist, ("emnist-letters-train", "emnist-letters-test"), first=0)
    with pytest.raises(InputError, match="labels that are not those of emnist-letters"):
        load("emnist-letters", data_dir=tmp_path / "mine")


def test_a_damaged_copy_is_told(tmp_path, mnist):
    write_four(tmp_path / "mine" / "kmnist", mnist)
    (tmp_path / "mine" / "kmnist" / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"no"))
    with pytest.raises(InputError, match="is no IDX file"):
        load("kmnist", data_dir=tmp_path / "mine")
