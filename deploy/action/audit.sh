#!/usr/bin/env bash
# Audits for the action: inputs become arguments, reports become annotations, a summary and outputs, and kready's exit code
# is the step's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"
# Git's bash on Windows would rewrite arguments that look like paths of POSIX.
export MSYS2_ARG_CONV_EXCL='*'

out=$(mktemp -d "${RUNNER_TEMP:-/tmp}/kready-reports.XXXXXX")
arguments=(audit)

# option NAME VALUE: joined, so that no value is taken for an option.
option() { [[ -z $2 ]] || arguments+=("--$1=$2"); }

# each NAME VALUE: an option for every line, without the white space around it.
each() {
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    [[ -n $line ]] || continue
    if [[ -n $1 ]]; then arguments+=("--$1=$line"); else arguments+=("$line"); fi
  done <<<"$2"
}

each file "${INPUT_PATHS:-}"
if is_on render "${INPUT_RENDER:-}"; then arguments+=(--render); fi
option kubernetes-version "${INPUT_KUBERNETES_VERSION:-}"
if [[ ${INPUT_KUBECONFIG:-} == *$'\n'* ]]; then
  fail 2 "the input kubeconfig is the path of a file, and not what is in it"
fi
for name in kubeconfig context; do
  variable=INPUT_$(tr '[:lower:]' '[:upper:]' <<<"$name")
  [[ -z ${INPUT_PATHS:-} || -z ${!variable:-} ]] || fail 2 "the inputs paths and $name exclude each other: files are audited, or a cluster"
done
option kubeconfig "${INPUT_KUBECONFIG:-}"
option context "${INPUT_CONTEXT:-}"
each namespace "$(tr -s ',[:space:]' '\n' <<<"${INPUT_NAMESPACES:-}")"
option config "${INPUT_CONFIG:-}"
option only "${INPUT_ONLY:-}"
option skip "${INPUT_SKIP:-}"
option profile "${INPUT_PROFILE:-}"
option fail-on "${INPUT_FAIL_ON:-}"
option min-score "${INPUT_MIN_SCORE:-}"
option min-coverage "${INPUT_MIN_COVERAGE:-}"
option baseline "${INPUT_BASELINE:-}"
if is_on report-only "${INPUT_REPORT_ONLY:-}"; then arguments+=(--report-only); fi
option sarif-anchor "${INPUT_SARIF_ANCHOR:-}"

reports=$(native "$out")
arguments+=(--output=table "--output=json=$reports/kready.json" "--output=template=$(native "$here")/outputs.j2=$reports/outputs")
annotations=
if is_on annotations "${INPUT_ANNOTATIONS:-}"; then
  annotations=$out/annotations
  arguments+=("--output=github=$reports/annotations")
fi
summary=
if is_on summary "${INPUT_SUMMARY:-}"; then
  summary=$out/summary.md
  arguments+=("--output=markdown=$reports/summary.md")
fi
sarif=
if is_on upload-sarif "${INPUT_UPLOAD_SARIF:-}" || is_on sarif "${INPUT_SARIF:-}"; then
  sarif=$reports/kready.sarif
  arguments+=("--output=sarif=$sarif")
fi
each output "${INPUT_REPORTS:-}"
each "" "${INPUT_ARGS:-}"

cd "${GITHUB_WORKSPACE:-.}"
# What `cd` would read of the environment.
unset OLDPWD CDPATH
cd -- "${INPUT_WORKING_DIRECTORY:-.}" 2>/dev/null ||
  fail 2 "the input working-directory is a folder of the workspace, and there is no ${INPUT_WORKING_DIRECTORY:-.}"

# Names in a report are other people's: no line of it is taken for a command of the workflow.
mute=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '::stop-commands::%s\n' "$mute"
code=0
"$KREADY" "${arguments[@]}" 2>"$out/said" || code=$?
said=$(<"$out/said")
case $code in
  0 | 1 | 4) [[ -z $said ]] || printf '%s\n' "$said" ;;
esac
printf '::%s::\n' "$mute"

printf 'exit-code=%s\n' "$code" >>"$GITHUB_OUTPUT"
case $code in
  0 | 1 | 4) ;;
  *) fail "$code" "${said:-kready ended with exit code $code}" ;;
esac
[[ -z $annotations ]] || cat "$annotations"
[[ -z $summary || -z ${GITHUB_STEP_SUMMARY:-} ]] || cat "$summary" >>"$GITHUB_STEP_SUMMARY"
{
  cat "$out/outputs"
  printf 'json=%s\n' "$reports/kready.json"
  [[ -z $sarif ]] || printf 'sarif=%s\n' "$sarif"
} >>"$GITHUB_OUTPUT"
exit "$code"
