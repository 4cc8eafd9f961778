# Each target is one line of real work; `make` alone lists them.
# Needs git, make and a Python from 3.11 on with venv: everything else goes to .cache and .venv.

PYTHON ?= python3
DEST ?= demo
SITE ?= .cache/site
UV := $(or $(shell command -v uv),.cache/uv/bin/uv)

# The certificates of the machine (a company's proxy), and the Python that is here.
export UV_SYSTEM_CERTS ?= true
export UV_PYTHON_DOWNLOADS ?= never
export PATH := $(PATH):$(CURDIR)/.cache/uv/bin
unexport VIRTUAL_ENV UV_PROJECT_ENVIRONMENT  # rendered projects have environments of their own

.PHONY: help test matrix check rules cells mutations history growth examples demo docs docs-check pictures bench lock release
help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

test: .venv/ready  ## run all tests, in parallel (CELL=postgresql-fastapi-async for one variant, ARGS= for pytest)
	.venv/bin/pytest -n auto $(if $(CELL),--cell=$(CELL)) $(ARGS)

matrix: .venv/ready  ## render, check and test every variant, and nothing else
	.venv/bin/pytest -n auto tests/matrix/test_cells.py $(if $(CELL),--cell=$(CELL)) $(ARGS)

check: .venv/ready  ## format, lint and types of the code that makes the template
	.venv/bin/ruff format --check && .venv/bin/ruff check && .venv/bin/mypy

rules: .venv/ready  ## write the table of rules, as they are tested, into docs/rules.md
	PYTHONPATH=tests .venv/bin/python tests/rules/rules_table.py

cells: .venv/ready  ## write the table of cells, with the tests that run in each, into docs/promises.md
	PYTHONPATH=tests .venv/bin/python tests/matrix/cells_table.py

mutations: .venv/ready  ## make the faults of tests/mutations/mutations.toml, one by one; a test has to notice each
	.venv/bin/pytest -n0 tests/mutations/mutate.py $(ARGS)

history: .venv/ready  ## update edited projects of four earlier commits to what is here
	.venv/bin/pytest -n0 -s tests/updates/real_history.py $(ARGS)

growth: .venv/ready  ## write the tables of docs/growth.md, from benchmarks/RESULTS.md
	.venv/bin/python benchmarks/arithmetic.py

examples: .venv/ready  ## render the projects that are kept in examples/ again
	.venv/bin/python example.py

demo: .venv/ready  ## render the default service into DEST=demo, fill and serve it
	.venv/bin/python demo.py "$(DEST)"

docs: .cache/docs/ready  ## make a site of docs/ in SITE=.cache/site
	.cache/docs/venv/bin/python pages.py "$(SITE)"

docs-check: docs .cache/browser/ready  ## open each page of that site in Chromium, at two widths, and look for faults
	PYTHONPATH=tests .cache/browser/venv/bin/python -m browser.chromium  # xdist hides why a worker ends
	SITE="$(SITE)" .cache/browser/venv/bin/pytest -n auto tests/browser/check_plants.py tests/browser/check_site.py $(ARGS)

pictures: .cache/browser/ready .cache/browser/node_modules  ## draw docs/pictures/ by Chromium; needs npm
	PYTHONPATH=.:tests .cache/browser/venv/bin/python -m browser.pictures

bench: .cache/bench/ready  ## race the data layer against drivers and peers (ARGS="--rounds=2": see benchmarks/RESULTS.md)
	PYTHONPATH=tests .cache/bench/venv/bin/python benchmarks/bench.py $(ARGS)

lock: $(UV)  ## pin the newest versions of our tools in requirements.txt
	$(UV) pip compile --quiet --upgrade --universal --generate-hashes --group=dev --custom-compile-command='make lock' --output-file=requirements.txt pyproject.toml

CHECKS = check test
release: .venv/ready  ## check all, and tag a version (VERSION=1.0.0; CHECKS= where CI has passed on this commit)
	.venv/bin/python release.py "$(VERSION)" --dry-run
	$(if $(CHECKS),$(MAKE) $(CHECKS))
	.venv/bin/python release.py "$(VERSION)"

.venv/ready: requirements.txt | $(UV)
	$(UV) venv --quiet --allow-existing --python=$(PYTHON) .venv
	$(UV) pip sync --quiet --python=.venv requirements.txt
	touch $@

.cache/bench/ready: requirements.txt pyproject.toml | $(UV)
	$(UV) venv --quiet --allow-existing --python=$(PYTHON) .cache/bench/venv
	$(UV) pip install --quiet --python=.cache/bench/venv --requirements=requirements.txt --group=bench
	touch $@

.cache/docs/ready: pyproject.toml | $(UV)
	$(UV) venv --quiet --allow-existing --python=$(PYTHON) .cache/docs/venv
	$(UV) pip install --quiet --python=.cache/docs/venv --group=docs
	touch $@

.cache/browser/ready: requirements.txt pyproject.toml | $(UV)
	$(UV) venv --quiet --allow-existing --python=$(PYTHON) .cache/browser/venv
	$(UV) pip install --quiet --python=.cache/browser/venv --requirements=requirements.txt --group=browser
	touch $@

.cache/browser/node_modules:
	npm install --silent --ignore-scripts --prefix=.cache/browser swagger-ui-dist@5 mermaid@11

.cache/uv/bin/uv:
	$(PYTHON) -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv
