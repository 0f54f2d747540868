#!/bin/sh
# Installs what the tests need, builds, and tests everything: optimised first, then with the sanitizers.
#   sh tests/run.sh            everything
#   sh tests/run.sh --quick    the optimised build only
set -eu
cd "$(dirname "$0")/.."
. tests/packages.sh
# shellcheck disable=SC2086 # lists of words
ensure_packages $build_packages $test_packages

# run_preset NAME TARGETS TESTS: builds those targets (all: everything) and runs the tests whose names match.
run_preset() {
  echo "== $1"
  cmake --preset "$1" >/dev/null
  # shellcheck disable=SC2086 # a list of words
  cmake --build --preset "$1" --target $2
  ctest --preset "$1" -j "$(nproc)" -R "$3"
}

run_preset ci all .
[ "${1:-}" != --quick ] || exit 0
# Memory and undefined behaviour everywhere, also in the daemons that the end-to-end tests start and kill; data races
# where there are threads.
run_preset asan all .
run_preset tsan "test_env_real test_history test_daemon" '^(env_real|history|daemon)$'
