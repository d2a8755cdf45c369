#!/usr/bin/env bash
# Texts at length: a million random histories against the brute-force oracle, each with its snapshot, and fewer of every other property.
# The shares that run in CI are the same tests with smaller numbers. A failure prints the seed; HASHSEQ_SEED=<seed> HASHSEQ_HISTORIES=1 repeats it.
#   HASHSEQ_HISTORIES (1000000)  histories     HASHSEQ_SEED (1)  first seed     HASHSEQ_JOBS (1)  processes that share them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
histories="${HASHSEQ_HISTORIES:-1000000}" seed="${HASHSEQ_SEED:-1}" jobs="${HASHSEQ_JOBS:-1}"
[ "${HASHSEQ_BUILT:-0}" = 1 ] || dotnet build tests/Crdt.Tests -c Release

run() { # filter, first seed, histories
  HASHSEQ_SEED="$2" HASHSEQ_HISTORIES="$3" dotnet test tests/Crdt.Tests -c Release --no-build --filter "$1" --logger "console;verbosity=normal" |
    grep -E 'HASHSEQ_SEED=|Passed!|Failed!|^ +(Passed|Failed) ' || true
  [ "${PIPESTATUS[0]}" -eq 0 ]
}

share=$(((histories + jobs - 1) / jobs))
pids=()
for ((job = 0; job < jobs; job++)); do
  run "FullyQualifiedName~HashSeq.RandomHistoryTests" "$((seed + job * share))" "$share" &
  pids+=("$!")
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=1; done

others=$((histories / 20 > 0 ? histories / 20 : 1))
for tests in RetractionTests VersionTests PropertyTests RegressionTests SnapshotTests.Equal; do
  run "FullyQualifiedName~HashSeq.$tests" "$seed" "$others" || status=1
done

HASHSEQ_ELEMENTS=10000000 run "FullyQualifiedName~HashSeq.GrowthTests" 1 1 || status=1

printf '%s histories from seed %s: %s\n' "$histories" "$seed" "$([ "$status" -eq 0 ] && echo "no failure" || echo "FAILED")"
exit "$status"
