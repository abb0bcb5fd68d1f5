import numpy as np
import pytest
from PIL import Image

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Recorded
from lenet_tf1.data.datasets import load


@pytest.fixture
def folder(mnist, tmp_path):
    """Sixty pictures of 28 x 28 for each of the classes 2 and 10."""
    root = tmp_path / "pictures"
    for name, digit in [("10", 1), ("2", 2)]:
        (root / name).mkdir(parents=True)
        for i, image in enumerate(mnist.train.images[mnist.train.labels == digit][:60]):
            Image.fromarray(image).save(root / name / f"{i}.png")
    return root


def test_each_folder_is_a_class(folder):
    data = load(str(folder))
    assert data.classes == ("2", "10")  # by number, not by letter
    assert [len(split) for split in (data.train, data.validation, data.test)] == [98, 10, 12]
    both = np.concatenate([data.train.labels, data.validation.labels, data.test.labels])
    assert np.bincount(both).tolist() == [60, 60]
    assert 0 < data.test.labels.mean() < 1  # in no order of classes
    assert load(str(folder)).digest() == data.digest()


def test_pictures_of_the_right_size_stay_as_they_are(folder, mnist):
    data = load(str(folder))
    there = {image.tobytes() for image in mnist.train.images[mnist.train.labels == 2][:60]}
    assert {image.tobytes() for image in data.train[data.train.labels == 0].images} <= there


def test_folders_of_their_own_for_training_and_test(folder, tmp_path):
    split = tmp_path / "split"
    split.mkdir()
    folder.rename(split / "train")
    (split / "test" / "10").mkdir(parents=True)
    (split / "train" / "10" / "7.png").rename(split / "test" / "10" / "7.png")
    data = load(str(split))
    assert [len(part) for part in (data.train, data.validation, data.test)] == [108, 11, 1]
    assert data.test.labels.tolist() == [1]
    (split / "test" / "11").mkdir()
    (split / "train" / "10" / "8.png").rename(split / "test" / "11" / "8.png")
    with pytest.raises(InputError, match="pictures of the class 11; the classes are 2, 10"):
        load(str(split))
    (split / "test" / "11").rename(split / "validation")
    (split / "validation" / "2").mkdir()
    (split / "validation" / "8.png").rename(split / "validation" / "2" / "8.png")
    assert load(str(split)).validation.labels.tolist() == [0]


def test_broken_pictures_are_left_out_and_counted(folder):
    (folder / "2" / "5.png").write_bytes(b"")
    (folder / "10" / "6.png").write_bytes((folder / "10" / "6.png").read_bytes()[:60])
    (folder / "10" / ".hidden.png").write_bytes(b"")
    (folder / "10" / "notes.txt").write_text("no picture")
    report = Recorded()
    data = load(str(folder), report=report)
    assert sum(map(len, (data.train, data.validation, data.test))) == 118
    strange, said = report.notes
    assert strange == f"left out, no pictures that can be read: 1 .txt; the first is {folder / '10' / 'notes.txt'}"
    assert "2 of 120 pictures" in said
    assert "5.png" in said


def test_a_class_that_is_broken_altogether(folder):
    for path in (folder / "2").iterdir():
        path.write_bytes(b"")
    with pytest.raises(InputError, match=r"none of the pictures in .*2 can be read"):
        load(str(folder))


def test_other_pictures_become_what_mnists_are(folder, mnist):
    five = mnist.train.images[mnist.train.labels == 5][0]
    large = Image.fromarray(255 - five).resize([280, 280], Image.Resampling.BICUBIC)  # dark on light
    for path in (folder / "2").iterdir():
        large.convert("RGB").save(path)
    data = load(str(folder))
    image = data.train[data.train.labels == 0].images[0]
    assert np.corrcoef(image.ravel(), five.ravel())[0, 1] > 0.8
    rows, columns = np.nonzero(image)
    assert max(np.ptp(rows), np.ptp(columns)) == 19


def test_a_network_that_knows_other_classes(folder):
    with pytest.raises(InputError, match="pictures of the class 2; the classes are a, b"):
        load(str(folder), classes=("a", "b"))
    assert load(str(folder), classes=("10", "2")).train.labels.mean() < 0.6


@pytest.mark.parametrize("inside", [(), ("1.png",)])
def test_a_test_folder_without_classes_is_a_sentence(folder, tmp_path, inside):
    split = tmp_path / "split"
    split.mkdir()
    folder.rename(split / "train")
    (split / "test").mkdir()
    for name in inside:
        (split / "test" / name).write_bytes(b"")
    with pytest.raises(InputError, match=r"split/test has no folder of pictures for a class"):
        load(str(split))


def test_classes_that_can_not_be(folder):
    for i in range(256):
        (folder / f"c{i}").mkdir()
        (folder / f"c{i}" / "1.png").write_bytes(b"")
    with pytest.raises(InputError, match="258 folders of pictures; 255 classes are the most"):
        load(str(folder))


def test_a_class_with_a_name_that_can_not_be_printed(folder):
    (folder / "2").rename(folder / "two\nlines")
    with pytest.raises(InputError, match="is no name for a class"):
        load(str(folder))


def test_hidden_folders_are_no_classes(folder):
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "1.png").write_bytes(b"")
    assert load(str(folder)).classes == ("2", "10")
