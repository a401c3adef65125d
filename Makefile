# Keystone Nexus. `make help` lists what can be made.
SHELL := bash
PYTHON ?= python3
UV := .boot/bin/uv
BIN := .venv/bin
LAKE ?= lake
PORT ?= 3000
SCALE ?= 1
# The machine's own Python; bytecode compiled once, so that no command pays for it again.
export UV_PYTHON_PREFERENCE = only-system
export UV_COMPILE_BYTECODE = 1
export UV_LINK_MODE = copy
export DAGSTER_DISABLE_TELEMETRY = 1

.PHONY: test-deploy test-images trino athena test-athena postgres test-terraform test-terraform-apply inventory help test-long setup demo demo-stream ui ingest java browser proto test test-server test-stream test-sanitizers lint generate unit sql docs site diagrams showcase bench bench-stream soak soak-stream clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(UV):
	@command -v $(PYTHON) >/dev/null || { echo "Python >= 3.11 is needed"; exit 3; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed, $(PYTHON) is older: make PYTHON=python3.11"; exit 3; }
	@$(PYTHON) -m venv .boot && .boot/bin/python -m pip -q install "uv>=0.9,<1"

.venv/.installed: pyproject.toml uv.lock | $(UV)
	@$(UV) sync -q --locked --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@

keystone_nexus_dbt/target/manifest.json: .venv/.installed $(shell find keystone_nexus_dbt -name '*.sql' -o -name '*.yml' 2>/dev/null | grep -v /target/)
	@$(BIN)/python -c 'from keystone_nexus.orchestration.dbt_project import manifest; manifest()'
	@touch $@

setup: .venv/.installed keystone_nexus_dbt/target/manifest.json ## install everything into .venv (uv is fetched if it is missing)

demo: setup ## the whole lakehouse in ./lake; SOURCE=<dir, zip or s3://> for your own data, else synthetic
	@LAKE="$(LAKE)" SOURCE="$(SOURCE)" SCALE="$(SCALE)" PORT="$(PORT)" bash scripts/demo.sh

ingest: ## the C++ ingest server in build/ingest/release (what it needs is installed by apt, as root)
	@bash cpp_ingest/scripts/build.sh release

java:
	@bash scripts/system.sh "a local Kafka" java=default-jre-headless mvn=maven

browser:
	@bash scripts/system.sh "the tests of the pages" chromium=chromium || echo "those tests are skipped"

demo-stream: setup ingest java ## the whole stream on a real local Kafka: replayed orders, landed and rebuilt by the daemon
	@PORT="$(PORT)" $(BIN)/python scripts/demo_stream.py --source "$(SOURCE)" --scale "$(or $(STREAM_SCALE),0.1)"

ui: setup ## the Dagster UI on the lake that `make demo` built
	@$(BIN)/keystone --lake "$(LAKE)" ui --port $(PORT)

# Two at a time what waits a lot, one at a time what keeps all processors busy by itself.
BESIDE = $(MAKE) --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=line)

test: setup ## every check, and the tests within some twenty minutes (longer ones: make help)
	@$(BESIDE) lint sql docs
	@$(MAKE) --no-print-directory unit ingest java trino
	@$(BESIDE) test-server athena test-terraform

lint: setup ## formatting, style, types, layers, stale generated files
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q .
	@$(BIN)/basedpyright --level error
	@$(BIN)/lint-imports --no-cache -q 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/python -m keystone_nexus.contracts.generate --check
	@$(BIN)/python -m keystone_nexus.orchestration.gold_lineage --check
	@bash scripts/actionlint.sh

proto: .venv/.installed ## the protos: style, and no change that breaks a client
	@bash scripts/buf.sh

test-server: setup proto ingest java ## protos, the C++ tests, and the ingest server with a real Kafka
	@ctest --test-dir build/ingest/release --output-on-failure -j 2
	@$(BIN)/pytest -m 'server and not long' -n 0

test-stream: test-server ## the same, and all that can happen to server, brokers, lander and daemon, in short
	@$(BIN)/pytest -m 'reliability or server and long' -n 3

test-sanitizers: ## the C++ tests under ASAN with UBSAN and under TSAN, a minute of each fuzzer, clang-tidy
	@for preset in asan tsan fuzz; do \
	  bash cpp_ingest/scripts/build.sh $$preset && (cd cpp_ingest && ctest --preset $$preset) || exit 1; done
	@bash cpp_ingest/scripts/lint.sh

sql: setup ## SQL style
	@$(BIN)/sqlfluff lint -q --disable-progress-bar --config keystone_nexus_dbt/.sqlfluff keystone_nexus_dbt/models keystone_nexus_dbt/tests keystone_nexus_dbt/macros

postgres:
	@[ -n "$$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || bash scripts/system.sh "the tests of Dagster's database" initdb=postgresql || echo "those tests are skipped"

test-deploy: setup postgres ## production's roles as processes on a real PostgreSQL, and a roll-out of code between them
	@$(BIN)/pytest -n 0 -m processes

test-images: setup postgres ## the images' own steps in chroots, and what they hold run read-only, as root on Debian or Ubuntu
	@bash scripts/system.sh "building images without an engine" debootstrap=debootstrap unshare=util-linux
	@$(BIN)/pytest -n 0 -m images

unit: setup browser postgres ## pytest
	@$(BIN)/pytest

test-long: setup browser postgres trino ## minutes more of what the shorter ones try in short
	@$(BIN)/pytest -m 'long and not server and not athena_full'
	@$(BIN)/pytest -m 'long and athena_full' -n 0 tests/athena

.venv-athena/.installed: pyproject.toml uv.lock | $(UV)
	@UV_PROJECT_ENVIRONMENT=.venv-athena $(UV) sync -q --locked --only-group athena --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@

trino: .venv-athena/.installed
	@bash scripts/system.sh "Trino, which stands for Athena," mvn=maven

athena: setup trino ## Athena's limits, catalog and the sales star by its engine (Trino, 452 MB, fetched once)
	@$(BIN)/pytest -m athena -n 0 tests/athena

test-athena: setup trino ## all of gold on both engines, its readers and pages; on the real data where KEYSTONE_OLIST_ZIP names it
	@$(BIN)/pytest -m "athena_full and not long" -n 0 tests/athena

test-terraform: setup ## what AWS would be given: style, tests, a plan of each environment with each switch, a scan
	@bash scripts/terraform.sh

test-terraform-apply: setup ## staging applied to an AWS double on this machine, tried, planned again, destroyed
	@bash scripts/terraform_apply.sh

inventory: setup ## write terraform/environments/*/inventory, which `keystone cost` reads, from fresh plans
	@bash scripts/terraform.sh inventory

generate: setup ## write what is derived from the contracts and the models
	@$(BIN)/python -m keystone_nexus.contracts.generate
	@$(BIN)/python -m keystone_nexus.orchestration.gold_lineage

.venv-docs/.installed: pyproject.toml uv.lock | $(UV)
	@UV_PROJECT_ENVIRONMENT=.venv-docs $(UV) sync -q --locked --only-group docs --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@

site: setup .venv-docs/.installed ## the documentation in build/site, dbt's included
	@bash scripts/site.sh "$(LAKE)"

docs: setup .venv-docs/.installed ## the pages build without a broken link
	@bash scripts/site.sh "$(LAKE)" --pages-only

diagrams: setup .venv-docs/.installed ## draw docs/star_schema_erd.svg and docs/architecture_diagram.png
	@bash scripts/system.sh "the diagrams" dot=graphviz
	@.venv-docs/bin/python scripts/diagrams

showcase: setup browser ## the committed copies of insights, charts, deck and pictures, from SOURCE=<the real data>
	@$(BIN)/python scripts/showcase.py --source "$(SOURCE)"

.venv-bench/.installed: pyproject.toml uv.lock | $(UV)
	@UV_PROJECT_ENVIRONMENT=.venv-bench $(UV) sync -q --locked --only-group bench --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@

bench: setup .venv-bench/.installed ## the figures of docs/benchmarks.md (ONLY="real imports" for some)
	@KEYSTONE_BENCH_PYTHON=.venv-bench/bin/python $(BIN)/python -m benchmarks $(ONLY)

bench-stream: setup ingest ## the stream's figures of docs/benchmarks.md: the server and its peers, landing (ONLY="unary stream" or ONLY=landing for some)
	@$(if $(filter landing,$(ONLY)),,$(BIN)/python -m benchmarks.ingest $(addprefix --only ,$(ONLY)))
	@$(if $(filter-out landing,$(ONLY)),,$(BIN)/python -m benchmarks.landing)

soak: setup ## kill -9 at random moments (KILLS=200), then random histories for MINUTES=60 against the oracle
	@KEYSTONE_KILLS=$${KILLS:-200} $(BIN)/pytest -q tests/end_to_end/test_kill.py
	@KEYSTONE_MINUTES=$${MINUTES:-60} $(BIN)/pytest -q -m long -n 2 tests/transforms/test_differential.py

soak-stream: setup ingest java ## the stream's reliability at full length, about an hour: SHARE=0.2 for a fifth of it
	@KEYSTONE_SOAK=$${SHARE:-1} $(BIN)/pytest -m reliability

clean: ## remove what was built (not the lake)
	@rm -rf .venv .venv-athena .venv-bench .venv-docs .venv-iac .boot keystone_nexus_dbt/target .pytest_cache .hypothesis .ruff_cache
