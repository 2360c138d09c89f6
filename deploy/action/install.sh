#!/usr/bin/env bash
# Installs kready for the action: downloads the archive of a release, once per runner, and proves that it is the one.
#
# The archive's digest comes from the caller (`sha256`), or else from the release's own SHA256SUMS; since whoever could
# replace the one could replace the other, GitHub's attestation is verified then, which only the release workflow can get.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

token=${INPUT_TOKEN:-}
unset INPUT_TOKEN
version=${INPUT_VERSION#v}
base=${INPUT_DOWNLOAD_URL%/}
attestation=${INPUT_ATTESTATION:-auto}
releases=https://github.com/kready/kready/releases

[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] ||
  fail 2 "the input version is a version of kready, such as 0.1.0, and not $INPUT_VERSION; see $releases"
case $attestation in
  auto | require | off) ;;
  *) fail 2 "the input attestation is auto, require or off, and not $attestation" ;;
esac
wanted=()
read -r -d '' -a wanted <<<"${INPUT_SHA256:-}" || true
for digest in ${wanted[@]+"${wanted[@]}"}; do
  [[ $digest =~ ^[0-9a-fA-F]{64}$ ]] || fail 2 "the input sha256 is 64 hexadecimal digits, and not $digest"
done
case $base in
  https://*) protocols="=https" ;;
  http://* | file://*)
    protocols="=https,http,file"
    ((${#wanted[@]})) || fail 2 "the input download-url is not https, so that its SHA256SUMS proves nothing: name the digest of the archive with the input sha256"
    ;;
  *) fail 2 "the input download-url is an address, such as https://mirror.example/kready, and not $base" ;;
esac

case ${RUNNER_OS:-}/${RUNNER_ARCH:-} in
  Linux/X64) target=x86_64-unknown-linux-musl.tar.gz ;;
  Linux/ARM64) target=aarch64-unknown-linux-musl.tar.gz ;;
  macOS/X64) target=x86_64-apple-darwin.tar.gz ;;
  macOS/ARM64) target=aarch64-apple-darwin.tar.gz ;;
  # Windows on ARM64 runs programs for x86-64.
  Windows/X64 | Windows/ARM64) target=x86_64-pc-windows-msvc.zip ;;
  *) fail 2 "there is no kready for ${RUNNER_OS:-an unknown system} on ${RUNNER_ARCH:-an unknown architecture}: Linux, macOS and Windows on X64 and ARM64 have one" ;;
esac
archive=kready-$version-$target
folder=${archive%.tar.gz}
folder=${folder%.zip}

digest_of() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d' ' -f1
}

# is_wanted DIGEST: whether the caller named it.
is_wanted() {
  local digest
  for digest in "${wanted[@]}"; do
    [[ $(tr 'A-F' 'a-f' <<<"$digest") == "$1" ]] && return
  done
  return 1
}

work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/kready.XXXXXX")
trap 'rm -rf "$work"' EXIT

# fetch NAME: a file of the release, into the working folder.
fetch() {
  local url=$base/v$version/$1 status=0 said
  said=$(curl --silent --show-error --fail --location --proto "$protocols" --proto-redir "$protocols" --retry 3 --connect-timeout 20 --max-time 300 \
    --output "$work/$1" "$url" 2>&1) || status=$?
  case $status in
    0) ;;
    # 404 and its like; a file:// that isn't there.
    22 | 37)
      [[ $said == *" 5"[0-9][0-9]* ]] && fail 3 "$url could not be downloaded: $said"
      fail 2 "kready $version could not be downloaded: $url isn't there ($said); see $releases for the versions that there are"
      ;;
    *) fail 3 "$url could not be downloaded: $said" ;;
  esac
}

# attest FILE: proves that the release workflow made the archive.
attest() {
  [[ $attestation != off ]] || return 0
  local missing=
  if ! command -v gh >/dev/null; then
    missing="gh is missing"
  elif ! gh attestation --help >/dev/null 2>&1; then
    missing="gh is older than 2.49"
  elif [[ -z $token ]]; then
    missing="there is no token"
  fi
  if [[ -n $missing ]]; then
    [[ $attestation == auto ]] || fail 2 "the attestation of $archive could not be verified: $missing"
    echo "the attestation of $archive is not verified: $missing"
    return
  fi
  GH_TOKEN=$token GH_HOST=github.com gh attestation verify "$1" --repo kready/kready \
    --signer-workflow kready/kready/.github/workflows/release.yml --source-ref "refs/tags/v$version" >"$work/gh" 2>&1 ||
    fail 2 "the attestation of $archive could not be verified: $(tail -n 3 "$work/gh")
next: name the digest with the input sha256, or, where GitHub's attestations are out of reach, set the input attestation to off"
  echo "the attestation of $archive is verified"
}

cache=${RUNNER_TOOL_CACHE:-$work}/kready/$version
kept=$cache/$archive
# An archive is kept only with the digest that was proven, and what changed since is downloaded again.
if [[ -f $kept && -f $kept.sha256 ]] && digest=$(digest_of "$kept") && [[ $digest == "$(<"$kept.sha256")" ]] &&
  { ((${#wanted[@]} == 0)) || is_wanted "$digest"; }; then
  echo "kready $version is in the tool cache"
else
  fetch "$archive"
  digest=$(digest_of "$work/$archive")
  if ((${#wanted[@]})); then
    is_wanted "$digest" || fail 2 "$archive has the SHA-256 $digest, which the input sha256 doesn't name"
  else
    fetch SHA256SUMS
    listed=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
    [[ $digest == "$listed" ]] || fail 2 "$archive has the SHA-256 $digest, and SHA256SUMS of the release says ${listed:-nothing of it}"
    attest "$work/$archive"
  fi
  mkdir -p "$cache"
  printf '%s\n' "$digest" >"$work/digest"
  mv -f "$work/$archive" "$kept"
  mv -f "$work/digest" "$kept.sha256"
fi

place=${RUNNER_TEMP:-/tmp}/kready-$version
rm -rf "$place"
mkdir -p "$place"
if [[ $archive != *.zip ]]; then
  tar -xzf "$kept" -C "$place"
elif command -v unzip >/dev/null; then
  unzip -q "$kept" -d "$place"
else
  "$SYSTEMROOT/System32/tar.exe" -xf "$(native "$kept")" -C "$(native "$place")"
fi
program=$place/$folder/kready
[[ $archive != *.zip ]] || program+=.exe
[[ -x $program ]] || fail 3 "$archive holds no $folder/${program##*/}"
# Here and not in the audit: a program that doesn't start says so by name.
said=$("$program" version 2>&1) || fail 3 "${program##*/} doesn't run here: $said"
printf '%s\n' "${said%%$'\n'*}"
program=$(native "$program")
printf 'kready=%s\n' "$program" >>"$GITHUB_OUTPUT"
[[ -z ${GITHUB_PATH:-} ]] || printf '%s\n' "${program%/*}" >>"$GITHUB_PATH"
