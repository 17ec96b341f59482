"""The warm-up exercise of notebook 00."""

import math

from course_utils.exercises.engine import Exercise, Mistake

NOTEBOOK = "00_start_here"

warm_up = Exercise(
    prompt=(
        "A coin lies in one of 8 pockets, each equally likely.\n"
        "How many yes-or-no questions do you need to find it, if you ask cleverly?"
    ),
    expected=3,
    why="Each answer can halve the pockets: 8, 4, 2, 1. Notebook 01 calls this 3 bits.",
    hints=(
        "What is the best first question? How many pockets are left after it?",
        "Ask whether it is in the left half, again and again.",
    ),
    solution_text="answer = 3  # 2 * 2 * 2 = 8",
    mistakes=(
        Mistake(8, "That is the number of pockets; a question can rule out many."),
        Mistake(7, "That is asking pocket by pocket; a question can rule out half."),
        Mistake(4, "That is half of the pockets; halve again, and count the steps."),
        Mistake(
            math.log(8), "That is a natural logarithm: a question has two answers."
        ),
    ),
)
