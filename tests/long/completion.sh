#!/usr/bin/env bash
# Presses TAB in bash, zsh and fish, as far as they are installed (apt-get install zsh fish): a verb, an argument, and a file where the program knows
# nothing. Enter is never pressed behind a command of p2p. PowerShell is in no package of Debian and is not run here.
#   tests/long/completion.sh
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/p2p" version > /dev/null # builds it, with the packages of the real home
export PATH=$root:$PATH HOME=$work
cd "$work"
touch afile.txt
ran=

expect() { # SHELL LINE WANTED…, what was offered on standard input
  local shell=$1 line=$2 offered wanted
  shift 2
  offered=$(cat)
  for wanted in "$@"; do
    grep -qwF -- "$wanted" <<< "$offered" || { echo "$shell: '$line' offers no '$wanted' but: $offered"; exit 1; }
  done
  echo "$shell: $line → $*"
}

inBash() {
  bash --norc -c 'source <(p2p completion bash); COMP_LINE=$1; COMP_POINT=${#1}; COMP_WORDS=($1); [[ $1 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _p2p_complete; printf "%s\n" "${COMPREPLY[@]}"' - "$1"
}
inBash "p2p do" | expect bash "p2p do" doc doctor
inBash "p2p doc ca" | expect bash "p2p doc ca" cat
inBash "p2p put af" | expect bash "p2p put af" afile.txt
ran+=" bash"

if command -v fish > /dev/null; then
  inFish() { fish --no-config -c 'p2p completion fish | source; complete -C $argv[1]' "$1"; }
  inFish "p2p do" | expect fish "p2p do" doc doctor
  inFish "p2p doc ca" | expect fish "p2p doc ca" cat
  inFish "p2p put af" | expect fish "p2p put af" afile.txt
  ran+=" fish"
fi

if command -v zsh > /dev/null; then
  cat > press.zsh <<'Z' # a terminal of its own; waits for what must come
zmodload zsh/zpty
setopt extendedglob
waitFor() {
  while [[ $said != *$1* ]] && (( SECONDS < 100 )); do
    if zpty -r -t shell part; then said+=${part//$'\e'\[[0-9;?]#[a-zA-Z]/}; else sleep 0.1; fi
  done
}
zpty -b shell zsh -f -i
zpty -w shell "PROMPT='> '; autoload -Uz compinit; compinit -u -d $HOME/dump; source <(p2p completion zsh); echo RE''ADY"
waitFor READY
said=
zpty -n -w shell "$1"$'\t'
waitFor $2
zpty -n -w shell $'\C-u'
print -r -- "$said"
Z
  inZsh() { timeout 120 zsh -f press.zsh "$1" "$2"; }
  inZsh "p2p doc ca" cat | expect zsh "p2p doc ca" cat
  inZsh "p2p put af" "afile.txt" | expect zsh "p2p put af" afile.txt
  ran+=" zsh"
fi

echo "completion works in:$ran"
