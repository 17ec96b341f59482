"""Lesson 09: every line of every route, what slips do, and the toy's numbers."""

import ast
import copy
import re

import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import run_cells, source
from numpy import log
from scipy import stats
from scipy.optimize import minimize

from course_utils import derivation
from course_utils.derivation import WrongStep, derive
from course_utils.figures import bounds
from course_utils.normals import check_guess, kl_normals, log_normal, normal

NOTEBOOK = "09_elbo"
ROUTES = {
    "jensen": ["jensen", "split"],
    "no-guess": ["no-guess"],
    "insert-one-route": ["insert-one-route"],
    "from-the-gap-route": ["from-the-gap-route"],
    "three-terms-route": ["three-terms-route"],
    "logs-route": ["logs-route"],
    "bare-route": ["bare-route"],
}
DENSITIES = {"prior", "likelihood", "joint", "posterior", "q"}
EVIDENCE, ELBO, GAP = -1.455004, -1.630508, 0.175504


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(derivation, "display", lambda *args, **kwargs: None)


def last_line(prior, likelihood, q, dz):
    return np.sum(q * log(likelihood) - q * log(q / prior)) * dz


def world(prior, likelihood, posterior, q, dz, p_x):
    """The names that the routes' cells use, for any prior, likelihood and guess."""
    space = dict(prior=prior, likelihood=likelihood, posterior=posterior, q=q, dz=dz)
    space |= dict(joint=prior * likelihood, p_x=p_x, evidence=log(p_x), x=1.0)
    space |= dict(log=log, np=np, derive=derive, elbo=last_line, WrongStep=WrongStep)
    space["integral"] = lambda f: np.sum(f) * dz
    space["E_q"] = lambda f: np.sum(q * f) * dz
    space["kl_posterior"] = np.sum(q * log(q / posterior)) * dz
    return space


def toy():
    z, dz = np.linspace(-8, 8, 3201, retstep=True)
    return world(
        *(normal(z, 0, 1), normal(1, z, 0.5), normal(z, 2 / 3, 1 / 3)),
        *(normal(z, 0.5, 0.64), dz, float(normal(1, 0, 1.5))),
    )


def three_causes():
    prior, likelihood = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.4, 0.7])
    p_x = float(np.sum(prior * likelihood))
    q = np.array([0.2, 0.3, 0.5])
    return world(prior, likelihood, prior * likelihood / p_x, q, 1.0, p_x)


def tree(cells):
    return ast.parse("\n".join(source(NOTEBOOK, cell) for cell in cells))


def lines_of(program, space):
    """The lines of every derivation in the program; WrongStep where one fails."""
    collected = []
    space["derive"] = lambda *lines: collected.append(derive(*lines)) or collected[-1]
    with np.errstate(all="ignore"):
        exec(compile(program, "route", "exec"), space)
    return collected[-1]


@pytest.mark.parametrize("route", ROUTES)
def test_routes_on_the_toy(route):
    lines = lines_of(tree(ROUTES[route]), toy())
    values = [line.value for line in lines]
    ends = {
        "no-guess": (EVIDENCE, -2.572365),
        "from-the-gap-route": (GAP, GAP),
        "logs-route": (ELBO, ELBO),
        "bare-route": (EVIDENCE, EVIDENCE),
    }
    first, last = ends.get(route, (EVIDENCE, ELBO))
    assert values[0] == pytest.approx(first, abs=1e-6)
    assert values[-1] == pytest.approx(last, abs=1e-6)
    assert len(values) >= 3


@pytest.mark.parametrize("route", sorted(set(ROUTES) - {"no-guess"}))
def test_routes_on_three_causes(route):
    lines_of(tree(ROUTES[route]), three_causes())


def test_no_guess_on_three_causes():
    space = three_causes()
    with pytest.raises(WrongStep, match="line 4 "):  # that line is about Gaussians
        lines_of(tree(["no-guess"]), space)


def slips(program):
    """Each program with one sign turned or one density exchanged in a formula."""
    for number, node in enumerate(ast.walk(program)):
        if isinstance(node, ast.Name) and node.id in DENSITIES:
            changes = [("id", other) for other in sorted(DENSITIES - {node.id})]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            changes = [("op", ast.Sub())]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            changes = [("op", ast.Add())]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            changes = [("op", ast.UAdd())]
        else:
            continue
        for attribute, value in changes:
            changed = copy.deepcopy(program)
            setattr(list(ast.walk(changed))[number], attribute, value)
            yield getattr(node, "lineno", 0), f"{ast.unparse(node)} -> {value}", changed


@pytest.mark.parametrize("route", ROUTES)
def test_every_slip_fails(route):
    right = [line.value for line in lines_of(tree(ROUTES[route]), toy())]
    tried = 0
    for line, what, changed in slips(tree(ROUTES[route])):
        try:
            values = [found.value for found in lines_of(changed, toy())]
        except ValueError:  # a WrongStep, or a value that is not finite
            tried += 1
            continue
        # What passes must be a change that is none: every value stays. So it is with
        # q p(x,z)/p(z|x) under the integral, for instance: that is p(x) once more.
        assert values == pytest.approx(right, abs=1e-9), f"line {line}: {what} passes"
    assert tried >= 8


FIRST, LAST = ["jensen", "split"], "elbo(prior, likelihood, q, dz)"
INSERT, THREE = ["insert-one-route"], ["three-terms-route"]
REC, KL = "integral(q * log(likelihood))", "integral(q * log(q / prior))"
TWO = "kl_posterior, reconstruction - kl_prior"


@pytest.mark.parametrize(
    "cells, right, printed, value",
    [
        (INSERT, "E_q(log(joint / q)), E", "E_q(log(joint / posterior)), E", "-1.2795"),
        (INSERT, "(joint / q) *", "(joint / posterior) *", "-1.279500"),
        (THREE, TWO, f"{TWO} + kl_posterior", "0.175504"),
        (THREE, TWO, "kl_posterior, -reconstruction", "1.462365"),
        (FIRST, f"{REC} + ", "integral(q * log(likelihood / q)) + ", "-0.434714"),
        (FIRST, LAST, f"{KL} + {REC}", "-1.294221"),
        (FIRST, LAST, f"-{KL} - {REC}", "1.294221"),
    ],
    ids=["C-37", "C-37-product", "C-38-brace", "C-38-sign", "C-40", "C-41", "C-42"],
)
def test_printed_errors_fail_in_the_lesson(cells, right, printed, value):
    """The sources' errors, put into the lesson's own cells: code and its value."""
    program = "\n".join(source(NOTEBOOK, cell) for cell in cells)
    assert right in program
    with pytest.raises(WrongStep, match=value):
        lines_of(ast.parse(program.replace(right, printed)), toy())


@pytest.mark.parametrize(
    "printed",
    [
        "np.mean(0.5 * log(np.pi) + errors - kl(mu, var, 0, 1))",  # C-42: -KL - E
        "np.mean(-errors - kl(mu, var, 0, 1))",  # C-43: -KL - SE, with no floor
    ],
)
def test_printed_losses_fail_in_the_lesson(printed):
    right = "-np.mean(-0.5 * log(np.pi) - errors - kl(mu, var, 0, 1))"
    space = run_cells(NOTEBOOK, "terms", np=np, log=log, x=1.0, normal=normal)
    space["minimize"] = minimize
    exec(source(NOTEBOOK, "dataset-fit"), space)
    wrong = source(NOTEBOOK, "dataset-fit").replace(right, printed)
    assert printed in wrong
    with np.errstate(all="ignore"), pytest.raises((AssertionError, ValueError)):
        exec(wrong, space)


@pytest.fixture(scope="module")
def closed():
    return run_cells(NOTEBOOK, "terms", np=np, log=log, x=1.0)["terms"]


@pytest.mark.parametrize(
    "mean, var, expected",
    [
        (0, 1, (-2.572365, 0, 1.117361)),
        (0.5, 0.64, (-1.462365, 0.168144, 0.175504)),
        (2 / 3, 1 / 3, (-1.016809, 0.438195, 0)),
        (1, 0.09, (-0.662365, 1.248973, 0.456333)),
    ],
)
def test_four_guesses(closed, mean, var, expected):
    assert closed(mean, var) == pytest.approx(expected, abs=1e-6)
    z, dz = np.linspace(-8, 8, 3201, retstep=True)
    q = normal(z, mean, var)
    by_strips = (
        np.sum(q * log(normal(1, z, 0.5))) * dz,
        np.sum(q * log(q / normal(z, 0, 1))) * dz,
        np.sum(q * log(q / normal(z, 2 / 3, 1 / 3))) * dz,
    )
    assert by_strips == pytest.approx(expected, abs=1e-6)


def test_the_sum_never_moves(closed):
    rng = np.random.default_rng(0)
    for _ in range(200):
        rec, kl, gap = closed(rng.normal(0, 3), rng.uniform(0.01, 9))
        assert rec - kl + gap == pytest.approx(EVIDENCE, abs=1e-6) and gap >= 0


def test_the_bound_rises_and_the_evidence_falls():
    space = run_cells(
        NOTEBOOK, "terms", "decoder-w", np=np, log=log, x=1.0, normal=normal
    )
    elbo_at, evidence_at = space["elbo_at"], space["evidence_at"]
    assert elbo_at(1, 0.5, 0.64) == pytest.approx(-1.630508, abs=1e-6)
    assert elbo_at(0.2, 0.5, 0.64) == pytest.approx(-1.576108, abs=1e-6)
    assert evidence_at(1) == pytest.approx(-1.455004, abs=1e-6)
    assert evidence_at(0.2) == pytest.approx(-1.536771, abs=1e-6)
    for w in (0.2, 0.7, 1.3):  # the posterior leaves no gap, at any w
        exact = elbo_at(w, *space["posterior_at"](w))
        assert exact == pytest.approx(evidence_at(w), abs=1e-12)
    # From a point without a gap, more ELBO is more evidence.
    ws = np.linspace(0.05, 2, 400)
    for start in (0.3, 1.0, 1.6):
        touching = elbo_at(ws, *space["posterior_at"](start)) > evidence_at(start)
        assert (evidence_at(ws)[touching] > evidence_at(start)).all()
        assert (
            elbo_at(ws, *space["posterior_at"](start)) <= evidence_at(ws) + 1e-12
        ).all()


def test_taking_turns_never_loses_evidence(capsys):
    names = dict(np=np, log=log, x=1.0, normal=normal)
    space = run_cells(NOTEBOOK, "terms", "decoder-w", "alternate", **names)
    said = re.findall(r"log p\(x\) = (-[\d.]+)", capsys.readouterr().out)
    evidence = [float(value) for value in said]
    assert len(evidence) == 5 and evidence == sorted(evidence)
    assert evidence[-1] < space["evidence_at"](np.sqrt(0.5))


def test_probabilistic_pca():
    space = run_cells(
        *(NOTEBOOK, "pca"), np=np, log=log, log_normal=log_normal, kl_normals=kl_normals
    )
    W, pixels, m, S = (space[name] for name in ("W", "pixels", "m", "S"))
    evidence = stats.multivariate_normal(np.zeros(3), W @ W.T + 0.5 * np.eye(3)).logpdf(
        pixels
    )
    assert space["pca_elbo"] + space["pca_gap"] == pytest.approx(evidence, abs=1e-9)
    draws = np.random.default_rng(0).multivariate_normal(m, S, 200_000)
    log_w = (
        stats.norm(draws @ W.T, np.sqrt(0.5)).logpdf(pixels).sum(1)
        + stats.norm(0, 1).logpdf(draws).sum(1)
        - stats.multivariate_normal(m, S).logpdf(draws)
    )
    error = log_w.std() / np.sqrt(len(log_w))
    assert abs(log_w.mean() - space["pca_elbo"]) < 4 * error


def test_mean_field_gap():
    cov = np.array([[1, 0.9], [0.9, 1]])
    best = np.diag(1 / np.diag(np.linalg.inv(cov)))
    found = kl_normals(np.zeros(2), best, np.zeros(2), cov)
    assert found == pytest.approx(0.830366, abs=1e-6)
    assert found == pytest.approx(-0.5 * np.log(1 - 0.9**2), abs=1e-12)
    for factor in (0.8, 1.25):  # any other width is worse
        assert kl_normals(np.zeros(2), factor * best, np.zeros(2), cov) > found


def test_normals_agree_with_the_libraries():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 3, 3))
    cov_q, cov_p = a @ a.T + np.eye(3), b @ b.T + np.eye(3)
    mean_q, mean_p = rng.normal(size=(2, 3))
    t = [
        torch.distributions.MultivariateNormal(torch.tensor(m), torch.tensor(c))
        for m, c in ((mean_q, cov_q), (mean_p, cov_p))
    ]
    theirs = torch.distributions.kl_divergence(*t).item()
    assert kl_normals(mean_q, cov_q, mean_p, cov_p) == pytest.approx(theirs, rel=1e-10)
    density = stats.multivariate_normal(mean_p, cov_p).logpdf(mean_q)
    assert log_normal(mean_q, mean_p, cov_p) == pytest.approx(density, rel=1e-10)
    assert normal(0.3, 1, 0.5) == pytest.approx(stats.norm(1, np.sqrt(0.5)).pdf(0.3))


@pytest.mark.parametrize("variance", [0, -0.5, np.nan, np.inf, [1.0, 0.0]])
def test_bad_variance(variance):
    with pytest.raises(ValueError, match="positive"):
        normal(0, 0, variance)


@pytest.mark.parametrize(
    "covariance, what",
    [
        ([[1, 2], [2, 1]], "positive definite"),
        ([[1, 1], [1, 1]], "positive definite"),
        ([[1, 0.5], [0, 1]], "symmetric"),
        ([1, 2], "shape"),
        ([[np.nan, 0], [0, 1]], "finite"),
    ],
)
def test_bad_covariance(covariance, what):
    with pytest.raises(ValueError, match=what):
        log_normal(np.zeros(2), np.zeros(2), covariance)
    with pytest.raises(ValueError, match=what):
        kl_normals(np.zeros(2), np.eye(2), np.zeros(2), covariance)


def test_bad_guess():
    joint = np.array([0.2, 0.0, 0.3])
    check_guess([0.5, 0.0, 0.5], joint)
    with pytest.raises(ValueError, match="60.0%"):
        check_guess([1.0, 0.0, 0.0], joint)
    with pytest.raises(ValueError, match="shape"):
        check_guess([1.0], joint)


@pytest.mark.parametrize("sigma", [0.2, 0.58, 1.3])
@pytest.mark.parametrize("mu", [-0.5, 0.5, 1.8])
def test_two_bars_at_the_ends_of_the_sliders(closed, mu, sigma):
    guess = ("your guess", mu, sigma**2, *closed(mu, sigma**2))
    fig = bounds.two_bars([guess], EVIDENCE, posterior=(2 / 3, 1 / 3), floor=-4)
    assert not crowded(fig)


def test_figures_are_readable(closed):
    guesses = {"prior": (0, 1), "too sure": (1, 0.09), "posterior": (2 / 3, 1 / 3)}
    bars = [(name, *guess, *closed(*guess)) for name, guess in guesses.items()]
    assert not crowded(bounds.two_bars(bars, EVIDENCE, posterior=(2 / 3, 1 / 3)))
    space = toy() | {"bounds": bounds, "show": lambda fig, alt: None}
    for cell in ("jensen", "split", "slip"):
        exec(source(NOTEBOOK, cell), space)
    wrong = [*space["route"][:5], space["slip"]]
    assert not crowded(bounds.derivation(space["route"], wrong))
    names = dict(np=np, log=log, x=1.0, normal=normal)
    space = run_cells(NOTEBOOK, "terms", "decoder-w", **names)
    curves = [space[name] for name in ("evidence_at", "elbo_at", "posterior_at")]
    ws = np.linspace(1, 0.2, 81)
    assert not crowded(bounds.rises_and_falls(ws, *curves, fixed=(0.5, 0.64)))
