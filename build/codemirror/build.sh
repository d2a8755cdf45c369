#!/usr/bin/env bash
# Makes src/Dashboard/Assets/vendor/codemirror.js from the locked packages and writes its hash beside this file. With --check it only compares:
# the committed bundle must be what the locked sources give.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
npm ci --no-audit --no-fund --loglevel=error
bundle=../../src/Dashboard/Assets/vendor/codemirror.js
built=$(mktemp)
trap 'rm -f "$built"' EXIT
{
  printf '/*! CodeMirror 6 for the P2P dashboard, built by build/codemirror/build.sh. Contains, each under the MIT licence (vendor/LICENSE.txt):\n'
  for package in @codemirror/commands @codemirror/language @codemirror/state @codemirror/view @lezer/common @lezer/highlight @marijn/find-cluster-break crelt style-mod w3c-keyname; do
    printf ' * %s %s\n' "$package" "$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "node_modules/$package/package.json")"
  done
  printf ' */\n'
  node_modules/.bin/esbuild entry.mjs --bundle --format=esm --minify --target=es2022 --legal-comments=none --log-level=warning
} > "$built"
if [ "${1:-}" = --check ]; then
  cmp "$built" "$bundle" && echo "the bundle is what the sources give"
else
  install -m 644 "$built" "$bundle"
  sha256sum < "$bundle" | cut -d' ' -f1 > codemirror.sha256
fi
