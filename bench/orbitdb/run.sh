#!/bin/sh
# A node joins a log of N events (default 5000) of 100 bytes: OrbitDB and ours in turns, in the same run. One JSON line each.
set -eu
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci --ignore-scripts --no-audit --no-fund > /dev/null
for round in 1 2 3; do
  node --no-warnings join.mjs "${1:-5000}"
  ../../p2p bench catchup --nodes --events "${1:-5000}" --json
done
