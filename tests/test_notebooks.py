"""The notebooks run whole, on shortened settings, and are saved with outputs that name no machine."""

import importlib.util
import json
import re
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import httpx2 as httpx
import pytest

from lenet_tf1 import catalogue
from lenet_tf1.runs import checkpoints

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SHORT = {
    "01_lenet_step_by_step": "EPOCHS, TRAINING_IMAGES = 1, 2000",
    "02_inside_the_graph": "STEPS = 60",
    "03_five_documents": "STEPS = 12",
    "04_from_tf1_to_today": "STEPS = 20",
    "05_how_it_decides": "STEPS, NOISY_STEPS, SEARCH_STEPS = 20, 2, 9",
}


def read(name):
    import nbformat  # which takes as long as TensorFlow

    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4)


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


# A quarter of a minute and more each.
LONG = ("01_lenet_step_by_step", "02_inside_the_graph", "03_five_documents", "05_how_it_decides")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.full) if name in LONG else name for name in SHORT]
)
def test_it_runs_whole(name, tmp_path):
    import nbformat
    from nbclient import NotebookClient

    notebook = read(name)
    place = next(i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(SHORT[name]))
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    assert not list(tmp_path.iterdir())  # what it writes is elsewhere
    assert not re.search(r"Warning|INFO:|WARNING", "".join(texts(notebook)))


@pytest.mark.parametrize("name", SHORT)
def test_it_is_saved_with_its_outputs(name):
    import nbformat

    notebook = read(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))  # run once, from the top
    assert sum(bool(cell.outputs) for cell in code) > len(code) / 2
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]


@pytest.mark.parametrize("name", SHORT)
def test_its_outputs_name_no_machine(name):
    notebook = read(name)
    written = "".join(texts(notebook)) + json.dumps(notebook.metadata)
    assert not re.search(r"(?<![\w.])/(tmp|home|root|usr|var|work|Users|opt)\b|[A-Z]:\\\\", written)
    host = socket.gethostname()
    assert len(host) < 4 or host not in written


def test_the_list_of_recipes_is_todays():
    notebook = read("03_five_documents")
    assert catalogue.table() in "".join(texts(notebook))


@pytest.mark.parametrize("name", SHORT)
def test_its_first_cell_installs_what_is_not_there(name, monkeypatch):
    from IPython.core.inputtransformer2 import TransformerManager

    first = next(cell for cell in read(name).cells if cell.cell_type == "code")
    calls = []
    shell = SimpleNamespace(run_line_magic=lambda magic, line: calls.append((magic, line)))
    code = compile(TransformerManager().transform_cell(first.source), name, "exec")
    for spec, expected in ((object(), []), (None, [("pip", "install --quiet {SOURCE}")])):
        monkeypatch.setattr(importlib.util, "find_spec", lambda module, spec=spec: spec)
        exec(code, {"get_ipython": lambda: shell})
        assert calls == expected


def execute(kernel, code):
    """Run a cell to its end; the name of what it raised, and what it printed."""
    said = []
    reply = kernel.execute_interactive(
        code, timeout=300, output_hook=lambda message: said.append(message["content"].get("text", ""))
    )
    return reply["content"].get("ename"), "".join(said)


@pytest.mark.full
def test_the_stop_button_saves_and_the_same_cell_goes_on(small_folder, tmp_path):
    from jupyter_client.manager import start_new_kernel

    manager, kernel = start_new_kernel(cwd=tmp_path)
    try:
        settings = f"dataset={str(small_folder)!r}, epochs=200"
        code = f"""
import dataclasses
from lenet_tf1 import Report, find_recipe
from lenet_tf1.base import console
from lenet_tf1.train import train
console.import_tensorflow()
recipe = dataclasses.replace(find_recipe("lenet"), {settings})
train(recipe, "run", report=Report(bars=True))
"""
        kernel.execute(code)
        until = time.monotonic() + 300
        while not (tmp_path / "run" / "metrics.csv").exists():
            assert time.monotonic() < until
            time.sleep(0.1)
        manager.interrupt_kernel()  # what the stop button does
        while (message := kernel.get_shell_msg(timeout=120))["msg_type"] != "execute_reply":
            pass
        assert message["content"]["ename"] == "Interrupted"
        assert "saved; the same command continues" in message["content"]["evalue"]
        saved = checkpoints.newest(tmp_path / "run").step
        assert f"at step {saved:,}" in message["content"]["evalue"]
        error, said = execute(kernel, f"recipe = dataclasses.replace(recipe, epochs={saved // 14 + 1})")
        error, said = execute(kernel, "result = train(recipe, 'run'); print('steps', result['steps'])")
        assert error is None
        assert f"steps {14 * (saved // 14 + 1)}" in said
        error, said = execute(kernel, "from lenet_tf1 import serve\npage = serve(port=0)\nprint(page.address)")
        assert error is None
        address = said.split()[-1]
        assert httpx.get(f"{address}health").json()["status"] == "ok"  # while the kernel waits for the next cell
        assert execute(kernel, "page.stop()")[0] is None
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
