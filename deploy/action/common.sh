# shellcheck shell=bash
# What both scripts of the action say and read. Everything a caller wrote is data: it is quoted, and nothing is evaluated.

# fail CODE MESSAGE: an annotation in one line, and the end.
fail() {
  local text=$2
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  printf '::error title=kready::%s\n' "$text"
  exit "$1"
}

# is_on NAME VALUE: whether an input that is true or false is true.
is_on() {
  case $2 in
    true) return 0 ;;
    false | "") return 1 ;;
    *) fail 2 "the input $1 is true or false, and not $2" ;;
  esac
}

# native PATH: as programs of the system want it.
native() {
  if [[ ${RUNNER_OS:-} == Windows ]] && command -v cygpath >/dev/null; then
    cygpath -m "$1"
  else
    printf '%s\n' "$1"
  fi
}
