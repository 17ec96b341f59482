"""Exercises of 09b_vae_clinic: what curves must respect, and five bugs."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp

from course_utils.exercises.engine import Exercise, Mistake

NOTEBOOK = "09b_vae_clinic"

Array = NDArray[np.float64]

least_kl = Exercise(
    prompt=(
        "A training set has 60000 pictures, and a VAE's reconstructions show that each"
        " has a code of its own. What is the least mean KL, in nats per image, that"
        " its program may report?"
    ),
    expected=np.log(60000),
    why="Naming one of N equally likely pictures takes ln N nats: here 11.0.",
    hints=(
        "How much information is it to know which of N pictures was meant?",
        "The mean KL is at least the information in z about x.",
    ),
    solution_text="import math\n\nanswer = math.log(60000)",
    mistakes=(
        Mistake(np.log2(60000), "That is in bits."),
        Mistake(np.log10(60000), "That is a logarithm to the base 10."),
        Mistake(np.log(1437), "That is the value for scikit-learn's digits."),
        Mistake(np.log(10), "That tells ten classes apart, not the pictures."),
        Mistake(0, "A KL of 0 means a code that is the same for all pictures."),
    ),
)

silent_beta = Exercise(
    prompt=(
        "A program averages the cross-entropy over 784 pixels and the KL over 20"
        " latents, and minimises their sum. Which beta is it using, without saying so?"
    ),
    expected=784 / 20,
    why="Times 784, the loss reads: reconstruction + (784/20) KL, both as sums.",
    hints=(
        "Write both means as sums divided by their numbers of terms.",
        "Multiply the loss by 784, which moves no minimum.",
    ),
    solution_text="pixels, latents = 784, 20\nanswer = pixels / latents",
    mistakes=(
        Mistake(784, "That forgets that the KL is averaged, too."),
        Mistake(1 / 20, "That forgets that the cross-entropy is averaged, too."),
        Mistake(20 / 784, "Upside down: which of the two terms has become weaker?"),
        Mistake(
            784 * 20, "One of the two means strengthens the KL, the other weakens."
        ),
        Mistake(1, "Two means do not cancel: their numbers of terms differ."),
    ),
)


def _noise(mu: Array, log_var: Array, eps: Array) -> Array:
    return mu + np.exp(log_var / 2) * eps


noise = Exercise(
    prompt=(
        "Write answer(mu, log_var, eps): the code z, for numpy arrays of shape (B, J),"
        " where eps is a draw from N(0, I)."
    ),
    expected=_noise,
    why="exp(log_var / 2) is the standard deviation, and it multiplies the noise.",
    hints=(
        "The noise is scaled by the standard deviation.",
        "The standard deviation is the square root of the variance.",
        "The square root of exp(a) is exp(a / 2).",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(mu, log_var, eps):\n"
        "    return mu + np.sqrt(np.exp(log_var)) * eps"
    ),
    mistakes=(
        Mistake(
            lambda mu, log_var, eps: mu + log_var * eps,
            "That takes the log-variance itself for the standard deviation.",
        ),
        Mistake(
            lambda mu, log_var, eps: mu + np.exp(log_var) * eps,
            "That takes the variance for the standard deviation.",
        ),
        Mistake(
            lambda mu, log_var, eps: mu + np.exp(2 * log_var) * eps,
            "The power of the exponential goes the wrong way.",
        ),
        Mistake(
            lambda mu, log_var, eps: mu + np.exp(-log_var / 2) * eps,
            "That is one over the standard deviation: a sign in the exponent.",
        ),
        Mistake(
            lambda mu, log_var, eps: mu + eps,
            "The noise is not scaled: every code would have width 1.",
        ),
        Mistake(
            lambda mu, log_var, eps: mu + 0 * eps,
            "That is the mean; the noise is missing.",
        ),
    ),
    cases=lambda rng: [tuple(rng.normal(size=(3, 4, 2))) for _ in range(3)],
)

_TWO_PI = np.log(2 * np.pi)

lost = Exercise(
    prompt=(
        "A VAE with a Gaussian decoder of variance 1 reports half the squared error"
        " plus KL, 45 nats, for pictures of 28 x 28 pixels. What is its negative ELBO,"
        " in nats?"
    ),
    expected=45 + 392 * _TWO_PI,
    why="Each of the 784 pixels owes 0.5 ln(2 pi) = 0.9189 nats: 720.4 in all.",
    hints=(
        "Which term of the Gaussian's -log p does not depend on the mean?",
        "It is there once for each pixel.",
    ),
    solution_text=(
        "import math\n\npixels = 28 * 28\n"
        "answer = 45 + pixels * math.log(2 * math.pi) / 2"
    ),
    mistakes=(
        Mistake(45 + 784 * _TWO_PI, "A square root in the density is forgotten."),
        Mistake(45 + 0.5 * _TWO_PI, "That is the constant of a single pixel."),
        Mistake(45 - 392 * _TWO_PI, "The constant has the wrong sign."),
        Mistake(392 * _TWO_PI, "That is the constant alone; it is to be added."),
        Mistake(45 + 14 * _TWO_PI, "That counts the pixels of one row."),
        Mistake(
            90 + 392 * _TWO_PI, "The 45 nats have their half already: do not double."
        ),
        Mistake(45, "A constant is missing in the report."),
    ),
)

_LEAST = 48 * np.log(2) - 16 * np.log(expit(1))

squashed_floor = Exercise(
    prompt=(
        "A picture has 64 pixels, 48 of them 0 and 16 of them 1. What is the lowest"
        " summed cross-entropy, in nats, that the twice-squashed decoder can reach?"
    ),
    expected=_LEAST,
    why="Black costs at least ln 2 = 0.693 a pixel, white -ln 0.731 = 0.313.",
    hints=(
        "Which probability between 0.5 and 0.731 is best for a pixel that is 0?",
        "And which one for a pixel that is 1?",
        "Add 48 times -ln(1 - p) and 16 times -ln p.",
    ),
    solution_text=(
        "import math\n\n"
        "best = 1 / (1 + math.exp(-1))\n"
        "answer = 48 * math.log(2) - 16 * math.log(best)"
    ),
    mistakes=(
        Mistake(0, "A decoder with free logits reaches that; this one does not."),
        Mistake(64 * np.log(2), "White pixels can do better than p = 0.5."),
        Mistake(
            -16 * np.log(1 - expit(1)) + 48 * np.log(2),
            "For a white pixel the cost is -ln p, not -ln(1 - p).",
        ),
        Mistake(
            16 * np.log(2) - 48 * np.log(expit(1)),
            "The numbers of black and of white pixels are swapped.",
        ),
        Mistake(
            -48 * np.log(1 - expit(1)) - 16 * np.log(expit(1)),
            "Black pixels can choose another probability than white ones.",
        ),
        Mistake(_LEAST / 64, "That is a mean over the pixels; a sum was asked for."),
        Mistake(_LEAST / np.log(2), "That is in bits."),
    ),
)

diagnosis = Exercise(
    prompt=(
        "On 1437 pictures a program reports: the reconstruction falls below that of a"
        " healthy run, the KL falls from 10 to 3 nats, and the drawings are bad. What"
        " is wrong? Answer with one of: 'a' (the KL is averaged over latents), 'b'"
        " (the log-variance is taken for the standard deviation), 'c' (the"
        " cross-entropy is averaged over pixels), 'd' (the KL has the wrong sign)."
    ),
    expected="b",
    why="Both parts fall together only if precise codes cost nothing.",
    hints=(
        "What may a healthy KL not do while the reconstruction falls?",
        "Which of the four lets the noise be 0 where the KL is 0?",
    ),
    solution_text='answer = "b"',
    mistakes=(
        Mistake("a", "Then the reported KL would be small as well, but rising."),
        Mistake("c", "Then the reconstruction could not fall below a healthy one."),
        Mistake("d", "Then the KL would grow without end."),
    ),
)


def _bound(log_w: Array) -> Array:
    return logsumexp(log_w, axis=1) - np.log(log_w.shape[1])


def _weights(rng: np.random.Generator) -> list[tuple]:
    return [
        (rng.normal(centre, 3, (4, number)),)
        for centre, number in [(-2, 3), (-900, 5), (-1990, 8)]
    ]


iw = Exercise(
    prompt=(
        "Write answer(log_w): the bound of the text for one picture per row, for a"
        " numpy array of shape (B, K) of log-weights; return an array of shape (B,)."
        " The weights may be as small as exp(-2000)."
    ),
    expected=_bound,
    why="Taking out the largest weight first keeps the exponentials from vanishing.",
    hints=(
        "The mean of the weights is inside the logarithm.",
        "exp(-2000) is 0.0 to a computer: subtract each row's maximum first.",
        "scipy.special.logsumexp does just that.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(log_w):\n"
        "    top = log_w.max(axis=1)\n"
        "    share = np.exp(log_w - top[:, None]).mean(axis=1)\n"
        "    return top + np.log(share)"
    ),
    mistakes=(
        Mistake(
            lambda log_w: log_w.mean(axis=1),
            "The mean of the logarithms: that is the ELBO for every K.",
        ),
        Mistake(
            lambda log_w: logsumexp(log_w, axis=1),
            "A sum of the weights; the bound has their mean.",
        ),
        Mistake(
            lambda log_w: logsumexp(log_w, axis=1) + np.log(log_w.shape[1]),
            "The logarithm of K has the wrong sign.",
        ),
        Mistake(
            lambda log_w: log_w.max(axis=1),
            "That is the best code alone; the bound averages over all.",
        ),
        Mistake(
            lambda log_w: logsumexp(log_w, axis=1) - np.log(log_w.shape[0]),
            "That divides by the number of pictures, not of codes.",
        ),
        Mistake(
            lambda log_w: -_bound(log_w),
            "The sign is turned: that is an NLL, no bound.",
        ),
        Mistake(
            lambda log_w: _bound(log_w).mean(),
            "That is one number for the batch; one per picture was asked for.",
        ),
    ),
    cases=_weights,
)

compare = Exercise(
    prompt=(
        "Which pair of numbers on MNIST may be compared? Answer with one of: 'a' (a"
        " -ELBO on grey pixels with cross-entropy and a -ELBO on stochastically"
        " binarised pixels), 'b' (a -ELBO and an importance-weighted NLL with"
        " K = 5000, both on stochastically binarised pixels), 'c' (two"
        " importance-weighted NLLs with K = 500, both on stochastically binarised"
        " pixels), 'd' (an importance-weighted NLL on fixed and one on stochastic"
        " binarisation, both with K = 5000)."
    ),
    expected="c",
    why="Same data, same constants, same kind of estimate, same K.",
    hints=(
        "Ask of each pair: same pixels? all constants? same estimate?",
        "The last column of the table of published numbers is one of the conditions.",
    ),
    solution_text='answer = "c"',
    mistakes=(
        Mistake("a", "One of the two is no log-likelihood at all."),
        Mistake("b", "Same pixels, but one of the bounds is tighter by construction."),
        Mistake("d", "Same estimate, but the data are not the same."),
    ),
)
