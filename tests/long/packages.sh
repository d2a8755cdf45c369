#!/usr/bin/env bash
# Packs everything, then uses it as a stranger would: an empty home, an empty package cache, and a folder as the only feed besides the packages of others
# that this machine has. No registry is asked. Prints what a hello app pulls in.
#   tests/long/packages.sh [folder for the packages]; with PACK_ONLY=1 it packs and does no more
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
feed=${1:-$root/artifacts/packages}
others=${NUGET_PACKAGES:-$HOME/.nuget/packages}
runtime=linux-x64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

step() { printf '\n== %s\n' "$*"; }
pack() { dotnet pack "$@" -c Release -v q -o "$feed" -p:ContinuousIntegrationBuild=true; }

if [ -z "${KEEP:-}" ]; then
step "pack"
rm -rf "$feed"
mkdir -p "$feed"
for project in "$root"/src/*/*.csproj; do
  [ "$(basename "$project")" = P2P.Cli.csproj ] || pack "$project"
done
pack "$root/src/Cli/P2P.Cli.csproj" -r "$runtime"
pack "$root/templates/P2P.Templates.csproj"
(cd "$feed" && ls -l *.nupkg *.snupkg | awk '{ printf "%9d  %s\n", $5, $9 }')

fi
[ -z "${PACK_ONLY:-}" ] || exit 0

step "every package says what it is"
for package in "$feed"/*.nupkg; do
  names=$(unzip -Z1 "$package")
  for wanted in README.md icon.png; do
    grep -qx "$wanted" <<< "$names" || { echo "$(basename "$package") has no $wanted"; exit 1; }
  done
  spec=$(unzip -p "$package" '*.nuspec')
  for wanted in description license authors; do
    grep -q "<$wanted" <<< "$spec" || { echo "$(basename "$package") has no $wanted"; exit 1; }
  done
done
echo "readme, icon, description, licence, authors: all $(ls "$feed"/*.nupkg | wc -l) packages"

step "packed again, the assemblies are the same bytes"
for time in first second; do
  rm -rf "$root/artifacts/again" # the same folder: where the compiler writes is part of what it writes
  dotnet pack "$root/src/Core/P2P.Core.csproj" -c Release -v q -o "$work/$time" -p:ContinuousIntegrationBuild=true -p:ArtifactsPath="$root/artifacts/again"
  unzip -p "$work/$time"/P2P.Core.*[0-9].nupkg 'lib/*/P2P.Core.dll' | sha256sum >> "$work/hashes"
done
rm -rf "$root/artifacts/again"
[ "$(sort -u "$work/hashes" | wc -l)" = 1 ] || { echo "P2P.Core.dll differs"; exit 1; }
echo "P2P.Core.dll: $(cut -c1-16 < "$work/hashes" | head -n 1)…"

# From here on: a stranger.
export HOME=$work/home NUGET_PACKAGES=$work/packages DOTNET_CLI_HOME=$work/home P2P_HOME=$work/data
mkdir -p "$HOME" "$work/apps"
cat > "$work/apps/NuGet.config" <<XML
<configuration>
  <packageSources><clear /><add key="here" value="$feed" /><add key="others" value="$others" /></packageSources>
</configuration>
XML
cd "$work/apps"

step "dotnet new p2p-app, built and run without a network"
dotnet new install "$feed"/P2P.Templates.*.nupkg > /dev/null
dotnet new p2p-app -n Notes
cd Notes
dotnet build -v q
timeout 20 dotnet run --no-build -- lo > "$work/said" || [ $? -eq 124 ]
cat "$work/said"
grep -q 'hello from' "$work/said" || { echo "it did not say hello"; exit 1; }
cd ..

step "a machine without OpenSSL 3: the error says what to add, and then it works"
cp -r Notes Bare && cd Bare && rm -rf bin obj data
sed -i 's#</Project>#<ItemGroup><RuntimeHostConfigurationOption Include="P2P.Core.WithoutOpenSsl" Value="true" /></ItemGroup></Project>#' ./*.csproj
dotnet build -v q
dotnet run --no-build -- lo > "$work/bare" 2>&1 && { echo "it started without Ed25519"; exit 1; }
grep -o 'dotnet add package Portable.BouncyCastle --version 1.8.10' "$work/bare" | head -n 1
dotnet add package Portable.BouncyCastle --version 1.8.10 > /dev/null
dotnet build -v q
timeout 20 dotnet run --no-build -- lo > "$work/said" || [ $? -eq 124 ]
grep 'hello from' "$work/said"
cd ..

step "dotnet tool install P2P.Cli"
dotnet tool install P2P.Cli --tool-path "$work/tools" --version 0.1.0 > /dev/null
"$work/tools/p2p" --version
"$work/tools/p2p" doc append notes "from the tool" --interface lo --no-mdns --timeout 1s
"$work/tools/p2p" doc cat notes --interface lo --no-mdns --timeout 1s | grep -qx "from the tool"

step "what a hello app pulls in"
dotnet run "$root/build/closure.cs" -- Notes/obj/project.assets.json Notes/bin/Debug/net10.0
