#!/usr/bin/env bash
# As a new user would: a fresh clone, a fresh home folder, and a network namespace of its own that has only loopback, so that nothing is asked of
# anybody. Only the packages are brought along (NUGET_PACKAGES), and the restore happens before the network goes away.
#   1. Every `sh` block of README, docs and samples is typed into bash, page by page, each page in a home of its own; what is said below a block must
#      have been printed. `run-by=newuser` blocks are run too, `run-by=ci` and `run-by=hand` are not: they are counted, and listed with LIST=1.
#   2. ReadmeTests, which compare the same blocks in the same way without bash.
#   tests/long/newuser.sh [page …]      pages relative to the repository, without 2.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 NUGET_PACKAGES=${NUGET_PACKAGES:-$HOME/.nuget/packages}
step() { printf '\n== %s\n' "$*"; }

# Runs the blocks of the page $1; prints what failed and ends with 1 then.
page() {
  python3 - "$1" <<'PY'
import os, re, signal, subprocess, sys, tempfile, time

page = sys.argv[1]
text = open(page, encoding="utf-8").read()
home = tempfile.mkdtemp(prefix="newuser-")
name = "newuser-" + re.sub(r"\W", "-", page).lower()
env = dict(os.environ, HOME=home, P2P_NETWORK=name, P2P__Network=name, EDITOR="true", VISUAL="true")
for variable in ("P2P_HOME", "XDG_DATA_HOME", "DOTNET_CLI_HOME"):
    env.pop(variable, None)
env["DOTNET_CLI_HOME"] = os.environ["NEWUSER_CLI_HOME"]
staying, printed, ran, left = [], None, 0, 0

def missing(expected, printed):
    lines, at = [line.strip() for line in printed.split("\n")], 0
    for wanted in filter(None, (line.strip() for line in expected.split("\n"))):
        pattern = re.compile("^" + re.escape(wanted).replace("…", ".*") + "$")
        found = next((i for i in range(at, len(lines)) if pattern.match(lines[i])), None)
        if found is None:
            return wanted
        at = found + 1
    return None

try:
    for info, body in re.findall(r"^```([^\n]+)\n(.*?)^```$", text, re.M | re.S):
        if info in ("sh", "sh run-by=newuser"):
            printed = ""
            for line in filter(None, body.split("\n")):
                ran += 1
                words = re.sub(r"\s+#\s.*$", "", line)
                if words.endswith(" &"):
                    said = tempfile.TemporaryFile()
                    process = subprocess.Popen(["bash", "-c", "exec " + words[:-2]], env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True)
                    staying.append(process)
                    for _ in range(1200):  # until it says something
                        if said.seek(0, 2) > 0 or process.poll() is not None:
                            break
                        time.sleep(0.1)
                    if process.poll() is not None:
                        sys.exit(f"{page}: '{line}' ended with {process.returncode}")
                    continue
                done = subprocess.run(["bash", "-c", words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
                printed += done.stdout
                if done.returncode != 0:
                    sys.exit(f"{page}: '{line}' ended with {done.returncode}\n{done.stdout}{done.stderr}")
        elif info == "output":
            wanted = missing(body, printed or "")
            if wanted is not None:
                sys.exit(f"{page}: no line '{wanted}' in what was printed:\n{printed}")
        elif info.startswith("sh "):
            left += 1
            if os.environ.get("LIST"):
                print(f"  {page}: {info}: {body.strip().splitlines()[0]}")
finally:
    for process in staying:
        if process.poll() is not None:
            continue
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    subprocess.run(["rm", "-rf", home], check=False)
if ran or left:
    print(f"{page}: {ran} lines run, {left} blocks left to others")
PY
}

if [ "${1:-}" = --inside ]; then
  shift
  ip link set lo up multicast on
  ip route add 224.0.0.0/4 dev lo # where mDNS goes; a machine without any network has no way for it
  [ -z "$(ip -o route show default)" ] || { echo "there is a way out"; exit 1; }
  step "the pages, in bash"
  failed=0
  if [ $# -gt 0 ]; then pages=("$@"); else mapfile -t pages < <(ls ./*.md; find docs samples -name '*.md' -not -path '*/obj/*' -not -path '*/bin/*' | sort); fi
  for each in "${pages[@]}"; do page "${each#./}" || failed=$((failed + 1)); done
  if [ $# -eq 0 ]; then
    step "the pages, by ReadmeTests"
    dotnet test tests/Node.Tests -c Release --no-build --filter FullyQualifiedName~ReadmeTests || failed=$((failed + 1))
  fi
  [ "$failed" -eq 0 ] || { echo "$failed failed"; exit 1; }
  printf '\nNEWUSER OK pages=%d\n' "${#pages[@]}"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
step "a fresh clone"
git clone -q "$here" "$work/p2p"
cd "$work/p2p"
git log --oneline -1
export HOME=$work/home NEWUSER_CLI_HOME=$work/cli DOTNET_CLI_HOME=$work/cli
mkdir -p "$HOME" "$NEWUSER_CLI_HOME"
step "restore and build, the last that may ask others"
dotnet restore P2P.sln --locked-mode -v quiet
dotnet build src/Cli -c Release --no-restore -v quiet
for sample in samples/*/*.csproj; do
  [ $# -gt 0 ] && [[ " $* " != *" ${sample%/*}/"* ]] && continue
  dotnet build "$sample" -c Release --no-restore -v quiet
done
[ $# -gt 0 ] || dotnet build tests/Node.Tests -c Release --no-restore -v quiet
step "no network from here on"
user=()
[ "$(id -u)" = 0 ] || user=(--map-root-user)
unshare --net "${user[@]}" "$work/p2p/tests/long/newuser.sh" --inside "$@"
