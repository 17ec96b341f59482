"""The self-test says what is wrong and how to mend it."""

import pytest
import torch
from packaging.requirements import Requirement

from course_utils import selftest


def test_all_is_well_here(capsys):
    assert selftest.problems() == []
    selftest.report()
    assert "torch" in capsys.readouterr().out


def test_old_and_missing_packages():
    old, missing = selftest.package_problems(
        [Requirement("numpy>=99"), Requirement("no-such-package")]
    )
    assert "numpy" in old and ">=99" in old and "make lab" in old
    assert "no-such-package is missing" in missing


def test_unknown_data_set(monkeypatch):
    monkeypatch.setenv("VAE_COURSE_DATA", "letters")
    (problem,) = selftest.data_problems()
    assert "letters" in problem and "VAE_COURSE_DATA" in problem


def broken(*_args, **_kwargs):
    raise RuntimeError("no kernel image is available")


def test_broken_device(monkeypatch):
    monkeypatch.setattr(torch, "full", broken)
    (problem,) = selftest.device_problems()
    assert "no kernel image" in problem and "processor" in problem


@pytest.mark.parametrize("name", ["torch", "ipywidgets", "pooch"])
def test_needed_packages_come_from_the_metadata(name):
    assert name in {r.name for r in selftest.needed()}
