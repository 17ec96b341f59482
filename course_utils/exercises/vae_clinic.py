"""Exercises of 11_vae_clinic: what curves must respect, and five bugs."""

import numpy as np
import torch
from scipy.special import expit

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import base_10, choice, in_bits

NOTEBOOK = "11_vae_clinic"

least_kl = Exercise(
    expected=np.log(60000),
    why="Naming one of N equally likely pictures takes ln N nats: here 11.0.",
    hints=(
        "How much information is it to know which of N pictures was meant?",
        "The mean KL is at least the information in z about x.",
    ),
    solution_text="import math\n\nanswer = math.log(60000)",
    mistakes=(
        in_bits(np.log(60000)),
        base_10(np.log(60000), "nats"),
        (np.log(1437), "That is the value for scikit-learn's digits."),
        (np.log(10), "That tells ten classes apart, not the pictures."),
        (0, "A KL of 0 means a code that is the same for all pictures."),
    ),
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

noise = Exercise(
    expected=lambda mu, log_var, eps: mu + torch.exp(log_var / 2) * eps,
    why="exp(log_var / 2) is the standard deviation, and it multiplies the noise.",
    hints=(
        "The noise is scaled by the standard deviation.",
        "The standard deviation is the square root of the variance.",
        "The square root of exp(a) is exp(a / 2).",
    ),
    solution_text="""\
import torch


def answer(mu, log_var, eps):
    return mu + torch.sqrt(torch.exp(log_var)) * eps""",
    mistakes=(
        (
            lambda mu, log_var, eps: mu + log_var * eps,
            "That takes the log-variance itself for the standard deviation.",
        ),
        (
            lambda mu, log_var, eps: mu + torch.exp(log_var) * eps,
            "That reads the head as ln σ: exp(log_var) is the variance.",
        ),
        (
            lambda mu, log_var, eps: mu + torch.exp(2 * log_var) * eps,
            "The power of the exponential goes the wrong way.",
        ),
        (
            lambda mu, log_var, eps: mu + torch.exp(-log_var / 2) * eps,
            "That is one over the standard deviation: the sign of ln σ².",
        ),
        (lambda mu, log_var, eps: mu + eps, "The noise is not scaled."),
        (lambda mu, log_var, eps: mu, "That is the mean; the noise is missing."),
    ),
    cases=lambda rng: [tuple(rng.normal(size=(3, 4, 2))) for _ in range(3)],
    torch=True,
)

_TWO_PI = np.log(2 * np.pi)

lost = Exercise(
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

_WHITE = -np.log(expit(1))
_LEAST = 48 * np.log(2) + 16 * _WHITE

squashed_floor = Exercise(
    expected=_LEAST,
    why="Black costs at least ln 2 = 0.693 a pixel, white -ln 0.731 = 0.313.",
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
        (64 * np.log(2), "White pixels can do better than p = 0.5."),
        (54.283252, "For a white pixel the cost is -ln p, not -ln(1 - p)."),
        (26.126915, "The numbers of black and of white pixels are swapped."),
        (68.048748, "Black pixels can choose another probability than white ones."),
        (_LEAST / 64, "That is a mean over the pixels; a sum was asked for."),
        in_bits(_LEAST),
    ),
)

diagnosis = choice(
    "b",
    why="Both parts fall together only if precise codes cost nothing.",
    hints=(
        "What may a healthy KL not do while the reconstruction falls?",
        "Which of the four lets the noise be 0 where the KL is 0?",
    ),
    a="Then the reported KL would be small as well, but rising.",
    c="Then the reconstruction could not fall below a healthy one.",
    d="Then the KL would grow without end.",
)
