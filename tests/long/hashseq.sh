#!/usr/bin/env bash
# Texts at length: a million random histories against the brute-force oracle, each with its snapshot, and fewer of every other property; traces in more
# orders, cost of attacks, growth to ten million elements.
# The shares that run in CI are the same tests with smaller numbers. A failure prints the seed; HASHSEQ_SEED=<seed> HASHSEQ_HISTORIES=1 repeats it.
#   HASHSEQ_HISTORIES (1000000)  histories     HASHSEQ_SEED (1)  first seed     HASHSEQ_JOBS (1)  processes that share them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
histories="${HASHSEQ_HISTORIES:-1000000}" seed="${HASHSEQ_SEED:-1}" jobs="${HASHSEQ_JOBS:-1}"
[ "${HASHSEQ_BUILT:-0}" = 1 ] || dotnet build tests/Crdt.Tests -c Release

run() { # class of tests, first seed, histories
  local status=0 printed
  printed=$(HASHSEQ_SEED="$2" HASHSEQ_HISTORIES="$3" dotnet test tests/Crdt.Tests -c Release --no-build --filter "FullyQualifiedName~HashSeq.$1." \
    --logger "console;verbosity=normal") || status=$?
  grep -E 'HASHSEQ_SEED=|Passed!|Failed!|^ +(Passed|Failed) ' <<<"$printed" || status=1 # a class without tests is a failure
  return "$status"
}

share=$(((histories + jobs - 1) / jobs))
pids=()
for ((job = 0; job < jobs; job++)); do
  run RandomHistoryTests "$((seed + job * share))" "$share" &
  pids+=("$!")
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=1; done

others=$((histories / 20 > 0 ? histories / 20 : 1))
for tests in RetractionTests VersionTests PropertyTests RegressionTests SnapshotTests AdversaryTests AdversaryCostTests CuttingTests; do
  run "$tests" "$seed" "$others" || status=1
done

HASHSEQ_ORDERS=$((others < 200 ? others : 200)) run TraceTests "$seed" 1 || status=1
HASHSEQ_ELEMENTS=10000000 run GrowthTests 1 1 || status=1

printf '%s histories from seed %s: %s\n' "$histories" "$seed" "$([ "$status" -eq 0 ] && echo "no failure" || echo "FAILED")"
exit "$status"
