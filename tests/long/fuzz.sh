#!/usr/bin/env bash
# Every decoder against changed inputs: P2P_FUZZ_INPUTS of them for each (default 300,000, ten million in all) from P2P_FUZZ_SEED (default 1).
# P2P_FUZZ_TARGET chooses one decoder; with P2P_FUZZ_INPUT=<hex> as well that one input is replayed: a failure prints the line that does so.
# The share that runs in CI is the same test with 3,000 inputs each.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export P2P_FUZZ_INPUTS="${P2P_FUZZ_INPUTS:-300000}" P2P_FUZZ_SEED="${P2P_FUZZ_SEED:-1}"
exec dotnet test tests/Conformance -c Release --filter FullyQualifiedName~No_bytes_break_a_decoder --logger "console;verbosity=detailed"
