# Everything a newcomer types. Needs git, make and Python 3.11-3.13 with venv and pip; no Docker, no Java.
PYTHON ?= python3
UV := .tools/bin/uv
UV_VERSION := 0.13.9
STAMP := .venv/.installed

.PHONY: help install demo up test test-scale test-faults test-stack bench-polling bench-quality bench-speed lint lock env clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(STAMP)  ## make .venv with the locked packages and the sitrep command

demo: install  ## run the whole main job over the bundled sample newsroom
	@.venv/bin/sitrep demo

up: install  ## run rounds by schedule: local Elasticsearch and Airflow, until Ctrl-C or 'sitrep down'
	@.venv/bin/sitrep up

test: install  ## lint, type check and run every test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# In this order: they are one story.
REHEARSAL := start rights crashes upkeep scale
test-stack: install  ## rehearse docker-compose.yml in containers, without an image registry (needs root and dockerd)
	@.venv/bin/python -m pytest -vv -s $(REHEARSAL:%=tests/stack/rehearsal/rehearse_%.py)

bench-polling: install  ## print which rules of polite, safe, correct polling are held (docs/polling.md)
	@.venv/bin/python -m bench.polling

bench-quality: install  ## measure extraction against public sets with gold texts: make bench-quality DATA=folder
	@.venv/bin/python -m bench.quality $(DATA)

# The peers of some measures are no part of .venv.
PEERS := .tools/peers
bench-speed: install  ## measure speed beside peers, as ratios: make bench-speed DATA=folder
	@test -e $(PEERS)/bin/python || $(UV) venv -q --python .venv/bin/python $(PEERS)
	@VIRTUAL_ENV=$(PEERS) $(UV) pip install -q -r bench/speed/requirements.txt
	@.venv/bin/python -m bench.speed --data $(DATA) --peers $(PEERS)/bin/python

test-faults: install  ## kill and trouble rounds in every way; prints the table of docs/reliability.md
	@FAULTS=all .venv/bin/python -m pytest tests/faults -s

# Celery is no part of .venv: only this environment holds it.
SCALE := .tools/scale
test-scale: install  ## rehearse more than one machine: search nodes, Celery workers (DATA=DIR: real pages too)
	@test -e $(SCALE)/.installed || { $(UV) venv -q --allow-existing --python .venv/bin/python $(SCALE) \
		&& VIRTUAL_ENV=$(SCALE) $(UV) pip sync -q --require-hashes requirements.lock \
		&& VIRTUAL_ENV=$(SCALE) $(UV) pip install -q --no-deps --require-hashes -r config/stack/celery.lock \
		&& touch $(SCALE)/.installed; }
	@.venv/bin/python -m bench.scale.cluster
	@PYTHONPATH=. $(SCALE)/bin/python -m bench.scale.rehearsal $(if $(DATA),--data $(DATA))

lint: install  ## format and check the code
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .
	@.venv/bin/mypy

lock: $(UV)  ## resolve the newest allowed packages into requirements.lock and config/stack/celery.lock
	@$(UV) pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --group dev pyproject.toml -o requirements.lock
	@$(UV) pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate --constraints requirements.lock \
		$$(sed -En 's/^([a-z0-9._-]+)==.*/--no-emit-package \1/p' requirements.lock) \
		config/stack/celery.in -o config/stack/celery.lock

env:  ## write random secrets for docker compose into .env, once
	@sh config/stack/make-env.sh .env

# The stamp is written last, so an interrupted install is simply done again.
$(STAMP): requirements.lock pyproject.toml $(UV)
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v < (3, 14) else f"sitrep needs Python 3.11-3.13, $(PYTHON) is {v[0]}.{v[1]}; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Installing the locked packages into .venv (about a minute the first time)" >&2
	@$(UV) venv -q --allow-existing --no-python-downloads --python $(PYTHON) .venv
	@VIRTUAL_ENV=.venv $(UV) pip sync -q --require-hashes --compile-bytecode requirements.lock
	@VIRTUAL_ENV=.venv $(UV) pip install -q --no-deps --no-build-isolation --editable .
	@.venv/bin/python -m compileall -q pipeline  # else each start does it, where Python may not write (PYTHONDONTWRITEBYTECODE)
	@touch $@

$(UV):
	@$(PYTHON) -c 'import venv' 2>/dev/null || { echo "Python's venv module is missing (Debian: apt install python3-venv)" >&2; exit 1; }
	@rm -rf .tools && $(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)

clean:  ## remove the environment (downloads and state stay)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache
