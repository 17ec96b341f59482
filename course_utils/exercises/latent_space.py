"""Exercises of lesson 13: the latent space."""

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.engine import Exercise
from course_utils.likelihoods import Bernoulli
from course_utils.models import VAE, Autoencoder

NOTEBOOK = "13_latent_space"


def pictures(model: Autoencoder, z: Tensor) -> Tensor:
    """What is drawn at the points z (N, J): (N, 28, 28) in [0, 1]."""
    return model.likelihood.mean(model.decode(z)).reshape(-1, 28, 28)


def small_models(rng: np.random.Generator) -> list[tuple]:
    """Three untrained models and some points."""
    cases = []
    for kind, latents in ((VAE, 2), (Autoencoder, 2), (VAE, 20)):
        likelihood = Bernoulli()
        model = kind(pixels=784, latents=latents, likelihood=likelihood, hidden=(4,))
        for weight in model.decoder.parameters():
            weight.data = torch.tensor(rng.standard_normal(weight.shape)).float()
        cases.append((model, rng.standard_normal((3, latents))))
    return cases


decode = Exercise(
    expected=pictures,
    why="Points become scores, scores chances of ink, chances pictures.",
    hints=(
        "model.decode gives one score per pixel; model.likelihood.mean makes a chance"
        " of ink of each.",
        "A row of 784 numbers becomes a picture with reshape(-1, 28, 28).",
    ),
    solution_text=(
        "def answer(model, z):\n"
        "    ink = model.likelihood.mean(model.decode(z))\n"
        "    return ink.reshape(-1, 28, 28)"
    ),
    mistakes=(
        (
            lambda model, z: model.decode(z).reshape(-1, 28, 28),
            "These are scores from minus to plus infinity; ink lies between 0 and 1.",
        ),
        (
            lambda model, z: model.likelihood.mean(model.decode(z)),
            "Every picture is still one row of 784 numbers.",
        ),
        (
            lambda model, z: pictures(model, z).round(),
            "Rounded, the chances are lost: every pixel is black or white.",
        ),
        (
            lambda model, z: model.decode(z).softmax(-1).reshape(-1, 28, 28),
            "softmax lets all 784 pixels share one drop of ink; each has its own.",
        ),
    ),
    cases=small_models,
    torch=True,
)

alarm = Exercise(
    expected="d",
    why="Paper is cheap to predict: with no ink there is nothing to get wrong.",
    hints=("Most pixels of any digit are white. What if all of them are?",),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "It is cheap, but each stroke's edge still costs a few nats."),
        ("b", "An A has strokes like a digit's, but in places that cost a lot."),
        ("c", "Two eyes and a mouth: far more ink than the model can explain."),
    ),
)


def kl_gaussian(mean: Tensor, cov: Tensor) -> Tensor:
    """KL(N(mean, cov) || N(0, I)) in nats: (J,), (J, J) -> ()."""
    return 0.5 * (cov.trace() + mean @ mean - len(mean) - cov.logdet())


def gaussians(rng: np.random.Generator) -> list[tuple]:
    """A mean and a covariance in 2, 3 and 20 dimensions."""
    cases = []
    for j in (2, 3, 20):
        root = np.eye(j) + 0.3 * rng.standard_normal((j, j))
        cases.append((rng.standard_normal(j), root @ root.T))
    return cases


one_gaussian = Exercise(
    expected=kl_gaussian,
    why="Width, place and shape of the bell, each with its price.",
    hints=(
        "For one latent it is (σ² + μ² − 1 − log σ²)/2.",
        "σ² becomes the trace, μ² a dot product, 1 the number of latents, log σ² the"
        " log of the determinant: cov.trace(), mean @ mean, cov.logdet().",
    ),
    solution_text=(
        "def answer(mean, cov):\n"
        "    distance = cov.trace() + mean @ mean - len(mean)\n"
        "    return 0.5 * (distance - cov.logdet())"
    ),
    mistakes=(
        (
            lambda m, c: 0.5 * (c.trace() + m @ m - len(m) + c.logdet()),
            "The sign of the log-determinant: a narrow bell must cost something.",
        ),
        (
            lambda m, c: 0.5 * (c.trace() + m @ m - 1 - c.logdet()),
            "The 1 stands for one latent; here there are len(mean) of them.",
        ),
        (
            lambda m, c: 0.5 * (c.trace() + m @ m - len(m) - c.diagonal().log().sum()),
            "Only the diagonal counts here, as if the latents were independent.",
        ),
        (
            lambda m, c: c.trace() + m @ m - len(m) - c.logdet(),
            "Twice too much: the ½ of the Gaussian's exponent is missing.",
        ),
    ),
    cases=gaussians,
    torch=True,
)

sampler = Exercise(
    expected="c",
    why="What matters is where the codes are drawn, not which model decodes them.",
    hints=("Which of the samplers knows where the codes of real digits are?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "The prior draws where few codes are, and the picture shows it."),
        ("b", "Both models profit: look at the two rows with twenty bells."),
        ("d", "One bell covers the space between the digits too, as the prior does."),
    ),
)

cooler = Exercise(
    expected="b",
    why="Near the origin lies no digit in particular, but a mean of several.",
    hints=("At T = 0 there is one picture only. Of which digit could it be?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "So it is in models whose centre is a good example. Look at T = 0 here."),
        ("c", "All T point in the same directions, but the decoder is not linear."),
        ("d", "The classes stay mixed until T is very small."),
    ),
)


def on_sphere(a: Tensor, b: Tensor, t: float) -> Tensor:
    """From a to b (N, J): the direction turns evenly, the norm changes evenly."""
    size_a, size_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    a, b = a / size_a, b / size_b
    angle = (a * b).sum(-1, keepdim=True).arccos()
    turned = ((1 - t) * angle).sin() * a + (t * angle).sin() * b
    return ((1 - t) * size_a + t * size_b) * turned / angle.sin()


def lengths(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Mixed norms along the straight line's direction: not an even turn."""
    mixed = (1 - t) * a + t * b
    size = (1 - t) * a.norm(dim=-1, keepdim=True) + t * b.norm(dim=-1, keepdim=True)
    return size * mixed / mixed.norm(dim=-1, keepdim=True)


def unscaled(a: Tensor, b: Tensor, t: float) -> Tensor:
    """The formula on the codes themselves: the norm bulges or sags."""
    cosine = (a * b).sum(-1, keepdim=True)
    sizes = a.norm(dim=-1, keepdim=True) * b.norm(dim=-1, keepdim=True)
    angle = (cosine / sizes).arccos()
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()


spherical = Exercise(
    expected=on_sphere,
    why="Directions turn at one speed, and the norm goes straight from one to the"
    " other.",
    hints=(
        "Divide a and b by their norms first. The angle between them is the arccos of"
        " their dot product.",
        "direction = (sin((1−t)·angle)·a + sin(t·angle)·b) / sin(angle), times"
        " (1−t)·|a| + t·|b|.",
    ),
    solution_text=(
        "def answer(a, b, t):\n"
        "    size_a = a.norm(dim=-1, keepdim=True)\n"
        "    size_b = b.norm(dim=-1, keepdim=True)\n"
        "    a, b = a / size_a, b / size_b\n"
        "    angle = (a * b).sum(-1, keepdim=True).arccos()\n"
        "    turned = ((1 - t) * angle).sin() * a + (t * angle).sin() * b\n"
        "    turned = turned / angle.sin()\n"
        "    size = (1 - t) * size_a + t * size_b\n"
        "    return size * turned"
    ),
    mistakes=(
        (
            lambda a, b, t: (1 - t) * a + t * b,
            "This is the straight path: halfway, the norm has shrunk.",
        ),
        (unscaled, "The directions turn, but the norm of the result is not the mix."),
        (lengths, "The norm is right, but the direction does not turn evenly."),
        (
            lambda a, b, t: on_sphere(b, a, t),
            "At t = 0 the path must be at a; yours starts at b.",
        ),
    ),
    cases=lambda rng: [
        (rng.standard_normal((3, j)), rng.standard_normal((3, j)), t)
        for j, t in ((2, 0.2), (5, 0.5), (20, 0.3), (20, 0.9))
    ],
    torch=True,
)


def quarters(codes: Tensor, values: Tensor) -> Tensor:
    """Mean code of the quarter with the largest values minus the smallest: (J,)."""
    low, high = values.quantile(0.25), values.quantile(0.75)
    return codes[values >= high].mean(0) - codes[values <= low].mean(0)


attribute = Exercise(
    expected=quarters,
    why="With minus without: what both quarters share cancels.",
    hints=(
        "values.quantile(0.75) is where the upper quarter begins.",
        "codes[values >= high] are its codes; mean(0) is their mean.",
    ),
    solution_text=(
        "def answer(codes, values):\n"
        "    low, high = values.quantile(0.25), values.quantile(0.75)\n"
        "    upper, lower = codes[values >= high], codes[values <= low]\n"
        "    return upper.mean(0) - lower.mean(0)"
    ),
    mistakes=(
        (
            lambda codes, values: -quarters(codes, values),
            "Turned round: along this vector the property falls.",
        ),
        (
            lambda c, v: c[v >= v.quantile(0.75)].mean(0),
            "The place where slanted codes lie, not the step to it: subtract the rest.",
        ),
        (
            lambda c, v: c[v >= v.quantile(0.75)].mean(0) - c.mean(0),
            "This is the upper quarter against all, about half the step.",
        ),
        (
            lambda c, v: c[v > v.median()].mean(0) - c[v <= v.median()].mean(0),
            "These are halves; take the outer quarters.",
        ),
    ),
    cases=lambda rng: [
        (rng.standard_normal((n, j)) + 0.5, rng.standard_normal(n))
        for n, j in ((20, 2), (42, 3))
    ],
    torch=True,
)

nearest = Exercise(
    expected="b",
    why="Twenty numbers keep what a digit is and drop much of what it is not.",
    hints=(
        "Shift a digit by two pixels: how far does the picture move, and its code?",
    ),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Pixels keep everything, also what has nothing to do with the digit."),
        ("c", "Ten digits in a plane: some of them must overlap."),
        ("d", "They differ, and 2 latents by far; run the next cell."),
    ),
)

five = Exercise(
    expected="c",
    why="Of what, in which unit, summed over what: this sentence says it.",
    hints=("Hold each sentence against one figure of this lesson.",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "It gives a reconstruction, and sometimes another digit."),
        ("b", "Each q(z|x) is pulled to the prior; all together they keep gaps."),
        ("d", "p(x) is the mean of p(x|z) over codes from the prior."),
        ("e", "With z = μ + σε it can, and for the decoder it always could."),
    ),
)
