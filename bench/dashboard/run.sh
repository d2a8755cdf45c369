#!/usr/bin/env bash
# Two figures of the dashboard, in a real Chromium: a key in browser A until it is in browser B on another node, and a history of 5,000 events drawn.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dotnet build tests/Browser/P2P.Browser.csproj -c Release -v quiet -nologo >&2
exec dotnet artifacts/bin/P2P.Browser/release/P2P.Browser.dll bench
