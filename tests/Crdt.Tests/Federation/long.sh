#!/usr/bin/env bash
# The long run of the federation: 10,000 seeded meshes with loss, duplicates, partitions, crashes around writes and an equivocator.
# Usage: tests/Crdt.Tests/Federation/long.sh [SEEDS]. A failure prints its seed; the same seed fails again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
FEDERATION_SEEDS=${1:-10000} dotnet test tests/Crdt.Tests -c Release --filter "FullyQualifiedName~Federation.MeshTests.Loss" --logger "console;verbosity=normal"
