#!/usr/bin/env bash
# Runs the interop tests N times in a row (default 3) and names every failure: tests/Interop/repeat.sh 20
# Further arguments go to dotnet test, for example --filter FullyQualifiedName~Gossip.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export CI=true DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
count=${1:-3}
shift || true

[ -x tests/Interop/js/node_modules/node/bin/node ] || npm ci --prefix tests/Interop/js --no-audit --no-fund --loglevel=error || exit 1
dotnet build tests/Interop -v quiet -p:Fast=true || exit 1

failed=0
for ((run = 1; run <= count; run++)); do
  log=$(mktemp)
  if dotnet test tests/Interop --no-build -p:Fast=true --logger 'console;verbosity=normal' "$@" >"$log" 2>&1; then
    printf 'run %d of %d: %s passed, %s\n' "$run" "$count" "$(grep -cE '^  Passed ' "$log")" "$(grep -oE 'Total time: .*' "$log")"
    rm -f "$log"
  else
    failed=$((failed + 1))
    printf 'run %d of %d FAILED, all of it in %s:\n' "$run" "$count" "$log"
    grep -E '^  (Failed|Skipped) ' "$log"
  fi
done

printf '%d of %d runs failed\n' "$failed" "$count"
[ "$failed" -eq 0 ]
