#!/bin/sh
# Makes node_modules/.cache/python: a virtual environment with what the tests need, from wheels alone. It is made anew, or not at all.
set -eu
cd "$(dirname "$0")/../.."
environment=node_modules/.cache/python
rm -rf "$environment"
trap 'rm -rf "$environment"' EXIT
python3 -m venv "$environment"
pip() { "$environment/bin/pip" --quiet --disable-pip-version-check "$@"; }
pip install --only-binary :all: --requirement tools/programs/requirements.txt
# Its wheel is tagged for one platform and one Python, though the part of it that is used is plain Python.
pip install --only-binary :all: --no-deps --ignore-requires-python --python-version 3.12 --platform manylinux_2_35_x86_64 \
  --target "$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" openhands-ai==0.62.0
trap - EXIT
