"""Work on a hostile file in a child process, which may die, hang or run out of memory without taking anybody along."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def ask(module: str, arguments: Sequence[str], *, timeout: float) -> dict[str, Any]:
    """Run `python -m MODULE ARGUMENTS...` and return the JSON object that it prints.

    Returns
    -------
    dict
        With `unreadable`, a reason in a few words, if there is no answer.
    """
    path = os.pathsep.join([*sys.path, str(Path(__file__).parents[2])])  # where this process found its modules
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=os.environ | {"PYTHONPATH": path},
        )
        answer = json.loads(done.stdout)
        return answer if isinstance(answer, dict) else {"unreadable": "an answer of another kind"}
    except subprocess.TimeoutExpired:
        return {"unreadable": f"no answer in {timeout} seconds"}
    except ValueError:
        return {"unreadable": f"the reader ended with exit code {done.returncode}"}
