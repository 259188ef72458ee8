"""What the tests of notebooks share: running one in a real kernel, and what its cells show."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def run_copy(tmp_path_factory):
    """Run a notebook from a copy beside copies of samples; the notebook that is given stays as it is."""
    nbclient = pytest.importorskip("nbclient", reason="nbclient runs notebooks")
    pytest.importorskip("ipykernel", reason="ipykernel is the kernel that runs them")

    def run(stored, *samples):
        folder = tmp_path_factory.mktemp("clone")
        (folder / "samples").mkdir()
        (folder / "notebooks").mkdir()
        for name in samples:
            shutil.copy(ROOT / "samples" / f"{name}.pcapng", folder / "samples")
        made, place = copy.deepcopy(stored), {"metadata": {"path": str(folder / "notebooks")}}
        nbclient.NotebookClient(made, timeout=120, kernel_name="python3", resources=place).execute()
        return made

    return run


@pytest.fixture(scope="session")
def shown():
    """Return what each cell shows as text."""

    def texts(notebook):
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        return {cell.id: [output.get("data", {}).get("text/plain") for output in cell.outputs] for cell in cells}

    return texts
