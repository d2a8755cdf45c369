#!/usr/bin/env bash
# Interval Tree Clocks at length: a million random operations against the causal-history oracle, ten million inputs for the decoder,
# a thousand graceful rounds of leaving and joining among 32 replicas.
# The shares that run in CI are the same tests with smaller numbers. `tests/long/itc.sh SEED` repeats a run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export P2P_ITC_SEED="${1:-1}"
export P2P_ITC_OPERATIONS="${P2P_ITC_OPERATIONS:-1000000}" P2P_ITC_FUZZ="${P2P_ITC_FUZZ:-10000000}"
dotnet test tests/Crdt.Tests -c Release --logger "console;verbosity=detailed" \
  --filter "FullyQualifiedName~CausalHistoryTests|FullyQualifiedName~DecoderFuzzTests|FullyQualifiedName~ClockFamilyTests"
