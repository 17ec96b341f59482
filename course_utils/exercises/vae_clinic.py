"""Exercises of 11_vae_clinic: a diagnosis for each patient, and the tests."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.special import expit
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice, in_bits

NOTEBOOK = "11_vae_clinic"
Test = Callable[..., bool]


def _bound(
    pixels: str = "sum",
    latents: str = "sum",
    batch: str = "mean",
    sign: int = 1,
    half: float = 0.5,
) -> Callable[..., Tensor]:
    def minus_elbo(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
        q, prior = Normal(mu, (half * log_var).exp()), Normal(0, 1)
        nll = getattr(-Bernoulli(logits=x_logits).log_prob(x), pixels)(1)
        kl = getattr(kl_divergence(q, prior), latents)(1)
        return getattr(nll + sign * kl, batch)()

    return minus_elbo


def _pictures_and_answers(rng: np.random.Generator) -> tuple:
    x_logits, x = rng.normal(size=(4, 5)), rng.integers(0, 2, size=(4, 5))
    return x_logits, x.astype(float), *rng.normal(size=(2, 4, 3))


minus_elbo = Exercise(
    expected=_bound(),
    why="Sums over pixels and latents, the mean over pictures, nothing by hand.",
    hints=(
        "Bernoulli(logits=x_logits).log_prob(x) has a number for each pixel.",
        "Normal takes the standard deviation: (log_var / 2).exp().",
        "kl_divergence(q, p) has a number for each latent; q comes first.",
    ),
    solution_text="""\
from torch.distributions import Bernoulli, Normal, kl_divergence


def answer(x_logits, x, mu, log_var):
    nll = -Bernoulli(logits=x_logits).log_prob(x).sum(1)
    q = Normal(mu, (log_var / 2).exp())
    return (nll + kl_divergence(q, Normal(0, 1)).sum(1)).mean()""",
    mistakes=(
        (_bound(pixels="mean"), "Each picture's pixels are to be summed."),
        (_bound(latents="mean"), "Each picture's latents are to be summed."),
        (_bound(batch="sum"), "Nats per image are a mean over the pictures."),
        (_bound(half=1), "exp(log_var) is the variance, and Normal takes σ."),
        (_bound(sign=-1), "The KL is a price: it is added to -log p(x|z)."),
    ),
    cases=lambda rng: [_pictures_and_answers(rng) for _ in range(2)],
    torch=True,
)

patient_a = choice(
    "c",
    why="At log_var = 0 the KL sees a σ of 1, and log_var * eps adds no noise at all.",
    hints=(
        "The KL asks log_var to be near 0. What does each of the four do there?",
        "Codes that are precise and cost nothing: where is the noise?",
    ),
    a="Without a KL the codes would wander off, and the honest KL would be large.",
    b="The decoder's output is fine: training digits are rebuilt well.",
    d="A picture's sum taken twice would raise the report.",
)
patient_b = choice(
    "i",
    why="The noise is e^(log_var): for σ below 1 it is less than the KL is told.",
    hints=(
        "The report is a little too good. Which change makes the noise a little small?",
        "For σ = 1/2, how large is the noise in each of them?",
    ),
    iii="That noise leaves two thirds of q new to the decoder: by far worse.",
    ii="There the *price* changes, and it is too high: the report would not flatter.",
    iv="Scoring leaves the training alone: the honest curve would be the healthy one.",
)
patient_c = choice(
    "iii",
    why="rand lies between 0 and 1: a spread of 0.29 and not 1, and only one side.",
    hints=(
        "A report so far off needs codes that the decoder has never met.",
        "From where to where does each kind of noise reach?",
    ),
    i="Noise that is a little too small puts the report a little off.",
    ii="Too high a price does not make the report flatter.",
    iv="Scoring leaves the training alone: the honest curve would be the healthy one.",
)
patient_d = choice(
    "ii",
    why="It charges for e^(log_var) where the noise is e^(log_var / 2): too much.",
    hints=(
        "The report is *worse* than the truth. What could be charged for too much?",
        "One of the four leaves the noise alone and changes the price.",
    ),
    i="Less noise than is paid for makes the report flatter.",
    iii="Less noise than is paid for makes the report flatter, there by far.",
    iv="A score without noise flatters.",
)
patient_e = choice(
    "iv",
    why="The model is the healthy one; only the score leaves the noise out.",
    hints=(
        "Compare its honest curve with the dotted line.",
        "Which change would leave the training as it was?",
    ),
    i="Then the training would suffer, and the honest curve end above the line.",
    iii="Then the training would suffer, and the honest curve end far above the line.",
    ii="Then the training would suffer, and the report would not flatter.",
)


def _judge(
    true: float = 0.5, sigma: float = 0.5, mean: bool = True, spread: bool = True
) -> Test:
    def draw_test(draw: Callable) -> bool:
        mu = torch.ones(50_000, 1)
        z = draw(mu, torch.full_like(mu, 2 * math.log(true)))
        centred, wide = abs(z.mean() - 1) < 0.02, abs(z.std() - sigma) < 0.02
        return bool((centred or not mean) and (wide or not spread))

    return draw_test


def _draw(
    size: Callable, noise: Callable = torch.randn_like, mean: int = 1
) -> tuple[Callable]:
    return (lambda mu, log_var: mean * mu + size(log_var) * noise(mu),)


def _sigma(log_var: Tensor) -> Tensor:
    return (log_var / 2).exp()


draw_test = Exercise(
    expected=_judge(),
    why="Many codes of one known bell: their mean and their spread are known too.",
    hints=(
        "Choose a mu and a log_var, say 1 and ln 0.25, and repeat them 50 000 times.",
        "Which mean and spread should the codes have? To 0.02 is near enough.",
        "Do not test at log_var = 0: there σ, σ² and e^(log_var) are all 1.",
    ),
    solution_text="""\
import math

import torch


def answer(draw):
    mu = torch.ones(50_000, 1)
    z = draw(mu, torch.full_like(mu, math.log(0.25)))
    return abs(z.mean() - 1) < 0.02 and abs(z.std() - 0.5) < 0.02""",
    mistakes=(
        (_judge(spread=False), "Only the mean is tested: any noise would pass."),
        (_judge(mean=False), "Only the spread is tested: a lost mu would pass."),
        (_judge(1, 1), "At log_var = 0 draws with and without the half agree."),
        (_judge(sigma=0.25), "A log_var of ln 0.25 means a σ of 0.5, not of 0.25."),
    ),
    cases=lambda rng: [
        _draw(_sigma),
        _draw(torch.clone),
        _draw(torch.exp),
        _draw(_sigma, torch.rand_like),
        _draw(_sigma, mean=0),
        _draw(torch.zeros_like),
    ],
    measure=bool,
)

patient_f = choice(
    "iii",
    why="One pixel's worth of reconstruction cannot pay for a single nat of code.",
    hints=(
        "The report is below 1 nat for a picture of 784 pixels.",
        "Which part of the loss has become so small that the KL wins at once?",
    ),
    ii="Then codes would be cheap, and the model would use them lavishly.",
    i="Then the price would be far too high, and the report too at the start.",
    iv="That makes a report far too large; this one begins below 1.",
)
patient_g = choice(
    "ii",
    why="The price is an eighth of the true one: lavish codes, far from the prior.",
    hints=(
        "The strokes are crisp and the digits are not: what was cheap?",
        "The honest curve lies higher by seven eighths of the honest KL.",
    ),
    iii="Then the code would be dead, and the report below 1 nat.",
    i="Then the code would be dead, and all pictures the same.",
    iv="Then the report would begin in the tens of thousands.",
)
patient_h = choice(
    "i",
    why="128 pictures' prices are charged on one: no code is worth that.",
    hints=(
        "The report begins higher than F's and G's: what is too much?",
        "At the end nothing is off, since the KL is 0, however it is counted.",
    ),
    iii="Then the report would be below 1 nat.",
    ii="Then codes would be cheap, and the model would use them.",
    iv="Then codes would be cheap, and the drawings would differ.",
)

silent_beta = Exercise(
    expected=784 / 20,
    why="Times 784, the loss reads: reconstruction + (784/20) KL, both as sums.",
    hints=(
        "Write both means as sums divided by their numbers of terms.",
        "Multiply the loss by 784, which moves no minimum.",
    ),
    solution_text="pixels, latents = 784, 20\nanswer = pixels / latents",
    mistakes=(
        (784, "That forgets that the KL is averaged, too."),
        (1 / 20, "That forgets that the cross-entropy is averaged, too."),
        (20 / 784, "Upside down: which of the two terms has become weaker?"),
        (784 * 20, "One of the two means strengthens the KL, the other weakens."),
        (1, "Two means do not cancel: their numbers of terms differ."),
    ),
)

patient_k = choice(
    "d",
    why="No p is below 0.5: K tosses coins. Read with one sigmoid, its page is blank.",
    hints=(
        "784 ln 2 says 1/2 for every pixel. How can an output be stuck there?",
        "Report and honest number read the same logits. Which of the two adds a step?",
    ),
    a="Then the report would be below 1 nat.",
    b="Then report and opinion would agree, on the mean picture.",
    c="That throws the report up; this one falls, and rests where coin tosses lie.",
)
_TWO_PI = math.log(2 * math.pi)
patient_j = Exercise(
    expected=45 + 392 * _TWO_PI,
    why="Each of the 784 pixels owes 0.5 ln(2 pi) = 0.9189 nats: 720.4 in all.",
    hints=(
        "Which term of the Gaussian's -log p does not depend on the mean?",
        "It is there once for each pixel.",
    ),
    solution_text="import math\n\nanswer = 45 + 28 * 28 * math.log(2 * math.pi) / 2",
    mistakes=(
        (45 + 784 * _TWO_PI, "A square root in the density is forgotten."),
        (45 + 0.5 * _TWO_PI, "That is the constant of a single pixel."),
        (45 - 392 * _TWO_PI, "The constant has the wrong sign."),
        (392 * _TWO_PI, "That is the constant alone; it is to be added."),
        (90 + 392 * _TWO_PI, "The 45 nats have their half already: do not double."),
        (45, "A constant is missing in the report."),
    ),
)
_LEAST = 48 * math.log(2) - 16 * math.log(expit(1))
least_k = Exercise(
    expected=_LEAST,
    why="White paper costs at least ln 2 = 0.693 a pixel, ink -ln 0.731 = 0.313.",
    hints=(
        "Which probability between 0.5 and 0.731 is best for a pixel that is 0?",
        "And which one for a pixel that is 1?",
        "Add 48 times -ln(1 - p) and 16 times -ln p.",
    ),
    solution_text="""\
import math

best = 1 / (1 + math.exp(-1))
answer = 48 * math.log(2) - 16 * math.log(best)""",
    mistakes=(
        (0, "A decoder with free logits reaches that; this one does not."),
        (64 * math.log(2), "Ink can do better than p = 0.5."),
        (54.283252, "For a pixel of ink the cost is -ln p, not -ln(1 - p)."),
        (26.126915, "The numbers of ink and of paper pixels are swapped."),
        (68.048748, "Paper can choose another probability than ink."),
        (_LEAST / 64, "That is a mean over the pixels; a sum was asked for."),
        in_bits(_LEAST),
    ),
)


def _reaches(part: str = "reconstruction", network: int = 0, zero: bool = True) -> Test:
    def reaches(program: Callable, model: Any, x: Tensor) -> bool:
        model.zero_grad()
        program(model, x)[part].backward()
        weights = (model.encoder, model.decoder)[network].parameters()
        slopes = [w.grad for w in weights if w.grad is not None]
        return any(slope.abs().sum() > 0 or not zero for slope in slopes)

    return reaches


class _Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder, self.decoder = nn.Linear(3, 2), nn.Linear(2, 3)


def _program(cut: str) -> tuple:
    """A program, a model and a picture."""

    def program(model: _Small, x: Tensor) -> dict:
        z = model.encoder(x)
        z = z.detach() if cut == "the encoder" else z
        code = {"the code": z.detach(), "by zeros": 0 * z}.get(cut, z)
        nll, kl = (model.decoder(code) - x).square().mean(), z.square().mean()
        return {"loss": nll + kl, "reconstruction": nll}

    return program, _Small(), torch.ones(2, 3)


reaches = Exercise(
    expected=_reaches(),
    why="The KL's slope reaches the encoder anyhow; the reconstruction's must, too.",
    hints=(
        "Clear old slopes: model.zero_grad().",
        'Go back from program(model, x)["reconstruction"], not from the loss.',
        "Look at w.grad of each w in model.encoder.parameters(): None, 0, or more?",
    ),
    solution_text="""\
def answer(program, model, x):
    model.zero_grad()
    program(model, x)["reconstruction"].backward()
    slopes = [w.grad for w in model.encoder.parameters()]
    return any(slope is not None and slope.abs().sum() > 0 for slope in slopes)""",
    mistakes=(
        (_reaches("loss"), "The loss holds the KL, whose slope gets there anyhow."),
        (
            _reaches(network=1),
            "The decoder's slopes tell nothing: look at the encoder's.",
        ),
        (
            _reaches(zero=False),
            "A slope of 0 teaches nothing: None is not all there is.",
        ),
    ),
    cases=lambda rng: list(map(_program, ("", "the code", "the encoder", "by zeros"))),
    measure=bool,
)
patient_m = choice(
    "iii",
    why="Without any gradient the encoder stays as it was born, and so does its KL.",
    hints=(
        "M's KL stands still from the first epoch to the last.",
        "Which line keeps even the KL from teaching the encoder?",
    ),
    iv="`sample` cuts behind mu and σ: the KL would still move the encoder.",
    i="That cuts behind the draw: the KL would still move the encoder.",
    ii="The decoder gets no code then, but the KL would still move the encoder.",
)
patient_n = choice(
    "ii",
    why="The decoder is given the noise itself: mean 0 and spread 1 for every picture.",
    hints=(
        "Your draw test looks at what reaches the decoder.",
        "In which of the four is that no draw from q at all?",
    ),
    iv="The codes of `sample` have the right mean and spread: the test passes.",
    i="A detached code is still the right code: the test passes.",
    iii="Then the KL would stand still.",
)
free_bits = Exercise(
    expected=lambda kl, least: kl.mean(0).clamp(min=least).sum(),
    why="Below its free nats a latent pays the same whatever it says.",
    hints=(
        "First the mean over the pictures, (B, J) -> (J,).",
        "Then no latent costs less than `least`.",
        "Then the sum over latents.",
    ),
    solution_text="""\
import torch


def answer(kl, least):
    per_latent = kl.mean(dim=0)
    return torch.clamp(per_latent, min=least).sum()""",
    mistakes=(
        (
            lambda kl, least: kl.clamp(min=least).sum(1).mean(),
            "Each picture has free nats of its own here: first take their mean.",
        ),
        (
            lambda kl, least: kl.sum(1).mean().clamp(min=least),
            "The sum has free nats here: one latent could use all of them.",
        ),
        (
            lambda kl, least: kl.mean(0).clamp(max=least).sum(),
            "Upside down: here what lies *above* is free.",
        ),
        (
            lambda kl, least: (kl.mean(0) - least).clamp(min=0).sum(),
            "Only the excess is charged: the same slopes, but no longer a bound.",
        ),
        (
            lambda kl, least: kl.mean(0).clamp(min=least).mean(),
            "The latents are averaged: they are to be summed.",
        ),
    ),
    cases=lambda rng: [(rng.gamma(1, s, size=(5, 6)), s) for s in (0.25, 0.5)],
    torch=True,
)
