#!/bin/sh
# Makes node_modules/.cache/python-sdk: a virtual environment with OpenHands' SDK, half a gigabyte, from wheels alone, which the row
# event-upstream measures.
# It needs Python 3.12 or newer: the first of those that there are is taken, or the one that PYTHON names.
set -eu
cd "$(dirname "$0")/.."
environment=node_modules/.cache/python-sdk
for python in "${PYTHON:-python3}" python3.12 python3.13 python3.14 "$HOME"/.pyenv/versions/3.*/bin/python3; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
    rm -rf "$environment"
    trap 'rm -rf "$environment"' EXIT
    "$python" -m venv "$environment"
    "$environment/bin/pip" --quiet --disable-pip-version-check install --only-binary :all: openhands-sdk==1.43.0
    trap - EXIT
    exit
  fi
done
echo 'there is no Python 3.12 or newer: OpenHands SDK is not installed' >&2
exit 1
