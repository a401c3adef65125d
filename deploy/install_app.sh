#!/usr/bin/env bash
# Builds the application where it will run: /opt/keystone/app with .venv from the lock file, bytecode compiled, the dbt
# project parsed. The build stage's own tools (pip, uv) stay outside the virtual environment.
#
#   install_app.sh dependencies    everything of the lock file but the project, for a layer that seldom changes
#   install_app.sh project         the project itself
set -euo pipefail

step=${1:?which step: dependencies or project}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
uv_version=0.9.10
export UV_PYTHON=/usr/bin/python3 UV_PYTHON_PREFERENCE=only-system UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1

if [[ ! -x /opt/build/bin/uv ]]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  apt-get install -q -y --no-install-recommends python3-venv
  python3 -m venv /opt/build
  /opt/build/bin/pip install --quiet --no-cache-dir "uv==$uv_version"
fi

case $step in
  dependencies)
    /opt/build/bin/uv sync --quiet --locked --no-dev --no-install-project
    ;;
  project)
    /opt/build/bin/uv sync --quiet --locked --no-dev
    # What an image holds is for whoever runs it: no personal data is in it.
    export KEYSTONE_UMASK=022
    .venv/bin/python -m compileall -q keystone_nexus
    .venv/bin/python -c 'from keystone_nexus.orchestration.dbt_project import manifest; print(manifest())'
    .venv/bin/keystone --version
    chmod -R a+rX .
    ;;
  *) echo "install_app.sh: the steps are dependencies and project, not $step" >&2; exit 2 ;;
esac
