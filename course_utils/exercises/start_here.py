"""The three exercises of 00_start_here, one of each kind."""

import math

import numpy as np

from course_utils.exercises.engine import Exercise

NOTEBOOK = "00_start_here"

halfway = Exercise(
    expected="b",
    why="An average of pixels is two pictures laid over each other. The codes know how "
    "to do better, as the next picture shows.",
    hints=(
        "Where both pictures are black, where one is, where none is: how dark is it?",
        "Think of two transparent sheets, each printed at half strength.",
    ),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "That would need moving the ink; an average leaves it where it is."),
        ("c", "Only if the pixels were shuffled; here each stays in its place."),
        ("d", "What only one of them has stays visible: half as dark, not gone."),
    ),
)

warm_up = Exercise(
    expected=3,
    why="Each answer can halve the drawers: 8, 4, 2, 1. Lesson 01 calls this 3 bits.",
    hints=(
        "What is the best first question? How many drawers are left after it?",
        "Ask whether it is in the left half, again and again.",
    ),
    solution_text="answer = 3  # 2 * 2 * 2 = 8",
    mistakes=(
        (8, "That is the number of drawers; a question can rule out many."),
        (7, "That is asking drawer by drawer; a question can rule out half."),
        (4, "That is half of the drawers; halve again, and count the steps."),
        (math.log(8), "That is a natural logarithm: a question has two answers."),
    ),
)


def _posterior(prior: np.ndarray, likelihood: np.ndarray) -> np.ndarray:
    joint = prior * likelihood
    return np.asarray(joint / joint.sum())


posterior = Exercise(
    expected=_posterior,
    cases=lambda rng: [
        (np.array([0.5, 0.5]), np.array([0.01, 0.5])),
        (np.array([0.9, 0.1]), np.array([0.2, 0.7])),
        (rng.dirichlet(np.ones(4)), rng.uniform(size=4)),
    ],
    why="The joint chances, divided by their sum: that sum is the evidence.",
    hints=(
        "How likely is it that pocket A is chosen *and* the ball is red? A product.",
        "The chance of red is the sum of these joint chances, over all pockets.",
    ),
    solution_text="def answer(prior, likelihood):\n"
    "    joint = prior * likelihood\n"
    "    return joint / joint.sum()",
    mistakes=(
        (lambda p, f: p * f, "These are the joint chances; they do not yet sum to 1."),
        (lambda p, f: f / f.sum(), "The prior is missing: how often is each chosen?"),
        (lambda p, f: p / p.sum(), "The ball is missing: how likely is red in each?"),
        (lambda p, f: (p * f).sum(), "That is the evidence: divide the joint by it."),
    ),
)
