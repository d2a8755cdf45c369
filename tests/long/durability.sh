#!/usr/bin/env bash
# The durability ladder with its big numbers: 2,000 kills, 10,000 power losses, 800 refused calls, 100 full disks, 2,000 flipped bits.
# P2P_SEED=N repeats a run; every test prints the seed it used.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export P2P_LONG=1
exec dotnet test tests/Storage.Tests -c Release --logger 'console;verbosity=detailed' \
  --filter 'FullyQualifiedName~KillTests|FullyQualifiedName~PowerLossTests|FullyQualifiedName~DiskErrorTests|FullyQualifiedName~BitRotTests'
