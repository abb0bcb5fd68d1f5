"""The notebooks run whole, on shortened settings, and are saved with outputs that name no machine."""

import json
import re
import socket
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from lenet_tf1 import catalogue

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SHORT = {
    "01_lenet_step_by_step": "EPOCHS, TRAINING_IMAGES = 1, 2000",
    "02_inside_the_graph": "STEPS = 60",
    "03_five_documents": "STEPS = 12",
    "04_from_tf1_to_today": "STEPS = 20",
}


def texts(notebook):
    """Everything in the outputs that is text."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text" in output:
                yield output["text"]
            for kind, data in output.get("data", {}).items():
                if kind.startswith("text/"):
                    yield data


def test_each_has_a_short_setting():
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(SHORT)


LONG = ("01_lenet_step_by_step", "02_inside_the_graph", "03_five_documents")  # a quarter of a minute and more each


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.full) if name in LONG else name for name in SHORT]
)
def test_it_runs_whole(name, tmp_path):
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4)
    place = next(i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(SHORT[name]))
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    assert not list(tmp_path.iterdir())  # what it writes is elsewhere
    assert not re.search(r"Warning|INFO:|WARNING", "".join(texts(notebook)))


@pytest.mark.parametrize("name", SHORT)
def test_it_is_saved_with_its_outputs(name):
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))  # run once, from the top
    assert sum(bool(cell.outputs) for cell in code) > len(code) / 2
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]


@pytest.mark.parametrize("name", SHORT)
def test_its_outputs_name_no_machine(name):
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4)
    written = "".join(texts(notebook)) + json.dumps(notebook.metadata)
    assert not re.search(r"(?<![\w.])/(tmp|home|root|usr|var|work|Users|opt)\b|[A-Z]:\\\\", written)
    host = socket.gethostname()
    assert len(host) < 4 or host not in written


def test_the_list_of_recipes_is_todays():
    notebook = nbformat.read(NOTEBOOKS / "03_five_documents.ipynb", 4)
    assert catalogue.table() in "".join(texts(notebook))
