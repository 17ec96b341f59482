"""The warm-up exercise of 00_start_here."""

import math

from course_utils.exercises.engine import Exercise

NOTEBOOK = "00_start_here"

warm_up = Exercise(
    expected=3,
    why="Each answer can halve the pockets: 8, 4, 2, 1. Notebook 01 calls this 3 bits.",
    hints=(
        "What is the best first question? How many pockets are left after it?",
        "Ask whether it is in the left half, again and again.",
    ),
    solution_text="answer = 3  # 2 * 2 * 2 = 8",
    mistakes=(
        (8, "That is the number of pockets; a question can rule out many."),
        (7, "That is asking pocket by pocket; a question can rule out half."),
        (4, "That is half of the pockets; halve again, and count the steps."),
        (math.log(8), "That is a natural logarithm: a question has two answers."),
    ),
)
