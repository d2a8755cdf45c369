#!/usr/bin/env bash
# The durability ladder with its big numbers: 2,000 kills, 10,000 power losses, 1,000 during a migration, 2,000 during a compaction, 800 refused calls,
# 100 full disks, 2,000 flipped bits and 5,000 in what leads to rows. P2P_LONG_PERCENT=2 does two in a hundred of each; P2P_SEED=N repeats a run; every
# test prints the seed it used.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export P2P_LONG=1
dotnet build tests/Storage.Tests -c Release --verbosity quiet --nologo
out="$(mktemp)"
trap 'rm -f "$out"' EXIT
status=0
dotnet test tests/Storage.Tests -c Release --no-build --nologo --logger 'console;verbosity=detailed' \
  --filter 'FullyQualifiedName~KillTests|FullyQualifiedName~PowerLossTests|FullyQualifiedName~DiskErrorTests|FullyQualifiedName~BitRotTests|FullyQualifiedName~IndexRotTests|FullyQualifiedName~FederationTableTests' \
  | tee "$out" || status=$?
echo
echo "Figures:"
sed -nE 's/^ *(Passed|Failed) P2P\.Storage\.Tests\.([^ ]+).*/\1 \2/p; s/^ *(seed [0-9]+.*)/    \1/p' "$out"
grep -qE '^ *seed [0-9]+' "$out" || { echo "  none printed: the tests did not run" >&2; exit 1; }
exit "$status"
