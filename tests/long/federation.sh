#!/usr/bin/env bash
# The long run of the federation: 10,000 seeded meshes with loss, duplicates, partitions, crashes around writes and an equivocator; then T10 a hundred times,
# five nodes that run a program of 1,000 stages together, each killed once. Usage: tests/long/federation.sh [MESHES] [EXECUTIONS].
# In CI the same tests run 200 meshes and two executions. A failure prints its seed; the same seed fails again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
FEDERATION_SEEDS=${1:-10000} EXECUTION_SEEDS=${2:-100} dotnet test tests/Crdt.Tests -c Release --logger "console;verbosity=normal" \
  --filter "FullyQualifiedName~Federation.MeshTests.Loss|FullyQualifiedName~Federation.ExecutionTests.Five_nodes"
