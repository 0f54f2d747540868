#!/bin/sh
# From a clean clone to running jobs: builds dsched, runs a pipeline in the foreground, then a daemon for a few seconds,
# and looks at what happened. Prints each command before it runs it. Everything stays below build/.
#   sh examples/quickstart.sh
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n# %s\n' "$*"; }
# Prints the command as it can be typed, and runs it.
shown() {
  printf '$'
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./=+-]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$@"
}

say 'Packages, if some are missing'
. tests/packages.sh
# shellcheck disable=SC2086,SC2154 # a list of words, from packages.sh
ensure_packages $build_packages

say 'Build'
shown cmake -S . -B build/quickstart -G Ninja -DCMAKE_BUILD_TYPE=Release -DDSCHED_TESTS=OFF
shown cmake --build build/quickstart --target dsched

demo=$PWD/build/quickstart/demo
rm -rf "$demo"
mkdir -p "$demo"

daemon=
stop_daemon() {
  [ -n "$daemon" ] || return 0
  kill -TERM "$daemon" 2>/dev/null || true
  wait "$daemon" || true
  daemon=
}
trap stop_daemon EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say 'Configuration and history of this demonstration are in a folder of their own'
export PATH="$PWD/build/quickstart/src/cli:$PATH"
export DSCHED_CONFIG="$demo/dsched.toml" DSCHED_STATE="$demo/state"
cat <<END
$ export PATH="$PWD/build/quickstart/src/cli:\$PATH"
$ export DSCHED_CONFIG="$DSCHED_CONFIG" DSCHED_STATE="$DSCHED_STATE"
END
cp examples/dsched.toml "$DSCHED_CONFIG"

say 'A pipeline, two jobs at a time, in the foreground'
shown dsched run -f examples/ci.toml -j2

say 'A job, and a daemon that runs it'
# shellcheck disable=SC2016 # the job expands it
shown dsched add tick -s 'every 1s' --timeout 10s -- 'echo "tick at $(date +%T)"'
shown dsched check
printf '$ dsched daemon &\n'
dsched daemon 2>"$demo/daemon.log" &
daemon=$!

ticks() { dsched history tick --result ok --plain --no-header -q | wc -l; }
seconds=0
while [ "$(ticks)" -lt 3 ]; do
  if [ "$seconds" -ge 30 ] || ! kill -0 "$daemon" 2>/dev/null; then
    echo 'quickstart: the daemon did not run the job three times; its log:' >&2
    cat "$demo/daemon.log" >&2
    exit 1
  fi
  sleep 1
  seconds=$((seconds + 1))
done

say 'What is there, what comes, what was, what it said'
shown dsched list
shown dsched next -n 3
shown dsched history -n 9
shown dsched logs tick

say 'Stop'
printf '$ kill %s\n' "$daemon"
stop_daemon
echo "Done. The log of the daemon: $demo/daemon.log"
