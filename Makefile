# make lab   the course in JupyterLab          make test   the whole check
# The rest: notebooks, lessons, browser, colab, mutants, bench, checkpoints,
# scoreboard, beta-models, autoencoders, denoising, contractive, mnist-small,
# pad-models, pad, latent-space, faces, sources, lock, clean.
PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SETTINGS := $(VENV)/share/jupyter/lab/settings

# Two torch processes with default threads wait for each other; one thread each.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: lab test lint unit nbval notebooks lessons browser colab mutants bench \
	checkpoints scoreboard beta-models autoencoders denoising contractive \
	mnist-small pad-models pad latent-space faces sources lock clean

lab: $(READY)
	$(BIN)/jupyter lab --ip=127.0.0.1 --ServerApp.root_dir="$(CURDIR)" \
	  notebooks/00_start_here.ipynb

test: lint unit nbval

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(READY)
	$(ONE_THREAD) $(BIN)/pytest -q -n $(JOBS) tests

nbval: $(READY)
	$(ONE_THREAD) $(BIN)/pytest -q -n $(JOBS) --dist loadscope --nbval notebooks

# TORCH_INDEX takes torch from another index first: the README names the one with CPU
# builds (Linux downloads CUDA builds otherwise).
# The stamp is written last, so an interrupted install is done again.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "The course needs Python 3.11 or newer; try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
ifdef TORCH_INDEX
	PIP_INDEX_URL=$(TORCH_INDEX) $(BIN)/pip install -q --no-deps -c constraints.txt torch
endif
	$(BIN)/pip install -q -c constraints.txt -e '.[lab,test]'
	@mkdir -p $(SETTINGS)
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}' \
	  > $(SETTINGS)/overrides.json
	@touch $@

# Execute and store every notebook (or NB=notebooks/01_entropy.ipynb) with one thread.
notebooks: $(READY)
	$(BIN)/python tools/run_notebooks.py $(NB)

# A table of facts about every notebook: length, rhythm, figures, size.
lessons: $(READY)
	$(BIN)/python tools/lessons.py

# JupyterLab in a real browser (Chromium; BROWSER_PATH says where it is).
browser: $(READY)
	$(BIN)/pip install -q -c constraints.txt -e '.[browser]'
	$(BIN)/pytest -q tests/browser

# The first cell as on Colab, with Colab's old ipywidgets and IPython.
colab: $(READY)
	$(PYTHON) tools/colab_test.py

mutants: $(READY)
	$(BIN)/python tools/mutants.py

bench: $(READY)
	$(BIN)/python tools/bench.py

checkpoints: $(READY)
	$(BIN)/python tools/checkpoints.py

scoreboard: $(READY)
	$(BIN)/python tools/scoreboard.py

mnist-small: $(READY)
	$(BIN)/python tools/mnist_small.py

# The longer computations of lesson 05 (about 10 minutes on one thread).
autoencoders: $(READY)
	$(BIN)/python tools/autoencoders.py

beta-models: $(READY)
	$(BIN)/python tools/beta_models.py

denoising: $(READY)
	$(BIN)/python tools/denoising.py

# What lesson 07 compares over seeds, and its models for each λ.
contractive: $(READY)
	$(BIN)/python tools/contractive.py

# The latent pad: its two models, and its page (one file, opens from disk).
pad-models: $(READY)
	$(BIN)/python tools/pad_models.py

# The faces: two models and what is measured on photographs (downloads them).
faces: $(READY)
	$(BIN)/python tools/faces.py

pad: $(READY)
	$(BIN)/python tools/pad.py

# The models of lesson 13, a reader of digits, and what three seeds measure.
latent-space: $(READY)
	$(BIN)/python tools/latent_space.py

sources: $(READY)
	$(BIN)/python tools/sources.py

# A new lock from the newest versions that pyproject.toml admits (keep torch's pin).
# Make it with the oldest Python that is to work: tests/test_packaging.py says what
# asks for a later one.
lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install -q "$$(grep '^torch==' constraints.txt)" \
	  -e '.[lab,test,browser]'
	.venv-lock/bin/pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt
	rm -rf .venv-lock

clean:
	rm -rf $(VENV) .venv-colab .venv-lock .cache
