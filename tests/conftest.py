"""Fixtures: a small data set of real digits, and a network briefly trained on it."""

import dataclasses
import gzip
import os
import shutil
import struct
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # before TensorFlow is imported

import processes
import pytest
from browsing import BEEN_HERE, Opened

import lenet_tf1
from lenet_tf1.base import child
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data.datasets import load
from lenet_tf1.recipes import find_recipe
from lenet_tf1.train import train

# Processes that tests start import the copy of the package that this one has imported: not that of the folder they are
# started in, which is another one after `pip install .` in a checkout. What was there stays: tests/standins/.
_PLACES = [str(Path(lenet_tf1.__file__).parents[1]), os.environ.get("PYTHONPATH")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, _PLACES))


# What asks for pipes, signals, limits or namespaces of Unix.
if os.name == "nt":
    collect_ignore = ["promises", "base/test_console.py", "runs/test_directory.py", "runs/test_checkpoints.py"]
    collect_ignore += ["app/test_connections.py", "app/test_main.py", "training/test_workers.py", "test_cluster.py"]
    collect_ignore += ["training/test_evaluating.py", "runs/test_foreign.py"]
    collect_ignore += ["data/test_idx.py", "data/test_images.py", "data/test_npz.py", "reading/test_recognizer.py"]
    collect_ignore += ["test_train.py", "test_predict.py", "test_plot.py"]


@pytest.fixture(autouse=True, scope="session")
def _elsewhere(tmp_path_factory):
    """A folder to start in that isn't the checkout."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)


class _Failing(Report):
    def note(self, sentence):
        pytest.fail(str(sentence))


FAILING = _Failing()  # for what has nothing to note


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="run the long tests too, about half an hour")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Run folders by pytest-xdist, on two to four cores; what is named by its file, or debugged, in this process.

    A worker more than there are cores: many tests wait for a server, a time limit or a browser. A file's tests stay
    together: what they share is made once.
    """
    cores = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4)
    option = config.option
    debugged = option.usepdb or option.trace or option.capture == "no"
    by_itself = debugged or any(".py" in argument for argument in config.args)
    unsaid = getattr(option, "numprocesses", 0) is None and not hasattr(config, "workerinput")
    if unsaid and cores > 1 and not by_itself:
        option.numprocesses, option.dist = cores + 1, "loadfile"


# What a minute is enough for: folders and files of tests that train next to nothing.
QUICK = (
    "data",
    "graph",
    "figures/test_grids",
    "figures/test_measures",
    "runs/test_directory",
    "reading/test_segmentation",
)
QUICK += (
    "base/test_files",
    "training/test_plan",
    "training/test_places",
    "training/test_stopping",
    "training/test_display",
)
QUICK += (
    "test_import_order",
    "test_recipes",
    "test_catalogue",
    "runs/test_releases",
    "runs/test_matching",
    "runs/test_keras_files",
)


def pytest_collection_modifyitems(config, items):
    for item in items:
        if str(item.path.relative_to(Path(__file__).parent)).startswith(QUICK):
            item.add_marker(pytest.mark.quick)
    if not config.getoption("--full"):
        for item in items:
            if item.get_closest_marker("full"):
                item.add_marker(pytest.mark.skip(reason="takes minutes; pytest --full runs it"))


def networks():
    """Those of the package: two are tried every time, all with --full."""
    from lenet_tf1.graph.networks import NETWORKS

    return [name if name in ("lenet", "lenet5") else pytest.param(name, marks=pytest.mark.full) for name in NETWORKS]


def write_idx(path, array):
    """Write a uint8 array as an IDX file, gzip-compressed if the name says so."""
    data = struct.pack(f">{array.ndim + 1}I", 0x800 + array.ndim, *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def variables(prefix):
    """Every variable of a checkpoint, as name -> bytes."""
    import tensorflow.compat.v1 as tf

    reader = tf.train.load_checkpoint(str(prefix))
    return {name: reader.get_tensor(name).tobytes() for name in reader.get_variable_to_shape_map()}


@pytest.fixture(scope="session")
def mnist():
    return load("mnist")


@pytest.fixture(scope="session")
def small_folder(mnist, tmp_path_factory):
    """1,000 training images, of which 100 become the validation split, and 300 test images, as IDX files."""
    folder = tmp_path_factory.mktemp("small")
    for prefix, split in [("train", mnist.train[:1000]), ("t10k", mnist.test[:300])]:
        write_idx(folder / f"{prefix}-images-idx3-ubyte", split.images)
        write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", split.labels)
    return folder


@pytest.fixture
def forked_readers(monkeypatch):
    """Files of others are read in forked processes, which needn't import TensorFlow; test_foreign has real ones."""
    monkeypatch.setattr(child, "ask", processes.ask)


@pytest.fixture(scope="session")
def page_run():
    """A network for pictures: the one that ships."""
    from lenet_tf1.runs.shipped import SHIPPED

    return SHIPPED


@pytest.fixture(scope="session")
def recognizer(page_run):
    from lenet_tf1.reading.recognizer import Recognizer

    with Recognizer(page_run) as recognizer:
        yield recognizer


@pytest.fixture(scope="session")
def small_recipe(small_folder):
    """LeNet on the small data set: 14 steps of 64 an epoch, with dropout."""
    return dataclasses.replace(find_recipe("lenet"), dataset=str(small_folder), decay_epochs=2, epochs=3)


def thin(x, *, classes, seed):
    """LeNet with fewer maps and units."""
    from lenet_tf1.graph.networks import lenet

    return lenet(x, classes=classes, seed=seed, filters=(6, 12), units=40)


@pytest.fixture(scope="session")
def thin_recipe(small_recipe):
    """The small recipe for a network that is trained, saved and sent in less time."""
    return dataclasses.replace(small_recipe, network="conftest:thin")


@pytest.fixture(scope="session")
def run_dir(small_recipe, tmp_path_factory):
    """A finished run of the small recipe. Tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    train(small_recipe, folder, report=QUIET)
    return folder


@pytest.fixture(scope="module")  # Playwright's event loop is in the way of others'
def browser():
    """Headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install '.[test]' brings Playwright")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed; apt-get install chromium would bring one")
    playwright.expect.set_options(timeout=30_000)  # a busy machine may take its time
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    options += ["--disable-site-isolation-trials", "--renderer-process-limit=1"]  # the fewest processes
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab(browser):
    """A page with the usual settings, which one test uses after the other."""
    page = browser.new_page()
    page.add_init_script(BEEN_HERE)
    yield page
    page.close()


@pytest.fixture(scope="session")
def address(page_run):
    """Where the page is served, for browsers."""
    with processes.start("app", "--run-dir", page_run, "--port", 0, "--no-browser") as server:
        line = server.stdout.readline()
        yield line.split()[4].rstrip(".")
        server.terminate()
        server.wait(10)


@pytest.fixture
def open_page(browser, address, tab):
    """Open the page with such settings of the browser; at the end nothing has left the machine, or gone wrong."""
    opened = Opened(browser, address, tab)
    yield opened
    opened.close()
