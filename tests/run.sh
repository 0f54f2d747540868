#!/bin/sh
# Installs what the tests need, builds, and tests everything: optimised first, then with the sanitizers.
#   sh tests/run.sh            everything
#   sh tests/run.sh --quick    the optimised build only
set -eu
cd "$(dirname "$0")/.."
. tests/packages.sh
# shellcheck disable=SC2086 # lists of words
ensure_packages $build_packages $test_packages

jobs=$(nproc)
test_preset() {
  echo "== $1"
  cmake --preset "$1" >/dev/null
  cmake --build --preset "$1" -- -j "$jobs"
  ctest --preset "$1" -j "$jobs" ${2:-}
}

test_preset ci
[ "${1:-}" != --quick ] || exit 0
# The end-to-end tests run the optimised binary; these look at memory, undefined behaviour and threads.
test_preset asan
test_preset tsan
