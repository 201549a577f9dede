#!/bin/bash
# SPDX-License-Identifier: MIT
# What lark-register and lark-sandbox print for others to read, read by them: bash, zsh and groff.
# Usage: check_shells.sh LARK_REGISTER LARK_SANDBOX
set -euo pipefail
program=$(realpath "$1")
sandbox=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "check_shells.sh: $*" >&2; exit 1; }

"$program" --completion bash >"$folder/lark-register.bash"
"$program" --completion zsh >"$folder/_lark-register"
"$program" --manual >"$folder/lark-register.1"
"$sandbox" --manual >"$folder/lark-sandbox.1"

# bash: press the tab key, as it were.
complete_in_bash() {
    bash -c 'source "$1"; COMP_WORDS=("${@:2}"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); compopt() { :; }
             _lark_register; printf "%s\n" "${COMPREPLY[@]}"' _ "$folder/lark-register.bash" "$@"
}
[[ $(complete_in_bash lark-register --sandbox-t) == --sandbox-tls ]] || fail 'bash: names of options'
[[ $(complete_in_bash lark-register --tenant-brand '') == $'feishu\nlark' ]] || fail 'bash: words of an option'
[[ $(cd "$folder" && complete_in_bash lark-register --cacert lark-register.b) == lark-register.bash ]] || fail 'bash: files'
[[ $(complete_in_bash lark-register --source '') == '' ]] || fail 'bash: an option with a free value'

# zsh: the completion system takes the file in, and its specifications are well-formed.
zsh -n "$folder/_lark-register" || fail 'zsh: syntax'
# completes_in_zsh TYPED PATTERN: types that and two tabs into an interactive zsh, and waits for the pattern.
completes_in_zsh() {
    timeout 30 zsh -f -c '
        zmodload zsh/zpty; zpty shell zsh -f -i
        zpty -w shell "PS1= ; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; echo rea\"\"dy"
        zpty -r shell out "*ready*"
        zpty -w -n shell "$2"$'\''\t\t'\''
        zpty -r shell out "$3"' _ "$folder" "$1" "$2"
}
completes_in_zsh 'lark-register --sandbox-tl' '*--sandbox-tls*' || fail 'zsh: names of options'
completes_in_zsh 'lark-register --tenant-brand ' '*feishu*lark*' || fail 'zsh: words of an option'

# groff: not a warning, and every option is there.
for of in "$program" "$sandbox"; do
    manual=$folder/$(basename "$of").1
    warnings=$(groff -man -Tutf8 -ww -z "$manual" 2>&1)
    [[ -z $warnings ]] || fail "groff: $warnings"
    page=$(groff -man -Tascii -P-c -P-u -P-b "$manual")
    options=$("$of" --help | grep -oE -- '^ *(-[a-z], ?)?--[a-z-]+' | grep -o -- '--.*')
    for option in $options; do
        grep -q -- "$option" <<<"$page" || fail "$option is not in $(basename "$manual")"
    done
done
echo "bash, zsh and groff read it all"
