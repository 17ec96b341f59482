"""Kernels started by pytest: no progress bars, which strict nbval compares, and one
thread each where nothing is set, since two with default threads wait for each other.
"""

import os

for threads in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
os.environ["VAE_COURSE_PROGRESS"] = "0"
