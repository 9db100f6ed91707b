# Everything a newcomer needs is `make demo` and `make test`; both set up what is missing, on a machine with Python and make.
PYTHON ?= python3
UV_VERSION = 0.13.9
VENV = .venv/bin
READY = .venv/.ready
# Container images set it; then each of the hundreds of Python processes that tests start compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test matrix check grafana test-grafana clean

demo: $(READY)  ## run a small company of agents and look at what was recorded
	$(VENV)/invocation-otel demo

test: $(READY)  ## every test, shared out among the CPUs file by file; builds the real Collector when Go is there
	$(VENV)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

matrix: $(READY)  ## the libraries that are recorded, at their lowest supported versions (`make test` has the newest)
	$(VENV)/python -m pytest -n auto --dist worksteal tests/instrument/matrix -m lowest

check: $(READY)  ## format, lint and types
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy

grafana: $(READY)  ## rebuild the dashboards
	$(VENV)/python grafana/build.py

test-grafana: $(READY)  ## look at every dashboard in Chromium; needs GRAFANA_URL
	cd tests/grafana/browser && npm install --no-audit --no-fund
	$(VENV)/python -m pytest tests/grafana/test_viewer_browser.py

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis dist

# uv installs exactly what uv.lock says, which takes pip away; it comes from the package index like everything else.
$(READY): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "invocation_otel needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	test -x $(VENV)/python || $(PYTHON) -m venv .venv
	$(VENV)/python -m pip --version >/dev/null 2>&1 || $(VENV)/python -m ensurepip >/dev/null
	$(VENV)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	VIRTUAL_ENV="$(CURDIR)/.venv" $(VENV)/uv sync --quiet --frozen --active
	@touch $(READY)
