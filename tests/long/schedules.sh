#!/usr/bin/env bash
# Whole nodes with every queue of capacity 1 under unfair schedules: P2P_SIM_SEEDS seeds (default 200) for each of five habits, from P2P_SIM_SEED (default 1) on.
# With P2P_SIM_SEED alone, that one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [ -z "${P2P_SIM_SEED:-}" ]; then
  export P2P_SIM_SEED=1 P2P_SIM_SEEDS="${P2P_SIM_SEEDS:-200}"
fi
exec dotnet test tests/Node.Tests -c Release --filter FullyQualifiedName~AdversarialScheduleTests --logger "console;verbosity=detailed"
