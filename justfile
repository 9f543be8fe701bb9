# `uv run --group dev just` lists these.
_default:
    @just --list

# Rewrite the code in the one format, and fix what can be fixed without thinking
fmt:
    uv run --group dev ruff format
    uv run --group dev ruff check --fix

# Everything that finds faults without running the program
lint:
    uv run --group dev ruff format --check
    uv run --group dev ruff check
    uv run --group dev mypy
    uv run --group dev basedpyright
    uv run --group dev lint-imports --no-logo
    uv run --group dev deptry .
    uv run --group dev deptry tests --exclude '\.venv' --ignore DEP002,DEP004

# The tests; arguments go to pytest
test *args:
    uv run --group dev pytest -q -rs {{args}}

# The unit tests of the whole package, or of one of its rooms: `just unit engine`
unit package="":
    uv run --group dev pytest -q tests/unit/{{package}}

# What must pass before a commit is shown to others
check:
    ./tests/run

# Store the pictures of the README and of the picture tests anew
shots:
    uv run --group dev pytest -q tests/functional/console/test_console_pictures.py tests/functional/statistics/test_statistics_pictures.py tests/functional/recordings/test_playback_pictures.py tests/functional/attached/test_fleet_pictures.py tests/functional/doors/test_sessions_pictures.py --store-pictures

# Draw every screen and dialog at three sizes, dark and light, into .views/, to look at them: all, or some by name
views *names:
    uv run --group dev python -m tests.all_views {{names}}

# Do the walk of docs/walk.md in a real terminal (tmux), and write the page anew
walk:
    uv run --group dev python -m tests.walk

# Ratios against yardsticks, in one run; with a server of OpenSIPS, too: `just bench --reference DIR`
bench *args:
    uv run --group dev python -m tests.benchmarks {{args}}

# Attack a real server for some minutes, kill it again and again, and print the table of promises
storm minutes="15":
    uv run --group dev python -m tests.hostile.storm {{minutes}}

# Compare random scripts with a server that you have built in a directory: `just differ 10 --reference DIR`
differ minutes *args:
    uv run --group dev python -m tests.differential {{minutes}} {{args}}

# Write the tables of docs/ from the program's own: keys, settings
doc-tables:
    uv run --group dev python -m tests.doc_tables

# What no test reaches, branches too; arguments go to pytest
cover *args:
    uv run --group dev coverage run -m pytest -q {{args}}
    uv run --group dev coverage report

# Imports that are not declared, declarations that are not imported, and what has newer versions
deps:
    uv run --group dev deptry .
    uv run --group dev deptry tests --exclude '\.venv' --ignore DEP002,DEP004
    uv tree --outdated --depth 1 --group dev

# The unit, contract and property tests on each Python version that this machine has, in environments of their own
versions *args:
    #!/usr/bin/env bash
    set -uo pipefail
    failed=0
    for version in 3.11 3.12 3.13 3.14; do
        python=$(uv run --quiet --group dev python -m tests.pythons "$version" 2>/dev/null) || { echo "== $version: not on this machine"; continue; }
        echo "== $version: $python"
        export UV_PROJECT_ENVIRONMENT=".pythons/$version"
        uv sync --quiet --locked --group dev --no-python-downloads --python "$python"
        ".pythons/$version/bin/python" -m pytest -q tests/unit tests/contract tests/property {{args}} || failed=1
    done
    exit "$failed"

# The unit, contract and property tests with the oldest versions that pyproject.toml allows, in an environment of their own
lowest *args:
    uv venv --quiet --clear .lowest
    uv pip install --quiet --python .lowest/bin/python --resolution lowest-direct --group dev -e '.[kafka,metrics]'
    .lowest/bin/python -m pytest -q tests/unit tests/contract tests/property {{args}}

# Build the sdist and the wheel, and try the wheel in an environment of its own
release:
    rm -rf dist
    uv build --quiet
    uv run --no-project --isolated --with dist/*.whl evtui --version
    ls -l dist
