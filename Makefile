# One door: `make check` reads the code, `make test` runs what is fast, `make test-all` runs everything.
PYTHON ?= .venv/bin/python

.PHONY: check doctest test test-all mutants bench faults studies

check:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(dir $(PYTHON))lint-imports
	$(MAKE) doctest

doctest:
	$(PYTHON) -m pytest -q --doctest-modules nas search_spaces --ignore nas/training/jax_runner.py --ignore nas/__main__.py

test:
	$(PYTHON) -m pytest -m "not slow and not keras and not jax"

test-all: check
	$(PYTHON) -m pytest

mutants:
	$(PYTHON) tests/mutants.py

bench:
	$(PYTHON) benchmarks/step.py

faults:
	$(PYTHON) benchmarks/faults/run.py

studies:
	$(dir $(PYTHON))nas replay baselines --seeds 8 --out studies/baselines
