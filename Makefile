# make lab   the course in JupyterLab          make test   the whole check
# The rest: html, notebooks, new, lessons, twice, browser, colab, mutants, bench,
# checkpoints, scoreboard, beta-models, autoencoders, denoising, contractive,
# mnist-small, pad-models, pad, latent-space, faces, sources, lock, clean, distclean.
PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TESTS := $(VENV)/.ready-tests
SETTINGS := $(VENV)/share/jupyter/lab/settings

# Two torch processes with default threads wait for each other; one thread each.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

# Jupyter refuses to start as root (in containers, on rented machines) unless told to.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab html test lint unit nbval notebooks new lessons twice browser colab mutants \
	bench checkpoints scoreboard beta-models autoencoders denoising contractive \
	mnist-small pad-models pad latent-space faces sources lock clean distclean

# Your own copies, in work/. ARGS reaches Jupyter: make lab ARGS="--no-browser --port 9000"
lab: $(READY)
	$(BIN)/python tools/workspace.py
	$(BIN)/jupyter lab --ip=127.0.0.1 $(AS_ROOT) --ServerApp.root_dir="$(CURDIR)" \
	  $(ARGS) work/00_start_here.ipynb

# The stored lessons as pages for a browser, with their pictures' alternative text.
html: $(READY)
	$(BIN)/python tools/export_html.py $(NB)

test: lint unit nbval

lint: $(TESTS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(TESTS)
	$(ONE_THREAD) $(BIN)/pytest -q -n $(JOBS) tests

nbval: $(TESTS)
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
	$(BIN)/pip install -q -c constraints.txt -e '.[lab]'
	@mkdir -p $(SETTINGS)
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}' \
	  > $(SETTINGS)/overrides.json
	@touch $@

# What the checks need besides.
$(TESTS): $(READY)
	$(BIN)/pip install -q -c constraints.txt -e '.[lab,test]'
	@touch $@

# Execute and store every notebook (or NB=notebooks/01_entropy.ipynb) with one thread.
notebooks: $(TESTS)
	$(BIN)/python tools/run_notebooks.py $(NB)

# A new lesson: make new NB=16_name TITLE="Its title"
new: $(TESTS)
	$(BIN)/python tools/new_lesson.py "$(NB)" "$(TITLE)"

# Every code cell twice in a row: that must do no harm.
twice: $(TESTS)
	$(BIN)/python tools/twice.py $(NB)

# A table of facts about every notebook: length, rhythm, figures, size.
lessons: $(READY)
	$(BIN)/python tools/lessons.py

# JupyterLab in a real browser (Chromium; BROWSER_PATH says where it is).
browser: $(TESTS)
	$(BIN)/pip install -q -c constraints.txt -e '.[browser]'
	$(BIN)/pytest -q -rP tests/browser

# The first cell as on Colab, with Colab's old ipywidgets and IPython.
colab: $(READY)
	$(PYTHON) tools/colab_test.py

mutants: $(TESTS)
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

# A new lock for all platforms from the newest versions that pyproject.toml admits (but
# keep torch's pin). No hashes: pip would then refuse the editable course itself, and
# the CPU builds of torch, which are other files than PyPI's.
lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install -q uv
	grep '^torch==' constraints.txt > .venv-lock/torch.txt
	.venv-lock/bin/uv pip compile -q --universal --python-version 3.11.0 --upgrade \
	  --no-annotate --no-header --constraint .venv-lock/torch.txt \
	  --extra lab --extra test --extra browser pyproject.toml -o constraints.txt
	rm -rf .venv-lock

# What was made and can be made again; the environment and your work/ stay.
clean:
	rm -rf .cache html .venv-colab .venv-lock

distclean: clean
	rm -rf $(VENV) *.egg-info
