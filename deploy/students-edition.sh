#!/bin/sh
# Copy the students' edition of this clone into a folder: without solutions, tests and the grader. It needs no Python, so
# that the devcontainer and Binder can begin with it. What students download is made by `dltools release --bundle`.
#   sh deploy/students-edition.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
mkdir -p "$1"
cp LICENSE environment.yml pyproject.toml requirements.lock requirements-installer.lock run.py "$1"
cp -r course dltools "$1"
[ ! -f course.toml ] || cp course.toml "$1"
rm -rf "$1/dltools/grading" "$1/dltools/release"
find "$1" -name __pycache__ -prune -exec rm -rf {} +
