"""Data sets in the formats that people have them in; docs/formats.md has a row for each of these tests."""

import gzip
import pickle
import subprocess
import sys

import numpy as np
import pytest
from conftest import write_idx
from PIL import Image

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Recorded
from lenet_tf1.data import tables
from lenet_tf1.data.datasets import load


@pytest.fixture(scope="module")
def few(mnist):
    """60 training and 20 test images with labels."""
    train, test = mnist.train[:60], mnist.test[:20]
    return {"train": (train.images, train.labels), "test": (test.images, test.labels)}


def lines(images, labels=None):
    pixels = images.reshape(len(images), -1)
    rows = pixels if labels is None else np.column_stack([labels, pixels])
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


HEADER = ",".join(f"pixel{i}" for i in range(784)) + "\n"


def holds(data, few, *, test=20):
    """Whether the 60 training images are there in their order, 6 of them for validation, and the test's."""
    images = np.concatenate([data.validation.images, data.train.images])
    labels = np.concatenate([data.validation.labels, data.train.labels])
    assert np.array_equal(images, few["train"][0][: len(images)])
    assert np.array_equal(labels, few["train"][1][: len(labels)])
    assert len(data.test) == test
    if test == 20:
        assert np.array_equal(data.test.images, few["test"][0])
        assert np.array_equal(data.test.labels, few["test"][1])


# Tables


def test_kaggles_csv(few, tmp_path):
    (tmp_path / "train.csv").write_text("label," + HEADER + lines(*few["train"]))
    (tmp_path / "test.csv").write_text(HEADER + lines(few["test"][0]))
    report = Recorded()
    for place in (tmp_path, tmp_path / "train.csv"):
        holds(load(str(place), report=report), few, test=6)
    assert "test.csv has no labels: predict --submission OUT.csv recognises it" in report.notes[0]
    assert "the last 6 of 60 training images are taken" in report.notes[1]


def test_csv_without_a_header(few, tmp_path):
    (tmp_path / "mnist_train.csv").write_text(lines(*few["train"]))
    (tmp_path / "mnist_test.csv").write_text(lines(*few["test"]))
    holds(load(str(tmp_path)), few)


def rearranged(text, order, header=False):
    """The columns of each row in another order, with a name for each."""
    rows = [[row.split(",")[i] for i in order] for row in text.split()]
    names = [["label" if i == 0 else f"pixel{i - 1}" for i in order]] if header else []
    return "".join(",".join(row) + "\n" for row in [*names, *rows])


LABEL_LAST = [*range(1, 785), 0]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("train.csv", lambda text: "\n".join('"' + row.replace(",", '","') + '"' for row in text.split())),
        ("train.csv", lambda text: "\ufeff" + text.replace("\n", "\r\n")),
        ("train.csv", lambda text: text.replace(",", ", ").replace("\n", "\n\n")),
        ("train.csv.gz", lambda text: "label," + HEADER + text),
        ("Train.CSV", lambda text: rearranged(text, LABEL_LAST, header=True)),
        ("digits.csv", lambda text: rearranged(text, LABEL_LAST)),
        ("digits", lambda text: "label," + HEADER + text),
    ],
    ids=["quotes", "Windows", "spaces", "gzip", "label last", "label last without a header", "no suffix"],
)
def test_csv_as_it_comes(few, tmp_path, name, change):
    data = change(lines(*few["train"])).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    holds(load(str(tmp_path / name)), few, test=6)
    if name != "digits":
        holds(load(str(tmp_path)), few, test=6)


def test_tables_that_are_left_out_are_named(few, tmp_path):
    (tmp_path / "train.csv").write_text(lines(*few["train"]))
    (tmp_path / "sample_submission.csv").write_text("ImageId,Label\n1,0\n")
    report = Recorded()
    holds(load(str(tmp_path), report=report), few, test=6)
    assert report.notes[0] == f"{tmp_path / 'sample_submission.csv'}: left out, because no split is in the name"
    (tmp_path / "mnist_train.csv").write_text(lines(*few["train"]))
    with pytest.raises(InputError, match=r"mnist_train\.csv and .*train\.csv are both for the train split"):
        load(str(tmp_path))


def test_a_table_that_unpacks_to_too_much(few, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_LARGEST", 1 << 20)
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(bytes(2 << 20)))
    with pytest.raises(InputError, match=r"train\.csv\.gz can't be read .it has more than 1 MiB"):
        load(str(tmp_path / "train.csv.gz"))
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(bytes(100))[:-9])
    with pytest.raises(InputError, match=r"train\.csv\.gz is a damaged gzip file"):
        load(str(tmp_path / "train.csv.gz"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no CSV of images as Kaggle has them: its rows have 2 pixels"),
        (HEADER + "1,2\n", "rows of 2 columns after its header of 784"),
        (HEADER + ",".join(["256"] * 784) + "\n", "other numbers than whole ones from 0 to 255"),
        (HEADER + ",".join(["nan"] * 784) + "\n", "other numbers than whole ones from 0 to 255"),
        (HEADER + ",".join(["x"] * 784) + "\n", "is no CSV of images"),
        ("label," + HEADER + ",".join(["0.5"] * 785) + "\n", "other numbers than whole ones"),
        (HEADER, "holds no rows"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin1"), "no CSV of images"),
    ],
)
def test_tables_that_are_none(tmp_path, text, said):
    (tmp_path / "train.csv").write_text(text, encoding="latin1")
    with pytest.raises(InputError, match=said):
        load(str(tmp_path / "train.csv"))


def test_a_table_without_labels_says_what_it_is_for(few, tmp_path):
    (tmp_path / "test.csv").write_text(HEADER + lines(few["test"][0]))
    with pytest.raises(InputError, match=r"has no labels to train on; predict --submission OUT\.csv recognises"):
        load(str(tmp_path / "test.csv"))


def test_a_submission():
    assert tables.submission(["7", "2"]) == b"ImageId,Label\n1,7\n2,2\n"


def test_predict_writes_kaggles_form(run_dir, few, tmp_path, capsys):
    from lenet_tf1.predict import main

    (tmp_path / "test.csv").write_text(HEADER + lines(few["test"][0]))
    options = [str(tmp_path / "test.csv"), "--run-dir", str(run_dir), "--submission"]
    assert main([*options, str(tmp_path / "out.csv")]) == 0
    rows = (tmp_path / "out.csv").read_text().splitlines()
    assert rows[0] == "ImageId,Label"
    assert [row.split(",")[0] for row in rows[1:]] == [str(i) for i in range(1, 21)]
    right = sum(int(row.split(",")[1]) == label for row, label in zip(rows[1:], few["test"][1], strict=True))
    assert right >= 15
    assert main([*options, str(tmp_path / "test.csv")]) == 2
    assert "is the table itself" in capsys.readouterr().err


# Pickles


def parts(few):
    flat = {part: (images.reshape(-1, 784) / np.float32(255), labels) for part, (images, labels) in few.items()}
    return flat["train"], (flat["train"][0][:6], flat["train"][1][:6].astype(np.int64)), flat["test"]


@pytest.mark.parametrize("protocol", range(0, 6))
def test_mnist_pkl_gz(few, tmp_path, protocol):
    images = parts(few)
    content = [(np.ascontiguousarray(x, np.float32), y.astype(np.int64)) for x, y in images]
    (tmp_path / "mnist.pkl.gz").write_bytes(gzip.compress(pickle.dumps(tuple(content), protocol)))
    data = load(str(tmp_path / "mnist.pkl.gz"))
    assert np.array_equal(data.train.images, few["train"][0])
    assert np.array_equal(data.test.labels, few["test"][1])
    assert len(data.validation) == 6
    assert load(str(tmp_path)).digest() == data.digest()


def python_2_pickle(array):
    """What Python 2's cPickle writes of an array, in protocol 2: its bytes are a str."""
    kind = {"float32": b"f4", "int64": b"i8"}[array.dtype.name]
    shape = b"".join(b"M" + int(n).to_bytes(2, "little") for n in array.shape) + {1: b"\x85", 2: b"\x86"}[array.ndim]
    raw = array.tobytes()
    return (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01b\x87R(K\x01" + shape
        + b"cnumpy\ndtype\nU\x02" + kind + b"K\0K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89T"
        + len(raw).to_bytes(4, "little") + raw + b"tb"
    )  # fmt: skip


def test_a_pickle_of_python_2(few, tmp_path):
    pairs = [python_2_pickle(x) + python_2_pickle(y.astype(np.int64)) + b"\x86" for x, y in parts(few)]
    (tmp_path / "mnist.pkl").write_bytes(b"\x80\x02" + b"".join(pairs) + b"\x87.")
    assert np.array_equal(load(str(tmp_path / "mnist.pkl")).train.images, few["train"][0])


class Trap:
    def __reduce__(self):
        return pytest.fail, ("a pickle was run",)


DOUBLED = b"\x80\x02)" + b"2\x86" * 60  # a tuple of a tuple twice, and so on: 2**60 to hash


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pickle.dumps(Trap()), r"it would call _pytest\.outcomes"),
        (b"cos\nsystem\n(S'true'\ntR.", "it would call .*system"),
        (pickle.dumps((([], []), ([], []))), "holds no .images, labels. pairs"),
        (pickle.dumps(((np.zeros([2, 4]), np.array([Trap()] * 2)),) * 2), "it would call|an array of"),
        (b"\x80\x02r\xff\xff\xff\x7f.", "no pickle of arrays"),
        (b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f", "cut off|no pickle of arrays"),
        (b"\x80\x05\x96" + (40 << 30).to_bytes(8, "little") + b".", "cut off|no pickle of arrays"),
        (b"\x80\x02}" + DOUBLED[2:] + b"K\0s.", "holds a dictionary"),
        (pickle.dumps({"train_images": np.zeros([2, 4])}), r"holds a dictionary.*; .* numpy\.savez\(FILE, x_train="),
        (b"\x80\x02]" + b"]" * 100_000 + b"a" * 100_000 + b".", "no .images, labels. pairs"),
        (b"", "cut off|no pickle"),
        (gzip.compress(b"\x80\x02", mtime=0)[:-9], "cut off or damaged"),
    ],
)
def test_pickles_that_are_refused(tmp_path, data, said):
    (tmp_path / "mnist.pkl.gz").write_bytes(data)
    with pytest.raises(InputError, match=said):
        load(str(tmp_path / "mnist.pkl.gz"))


def test_an_array_in_a_pickle_that_claims_more_than_it_has(few, tmp_path):
    x, y = parts(few)[2]
    claims = python_2_pickle(x).replace(b"M\x14\0", b"M\xff\xff", 1)
    pair = claims + python_2_pickle(y.astype(np.int64)) + b"\x86"
    (tmp_path / "mnist.pkl").write_bytes(b"\x80\x02" + pair * 3 + b"\x87.")
    with pytest.raises(InputError, match="whose bytes are not as many as its shape says"):
        load(str(tmp_path / "mnist.pkl"))


# EMNIST's .mat and Hugging Face's parquet


def save_mat(path, few, **more):
    scipy_io = pytest.importorskip("scipy.io", reason="SciPy isn't installed: pip install 'lenet_tf1[import]'")
    dataset = {
        part: {"images": images.swapaxes(1, 2).reshape(-1, 784), "labels": labels[:, None].astype(float) + 1}
        for part, (images, labels) in few.items()
    }
    mapping = np.array([[i + 1, 65 + i, 97 + i] for i in range(10)], np.uint8)
    scipy_io.savemat(path, {"dataset": dataset | {"mapping": mapping} | more}, do_compression=True)


def test_emnists_mat(few, tmp_path):
    save_mat(tmp_path / "emnist-letters.mat", few)
    data = load(str(tmp_path / "emnist-letters.mat"))
    holds(data, few)
    assert data.classes == tuple("ABCDEFGHIJ")
    assert load(str(tmp_path)).digest() == data.digest()


def test_a_mat_file_of_something_else(few, tmp_path):
    scipy_io = pytest.importorskip("scipy.io", reason="SciPy isn't installed")
    scipy_io.savemat(tmp_path / "a.mat", {"x": np.zeros(3)})
    with pytest.raises(InputError, match=r"a\.mat is no \.mat file in EMNIST's layout"):
        load(str(tmp_path / "a.mat"))
    save_mat(tmp_path / "a.mat", few)
    data = (tmp_path / "a.mat").read_bytes()
    (tmp_path / "a.mat").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"a\.mat is no \.mat file in EMNIST's layout"):
        load(str(tmp_path / "a.mat"))


def save_parquet(path, images, labels, names=None):
    arrow = pytest.importorskip("pyarrow", reason="pyarrow isn't installed: pip install 'lenet_tf1[import]'")
    from io import BytesIO
    from json import dumps

    import pyarrow.parquet

    def png(image):
        file = BytesIO()
        Image.fromarray(image).save(file, "PNG")
        return file.getvalue()

    rows = {
        "image": [{"bytes": png(image), "path": None} for image in images],
        "label": [int(label) for label in labels],
    }
    table = arrow.table(rows)
    if names:
        about = {"info": {"features": {"label": {"names": names, "_type": "ClassLabel"}}}}
        table = table.replace_schema_metadata({"huggingface": dumps(about)})
    pyarrow.parquet.write_table(table, path)


def test_hugging_faces_parquet(few, tmp_path):
    (tmp_path / "data").mkdir()
    names = [f"digit {i}" for i in range(10)]
    save_parquet(tmp_path / "data" / "train-00000-of-00001.parquet", *few["train"], names)
    save_parquet(tmp_path / "data" / "test-00000-of-00001.parquet", *few["test"], names)
    data = load(str(tmp_path))
    holds(data, few)
    assert data.classes == tuple(names)


def test_a_damaged_parquet(few, tmp_path):
    path = tmp_path / "train.parquet"
    save_parquet(path, *few["train"])
    data = bytearray(path.read_bytes())
    data[-60:-8] = bytes(52)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"train\.parquet holds no pictures with labels"):
        load(str(path))


@pytest.mark.parametrize(("module", "name"), [("scipy", "a.mat"), ("pyarrow", "a.parquet")])
def test_an_extra_that_is_missing_is_one_sentence(tmp_path, module, name):
    (tmp_path / name).write_bytes({"a.mat": b"MATLAB 5.0 MAT-file", "a.parquet": b"PAR1"}[name] + bytes(200))
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / f"{module}.py").write_text("raise ImportError('no module of that name')\n")
    code = f"""
import sys
sys.path.insert(0, "{tmp_path}/hidden")
from lenet_tf1.data.datasets import load
load("{tmp_path / name}")
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'lenet_tf1[import]'" in result.stderr.splitlines()[-1]


# Archives of arrays, and arrays of other kinds


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        *(("{}_images", "{}_labels"), ("X_{}", "y_{}"), ("{}_x", "{}_y"), ("{}ing_images", "{}ing_labels")),
        *(("{}X", "{}Y"), ("images_{}", "labels_{}"), ("{}_Images", "{}_Labels")),
    ],
)
def test_npz_with_other_names(few, tmp_path, images, labels):
    arrays = {}
    for part, (x, y) in few.items():
        arrays |= {images.format(part): x, labels.format(part): y}
    np.savez(tmp_path / "mine.npz", **arrays)
    holds(load(str(tmp_path / "mine.npz")), few)


@pytest.mark.parametrize("word", ["val", "valid", "dev"])
def test_npz_with_a_validation_set(few, tmp_path, word):
    arrays = {f"{part}_images": x for part, (x, _) in few.items()} | {
        f"{part}_labels": y for part, (_, y) in few.items()
    }
    more = {f"{word}_images": few["test"][0][:3], f"{word}_labels": few["test"][1][:3, None]}
    np.savez(tmp_path / "a.npz", **arrays, **more)
    data = load(str(tmp_path / "a.npz"))
    assert [len(split) for split in (data.train, data.validation, data.test)] == [60, 3, 20]


def test_npz_without_a_test_set_and_with_other_arrays(few, tmp_path):
    np.savez(tmp_path / "a.npz", x_train=few["train"][0], y_train=few["train"][1], x_extra=few["test"][0])
    report = Recorded()
    holds(load(str(tmp_path / "a.npz"), report=report), few, test=6)
    assert report.notes == [
        f"arrays of {tmp_path / 'a.npz'} that are of no split are left out: x_extra",
        "there is no test set: the last 6 of 60 training images are taken",
    ]


@pytest.mark.parametrize("labels", [np.array(list("0123456789")), np.array(list("0123456789"), object)])
def test_labels_that_are_no_numbers(few, tmp_path, labels):
    np.savez(tmp_path / "a.npz", x_train=few["train"][0][:10], y_train=labels)
    with pytest.raises(InputError, match=r"y_train is of type (<U1|object), where numbers are wanted"):
        load(str(tmp_path / "a.npz"))


def test_kmnists_archives_of_one_array_each(few, tmp_path):
    for part, (images, labels) in few.items():
        np.savez(tmp_path / f"kmnist-{part}-imgs.npz", images)
        np.savez(tmp_path / f"kmnist-{part}-labels.npz", labels)
    holds(load(str(tmp_path)), few)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (lambda x: x / 255, lambda y: y.astype(np.int64)),
        (lambda x: (x / 255).astype(np.float32), lambda y: y.astype(float)),
        (lambda x: x.astype(np.float32), lambda y: y[:, None]),
        (lambda x: x.reshape(-1, 784), lambda y: np.eye(10)[y]),
        (lambda x: x.reshape(-1, 784) / 255, lambda y: np.eye(10, dtype=bool)[y]),
        (lambda x: x[:, None], lambda y: y.astype(">i4")),
        (lambda x: np.repeat(x[..., None], 3, axis=3), lambda y: y),
        (lambda x: np.repeat(x[:, None], 3, axis=1), lambda y: y),
        (lambda x: np.pad(x, [(0, 0), (2, 2), (2, 2)]), lambda y: y),
    ],
    ids=["0..1", "float32", "0..255", "flat", "flat 0..1", "channel", "colour", "colour first", "32 x 32"],
)
def test_arrays_that_mean_the_same(few, tmp_path, images, labels):
    arrays = {f"x_{part}": images(x) for part, (x, _) in few.items()}
    np.savez(tmp_path / "a.npz", **arrays, **{f"y_{part}": labels(y) for part, (_, y) in few.items()})
    holds(load(str(tmp_path / "a.npz")), few)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (
            lambda x: (x > 127).astype(np.uint8),
            "a.npz (train) holds 0 and 1 alone, which are taken for black and white",
        ),
        (lambda x: x >> 4, "a.npz (train) is dark: its brightest pixel has 15 of 255; it is taken as it is"),
    ],
    ids=["0 and 1", "0..15"],
)
def test_levels_on_another_scale_are_said(few, tmp_path, images, said):
    arrays = {f"x_{part}": images(x) for part, (x, _) in few.items()} | {f"y_{p}": y for p, (_, y) in few.items()}
    np.savez(tmp_path / "a.npz", **arrays)
    report = Recorded()
    data = load(str(tmp_path / "a.npz"), report=report)
    assert report.notes[0] == f"{tmp_path}/{said}"
    assert data.train.images.max() == (255 if "black" in said else 15)


def test_what_is_done_to_arrays_is_said(few, tmp_path):
    big = {f"x_{part}": np.kron(x, np.ones([2, 2], np.uint8))[..., None].repeat(3, 3) for part, (x, _) in few.items()}
    np.savez(tmp_path / "a.npz", **big, **{f"y_{part}": y for part, (_, y) in few.items()})
    report = Recorded()
    holds(load(str(tmp_path / "a.npz"), report=report), few)
    assert report.notes[:2] == [
        f"the colours of {tmp_path}/a.npz (train) are made grey",
        f"{tmp_path}/a.npz (train) is resized from 56 x 56 to 28 x 28 pixels",
    ]


def test_idx_of_another_size_and_in_colour(few, tmp_path):
    for part, stem in (("train", "train"), ("test", "t10k")):
        images, labels = few[part]
        padded = np.pad(images, [(0, 0), (2, 2), (2, 2)])
        write_idx(tmp_path / f"{stem}-images-idx4-ubyte", padded[..., None].repeat(3, axis=3))
        write_idx(tmp_path / f"{stem}-labels-idx1-ubyte", labels)
    report = Recorded()
    holds(load(str(tmp_path), report=report), few)
    assert "the empty margin of" in report.notes[1]


@pytest.mark.parametrize("stem", ["validation", "val", "dev"])
def test_idx_with_a_validation_set(few, tmp_path, stem):
    for name, part in (("train", "train"), (stem, "test"), ("test", "test")):
        write_idx(tmp_path / f"{name}-images-idx3-ubyte", few[part][0])
        write_idx(tmp_path / f"{name}-labels-idx1-ubyte", few[part][1])
    data = load(str(tmp_path))
    assert [len(split) for split in (data.train, data.validation, data.test)] == [60, 20, 20]


def test_labels_from_1(few, tmp_path):
    np.savez(
        tmp_path / "a.npz",
        **{f"x_{part}": x for part, (x, _) in few.items()},
        **{f"y_{part}": y.astype(np.int64) + 1 for part, (_, y) in few.items()},
    )
    report = Recorded()
    data = load(str(tmp_path / "a.npz"), report=report)
    holds(data, few)
    assert data.classes == tuple(map(str, range(1, 11)))
    assert report.notes == ["the labels count from 1 to 10; so do the classes' names"]
    assert load(str(tmp_path / "a.npz"), classes=data.classes).digest() == data.digest()
    with pytest.raises(InputError, match="holds the label 10; with 10 classes the last is 9"):
        load(str(tmp_path / "a.npz"), classes=tuple("0123456789"))


# Folders


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("Training", "Valid", "Testing"), ("TRAIN", "dev", "Test")]
)
def test_folders_of_splits_by_other_names(few, tmp_path, names):
    images, labels = few["train"]
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = tmp_path / names[(i % 6 == 4) + 2 * (i % 6 == 5)] / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{i}.png")
    data = load(str(tmp_path))
    assert [len(split) for split in (data.train, data.validation, data.test)] == [40, 10, 10]


def test_without_a_test_folder_some_of_the_training_images_are_taken(few, tmp_path):
    for part, name in (("train", "train"), ("test", "val")):
        for i, (image, label) in enumerate(zip(*few[part], strict=True)):
            place = tmp_path / name / str(label)
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(place / f"{i}.png")
    report = Recorded()
    data = load(str(tmp_path), report=report)
    assert [len(split) for split in (data.train, data.validation, data.test)] == [54, 20, 6]
    assert "there is no test set" in report.notes[-1]


def draw(images, *folders):
    """Write a picture into each of the folders, in turn."""
    for i, image in enumerate(images):
        folder = folders[i % len(folders)]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{i}.png")


def test_files_of_a_class_that_are_no_pictures_are_counted_and_named(few, tmp_path):
    for i, image in enumerate(few["train"][0][:40]):
        place = tmp_path / str(i % 2)
        place.mkdir(exist_ok=True)
        Image.fromarray(image).save(place / f"{i}.webp", lossless=True)
    (tmp_path / "2").mkdir()
    for i in range(3):
        (tmp_path / "2" / f"{i}.svg").write_text("<svg/>")
    report = Recorded()
    assert load(str(tmp_path), report=report).classes == ("0", "1")
    assert report.notes == [
        f"left out, no pictures that can be read: 3 .svg; the first is {tmp_path / '2' / '0.svg'}",
        f"folders in {tmp_path} that hold no pictures are no classes: 2",
    ]


def test_pictures_that_are_in_no_class_are_counted_and_named(few, tmp_path):
    draw(few["train"][0][:40], tmp_path / "0", tmp_path / "1")
    draw(few["train"][0][40:42], tmp_path)
    draw(few["train"][0][42:45], tmp_path / "1" / "writer" / "late", tmp_path / "2" / "writer")
    report = Recorded()
    assert load(str(tmp_path), report=report).classes == ("0", "1")
    assert report.notes == [
        f"left out, in no class's folder: 2 .png; the first is {tmp_path / '0.png'}",
        f"left out, in folders within those of classes: 3 .png; the first is {tmp_path / '1/writer/late/0.png'}",
        f"folders in {tmp_path} that hold no pictures are no classes: 2",
    ]


def test_what_file_managers_leave_behind_is_nobodys(few, tmp_path):
    draw(few["train"][0][:40], tmp_path / "0", tmp_path / "1")
    for folder in ("__MACOSX/0", "@eaDir", ".git", "1/.ipynb_checkpoints"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("__MACOSX/0/._1.png", "0/._1.png", "0/.DS_Store", "1/Thumbs.db", "1/.ipynb_checkpoints/1.png"):
        (tmp_path / name).write_bytes(b"")
    report = Recorded()
    assert load(str(tmp_path), report=report).classes == ("0", "1")
    assert report.notes == []


def test_two_folders_for_one_split_and_one_for_none(few, tmp_path):
    train, test = ([tmp_path / name / label for label in "01"] for name in ("train", "test"))
    draw(few["train"][0][:40], *train, *test, tmp_path / "extra" / "0")
    report = Recorded()
    assert len(load(str(tmp_path), report=report).test) == 16
    assert report.notes == [f"folders in {tmp_path} are left out, because they are named for no split: extra"]
    draw(few["train"][0][:4], tmp_path / "val" / "0", tmp_path / "validation" / "1")
    with pytest.raises(InputError, match=r"val and .*validation are both for the validation split; leave one of them"):
        load(str(tmp_path))


def test_a_folder_that_is_alone_in_another_is_looked_into(few, tmp_path):
    place = tmp_path / "mnist_png" / "mnist_png"
    draw(few["train"][0][:40], *(place / name / label for name in ("training", "testing") for label in "01"))
    assert len(load(str(tmp_path)).test) == 20
    deep = tmp_path / "other" / "/".join("abcdefgh")
    draw(few["train"][0][:40], deep / "0", deep / "1")
    with pytest.raises(InputError, match="holds no data set"):
        load(str(tmp_path / "other"))


# What is no data set


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("train.csv", b"name,age\nme,9\n", r"train\.csv is no CSV of images"),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "is an HDF5 file, such as Keras's weights"),
        ("a.zip", b"PK\3\4", "is a zip archive .unpack it"),
        ("a.tar.gz", b"\x1f\x8b", "is a tar archive"),
        ("a.tar.xz", b"\xfd7zXZ", "is a tar archive"),
        ("a.tgz", b"\x1f\x8b", "is a tar archive"),
        ("a.7z", b"7z\xbc\xaf", "is an archive .unpack it"),
        ("train-images-idx3-ubyte", b"\0\0\x08\x03", "is one IDX file of four"),
        ("a.mat", b"MATLAB 7.3 MAT-file", "of version 7.3"),
        ("a.npy", b"\x93NUMPY\x01\0", "is one array"),
        ("a.bin", b"", "is empty"),
        ("a.bin", b"\xff\xfe\xfd", "is in no format that is known here; as a data set can be read: four IDX files"),
        ("index.html", b"<!DOCTYPE html>", "is a page of the web"),
    ],
)
def test_what_is_no_data_set_says_what_it_is(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        load(str(tmp_path / name))
