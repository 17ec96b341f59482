"""Kernels started by pytest: nothing from outside reaches what strict nbval compares.

No progress bars; one thread each where nothing is set, since two with default threads
wait for each other; a cache that can be written, with matplotlib's list of fonts in it,
since matplotlib complains on stderr about a read-only home and a slow first list.
With pytest-xdist one worker runs all cells of a notebook, whatever --dist says.
"""

import os
import tempfile
from pathlib import Path

import pytest

for threads in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
os.environ["VAE_COURSE_PROGRESS"] = "0"


def writable_cache() -> str:
    """The course's own cache folder, or one that lasts as long as the run."""
    folder = Path(__file__).resolve().parents[1] / ".cache" / "matplotlib"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError:
        return tempfile.mkdtemp(prefix="vae-course-")


os.environ.setdefault("MPLCONFIGDIR", writable_cache())
import matplotlib.font_manager  # noqa: E402, F401  (makes the list of fonts)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """One worker, one kernel for a notebook."""
    from xdist.scheduler import LoadScopeScheduling

    return LoadScopeScheduling(config, log)
