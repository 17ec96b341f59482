"""The clinic: its program is the package's, and each of its bugs is found."""

import importlib.util
import math

import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import source

from course_utils import clinic
from course_utils.exercises import vae_clinic as ex
from course_utils.figures.clinic import charts
from course_utils.likelihoods import Bernoulli, Binomial, Gaussian
from course_utils.models import VAE, vae_loss

LESSON = "11_vae_clinic"
HEAD = """
import math
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
"""


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """The lesson's programs as a module, since a bug is a change of their source."""
    file = tmp_path_factory.mktemp("lesson") / "programs.py"
    gaussian = source(LESSON, "constants-chart").split("\ntake_in(")[0]
    text = "\n\n".join([HEAD, source(LESSON, "program"), gaussian])
    file.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("programs", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def model(likelihood):
    torch.manual_seed(0)
    made = VAE(pixels=6, latents=2, likelihood=likelihood, hidden=(8,))
    with torch.no_grad():  # log-variances that are not near 0
        for weight in made.parameters():
            weight.mul_(3)
    return made


X = (torch.rand(64, 6, generator=torch.Generator().manual_seed(1)) < 0.5).float()


def values(program, likelihood, training=True):
    made = model(likelihood).train(training)
    torch.manual_seed(0)
    loss = program(made, X)["loss"]
    slopes = torch.autograd.grad(loss, list(made.parameters()), allow_unused=True)
    slopes = [torch.zeros(1) if slope is None else slope.flatten() for slope in slopes]
    return loss.item(), torch.cat(slopes)


@pytest.mark.parametrize(
    "name, likelihood",
    [("program", Bernoulli()), ("gaussian_program", Gaussian(learnt=False))],
)
def test_the_healthy_programs_are_the_packages_loss(lesson, name, likelihood):
    for training in (True, False):
        mine, slopes = values(getattr(lesson, name), likelihood, training)
        theirs, wanted = values(vae_loss, likelihood, training)
        assert math.isclose(mine, theirs, rel_tol=1e-5)
        torch.testing.assert_close(slopes, wanted)


@pytest.mark.parametrize("patient", [*clinic.BUGS])
def test_each_bug_changes_a_value_or_a_slope(lesson, patient):
    healthy = lesson.gaussian_program if patient == "J" else lesson.program
    likelihood = Gaussian(learnt=False) if patient == "J" else Bernoulli()
    changed = []
    for training in (True, False):
        value, slopes = values(healthy, likelihood, training)
        other, others = values(clinic.ill(healthy, patient), likelihood, training)
        changed.append(not math.isclose(value, other, rel_tol=1e-4))
        changed.append(len(slopes) != len(others) or not torch.equal(slopes, others))
    assert any(changed)


def test_a_draw_is_taken_out_of_its_program(lesson):
    found = {}
    for patient in "ABCE":
        draw = clinic.draw_of(clinic.ill(lesson.program, patient), training=False)
        found[patient] = ex.draw_test.expected(draw)
    assert ex.draw_test.expected(clinic.draw_of(lesson.program))
    assert not any(found.values())


def test_a_patient_or_a_line_that_is_not_there_is_named(lesson):
    with pytest.raises(ValueError, match="'Z'"):
        clinic.ill(lesson.program, "Z")
    with pytest.raises(ValueError, match="must stand once"):
        clinic.ill(lesson.program, "J")


def test_without_a_code_each_pixel_has_one_distribution():
    halves = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert math.isclose(
        clinic.without_code(Bernoulli(), halves, halves), 2 * math.log(2), rel_tol=1e-5
    )
    unit = clinic.without_code(Gaussian(learnt=False), halves, halves)
    assert math.isclose(unit, 0.25 + math.log(2 * math.pi), rel_tol=1e-5)
    assert clinic.without_code(Gaussian(), halves, halves) > 0
    assert clinic.without_code(Binomial(1), halves, halves) > 0


def test_a_unit_lives_if_some_picture_turns_it_on():
    made = model(Bernoulli())
    first = made.encoder[0]
    with torch.no_grad():
        first.weight.zero_()
        first.bias.copy_(torch.tensor([1.0, 2, 3, -1, -1, -1, -1, -1]))
        first.weight[3, 0] = 2  # on for pictures whose first pixel is 1
    assert clinic.living(made, X) == 4
    assert clinic.living(made, X[X[:, 0] == 0]) == 3


def test_the_chart_draws_what_it_is_given_and_refuses_other_shapes():
    curves = {
        "healthy": ([500, 200, 128], [500, 200, 128]),
        "A": ([500, 150, 0.3], [500, 250, 300]),
        "I": ([500, -1e20, -1e26], [500, 1e20, math.inf]),
    }
    pictures = dict.fromkeys(curves, np.zeros((8, 6, 6)))
    words = {"title": "A finding", "how": "How it is read.", "levels": {"A": 128}}
    for opened in (True, False):
        fig = charts(curves, pictures, top=400, opened=opened, **words)
        assert not crowded(fig)
    with pytest.raises(ValueError, match="A"):
        charts({"A": ([1, 2], [1])}, pictures, top=4, **words)
