#!/usr/bin/env bash
# Installs the system packages that the demo and the tests use, where apt may; else says what to install.
# Usage: tools/setup/system.sh COMMAND-LIBRARY-OR-PATH=DEBIAN-PACKAGE...
set -euo pipefail

missing=()
for pair in "$@"; do
  name=${pair%%=*} package=${pair#*=}
  case "$name" in
    /*) [ -e "$name" ] || missing+=("$package") ;;
    lib*) ldconfig -p 2>/dev/null | grep -q "$name" || missing+=("$package") ;;
    *) command -v "$name" >/dev/null || missing+=("$package") ;;
  esac
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo="sudo -n"; else sudo="no"; fi
fi
if [ "$sudo" != "no" ] && command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]} with apt"
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -q >/dev/null
  $sudo apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
  exit 0
fi
echo "Please install first (Debian's names): ${missing[*]}" >&2
echo "For example: sudo apt-get install ${missing[*]}" >&2
exit 1
