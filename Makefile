# Everything a fresh machine with Python 3.11 and make needs: `make run` and `make test` set themselves up.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/pycache
# Kept there whatever the shell says: to compile the libraries in every process anew costs seconds each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install run test lint bench verify-engines reference reference-clinic lock clean
install: .venv/installed

.venv/installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

run: install
	$(BIN)/remit run

# Tests share nothing, so that every core takes some (few, since each loads scipy and pandas for itself).
test: lint
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist worksteal
	$(BIN)/remit run --draws 200 --out runs/.smoke --force

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/pytest tests/bench --benchmark-only --benchmark-columns=min,median,max,rounds -s

# Every engine against the others on every shipped scenario, with enough patients (some minutes).
verify-engines: install
	mkdir -p runs
	$(BIN)/remit verify --engines --all --patients 200000 --out runs/engines.csv

# The run that the README shows: tables as CSV and small figures only; a test repeats it.
reference: install
	$(BIN)/remit run --force --out runs/.reference
	rm -rf runs/reference/results runs/reference/figures
	mkdir -p runs/reference/results runs/reference/figures
	cp runs/.reference/manifest.json runs/reference/
	cp runs/.reference/results/*.csv runs/reference/results/
	cp runs/.reference/figures/*.png runs/reference/figures/
	rm -rf runs/.reference

# The clinics that the README shows; a test repeats some of their replications.
reference-clinic: install
	$(BIN)/remit clinic scarce --film --force --out runs/.reference-scarce
	$(BIN)/remit clinic manufacturing-capacity --force --out runs/.reference-capacity
	rm -rf runs/reference/clinic
	mkdir -p runs/reference/clinic
	cp runs/.reference-scarce/results/clinic*.csv runs/.reference-capacity/results/*.csv runs/reference/clinic/
	cp runs/.reference-scarce/figures/*.png runs/.reference-scarce/figures/*.gif runs/reference/clinic/
	cp runs/.reference-capacity/figures/*.png runs/reference/clinic/
	rm runs/reference/clinic/clinic_over_time.csv
	rm -rf runs/.reference-scarce runs/.reference-capacity

lock: install
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --extra dev --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements.lock pyproject.toml

clean:
	rm -rf .venv runs/.smoke runs/.reference*
