"""The self-test says what is wrong and how to mend it."""

import torch
from packaging.requirements import Requirement

from course_utils import selftest


def test_all_is_well_here(capsys):
    assert selftest.problems() == []
    assert {"torch", "ipywidgets", "pooch"} <= {r.name for r in selftest.needed()}
    selftest.report()
    assert "torch" in capsys.readouterr().out


def test_old_and_missing_packages():
    old, missing = selftest.package_problems(
        [Requirement("numpy>=99"), Requirement("no-such-package")]
    )
    assert "numpy" in old and ">=99" in old and "make lab" in old
    assert "no-such-package" in missing


def test_a_broken_device_and_an_unknown_data_set(monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("no kernel image is available")

    monkeypatch.setenv("VAE_COURSE_DATA", "letters")
    monkeypatch.setattr(torch, "full", broken)
    device, data = selftest.problems()
    assert "no kernel image" in device and "processor" in device
    assert "letters" in data and "VAE_COURSE_DATA" in data
