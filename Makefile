# The front door. Every target sets up .venv first; a finished set-up costs nothing.
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup run test lint types unit picture audit bench

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: ## make .venv with the versions of requirements.lock
	@.ci/setup

run: setup ## run the whole pipeline on the built-in phantom data
	$(PYTHON) run_pipeline.py --runner local

test: lint types unit ## lint, types and all tests

lint: setup ## format and lint, nothing is changed
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types: setup ## static types, strict
	$(PYTHON) -m mypy

unit: setup ## all tests, on as many processes as there are cores, at most four
	$(PYTHON) -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadscope --no-loadscope-reorder --durations=20 --durations-min=10

picture: setup ## draw docs/report.png anew from the newest run in output/ (needs chromium)
	$(PYTHON) docs/draw_report.py output docs/report.png

audit: setup ## known vulnerabilities in requirements.lock (asks the network)
	$(PYTHON) -m pip install -q pip-audit && $(PYTHON) -m pip_audit -r requirements.lock --no-deps

bench: setup ## ingest, search for copies, training, evaluation, intervals and explanations: speed, size and accuracy, as ratios
	$(PYTHON) -m benchmarks.ingest
	$(PYTHON) -m benchmarks.copies
	$(PYTHON) -m benchmarks.training
	$(PYTHON) -m benchmarks.evaluation
	$(PYTHON) -m benchmarks.coverage
	$(PYTHON) -m benchmarks.explainer
	$(PYTHON) -m benchmarks.ace
