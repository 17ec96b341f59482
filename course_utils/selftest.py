"""The self-test of notebook 00: what is wrong with this installation, in words."""

import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version

import torch
from packaging.requirements import Requirement

from course_utils import data
from course_utils.training import pick_device

MEND = "Run `make lab` in the course's folder, or on Colab the first cell again."


def needed() -> list[Requirement]:
    """The packages the course itself needs, from its own metadata."""
    listed = [Requirement(line) for line in requires("vae-course") or []]
    return [r for r in listed if r.marker is None]


def package_problems(requirements: list[Requirement]) -> list[str]:
    """A sentence for each package that is missing or too old."""
    problems = []
    for wanted in requirements:
        try:
            found = f"version {version(wanted.name)}"
            right = wanted.specifier.contains(version(wanted.name), prereleases=True)
        except PackageNotFoundError:
            found, right = "missing", False
        if not right:
            needs = f"and the course needs {wanted.specifier or 'it'}"
            problems.append(f"The package {wanted.name} is {found}, {needs}. {MEND}")
    return problems


def problems() -> list[str]:
    """Everything that is wrong, one sentence each; empty if all is well."""
    return package_problems(needed()) + device_problems() + data_problems()


def device_problems() -> list[str]:
    """A sentence if the chosen device cannot multiply two numbers right."""
    device = pick_device()
    try:
        right = (torch.full((2,), 3.0, device=device) * 2).sum().item() == 12
    except RuntimeError as error:
        return [
            f"The device {device} was found but does not work ({error})."
            " Set CUDA_VISIBLE_DEVICES to an empty value to use the processor."
        ]
    return [] if right else [f"The device {device} computes 3 * 2 wrongly."]


def data_problems() -> list[str]:
    """A sentence if the chosen data set cannot be loaded."""
    try:
        data.load()
    except (ValueError, OSError) as error:
        chosen = os.environ.get(data.DATASET_VARIABLE) or "mnist_small"
        return [
            f"The data set {chosen!r} cannot be loaded: {error} Without the variable"
            f" {data.DATASET_VARIABLE} the course uses digits that need no network."
        ]
    return []


def report() -> None:
    """Print what this installation is, and every problem with its remedy."""
    device = pick_device()
    print(f"Python {platform.python_version()}, device: {device}")
    for requirement in needed():
        with suppress(PackageNotFoundError):  # which is told below
            print(f"  {requirement.name} {version(requirement.name)}")
    for problem in problems():
        print("-", problem)
