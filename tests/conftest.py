"""Property tests draw the same examples everywhere; settings end with their test."""

import os

import matplotlib as mpl
import pytest
import torch
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

# Constants are cached on disk even without a database; nothing can be written here.
set_hypothesis_home_dir(os.path.join(os.devnull, "hypothesis"))
settings.register_profile("course", deadline=None, database=None, derandomize=True)
settings.load_profile("course")
os.environ["VAE_COURSE_PROGRESS"] = "0"


@pytest.fixture(autouse=True)
def own_settings():
    """What a test does to matplotlib's style and torch's defaults ends with it."""
    threads = torch.get_num_threads()
    with mpl.rc_context():
        yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(torch.float32)
