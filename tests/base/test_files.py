import pytest

from lenet_tf1.base import files


def test_write_replaces_the_whole_file(tmp_path):
    path = tmp_path / "file"
    files.write(path, b"a long first version")
    files.write(path, b"second")
    assert path.read_bytes() == b"second"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_failed_write_leaves_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "file"
    files.write(path, b"old")
    monkeypatch.setattr(files, "sync", lambda path: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        files.write(path, b"new")
    assert path.read_bytes() == b"old"
    files.remove_temporaries(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_make_folder_takes_the_place_of_leftovers(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "leftover").touch()
    files.make_folder(tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.parametrize("operation", ["write_bytes", "fsync"])
def test_an_error_names_its_file(tmp_path, monkeypatch, operation):
    def full(*_):
        raise OSError(28, "No space left on device")

    if operation == "fsync":
        monkeypatch.setattr(files.os, "fsync", full)
    else:
        monkeypatch.setattr(files.Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as error:
        files.write(tmp_path / "metrics.csv", b"1")
    assert "metrics.csv" in error.value.filename
