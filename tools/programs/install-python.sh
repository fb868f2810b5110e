#!/bin/sh
# Makes node_modules/.cache/python: a virtual environment with what the tests need, from wheels alone. It is made anew; without filelock it is not made, without OpenHands it
# says so.
set -eu
cd "$(dirname "$0")/../.."
environment=node_modules/.cache/python
rm -rf "$environment"
trap 'rm -rf "$environment"' EXIT
python3 -m venv "$environment"
install() { "$environment/bin/pip" --quiet --disable-pip-version-check install --only-binary :all: "$@"; }
# Its wheel is tagged for one platform and one Python, though the part of it that is used is plain Python.
install_openhands() {
  install --requirement tools/programs/requirements-openhands.txt &&
    install --no-deps --ignore-requires-python --python-version 3.12 --platform manylinux_2_35_x86_64 --target "$1" openhands-ai==0.62.0
}
install --requirement tools/programs/requirements.txt
trap - EXIT
install_openhands "$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" ||
  echo 'openhands-ai could not be installed; the tests that need it are skipped by name'
