# The Debian packages that building and testing need, in one place. Sourced by examples/quickstart.sh and tests/run.sh.

build_packages="g++ cmake ninja-build ccache pkg-config
  libcli11-dev libtomlplusplus-dev libfmt-dev libhowardhinnant-date-dev libuv1-dev libsqlite3-dev libcurl4-openssl-dev
  nlohmann-json3-dev libexpected-dev tzdata"
test_packages="doctest-dev libbenchmark-dev python3 mandoc util-linux mount procps bash zsh fish"

# ensure_packages NAME...: installs what is missing, with sudo when we are not root. On a system without apt it says what
# is needed and goes on: the build tells if something is not there.
ensure_packages() {
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "This is no Debian or Ubuntu: please have the equivalents of these packages installed:" >&2
    echo "  $*" >&2
    return 0
  fi
  missing=
  for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
    [ "$status" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
    echo "Installing with sudo:$missing" >&2
  else
    echo "Installing:$missing" >&2
  fi
  $as_root apt-get update -q >/dev/null || return 1
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $missing >/dev/null
}
