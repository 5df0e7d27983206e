#!/bin/sh
# SPDX-License-Identifier: MIT
# l_complete - what bash, zsh and fish really offer, those that are here.
. "$(dirname "$0")/lib.sh"
printf 'a.test\n' >'my list.txt'

expect_code 2 "$build/master" completion
expect_text cmd.err 'of which shell\? master completion bash zsh fish'
expect_code 2 "$build/worker" completion fihs
expect_text cmd.err '"fihs" is not one of .* did you mean fish\?'
mkdir zsh folder
for program in master worker; do
    "$build/$program" completion bash >$program.bash
    "$build/$program" completion zsh >zsh/_$program
    "$build/$program" completion fish >$program.fish
done

# What is there is not offered again, but where several make a list.
expect_text zsh/_master "^    '\\(-w --delay\\)--delay=" \
    "^    '\\(-w --delay\\)-w\\+" "^    '\\*--header="

# As readline calls it, with the words that it makes of the line.
cat >complete.bash <<'END'
set -u
source "$1.bash"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
spec=$(complete -p "$1")
spec=${spec##*-F }
"${spec%% *}"
printf '%s\n' "${COMPREPLY[@]}"
END

# A zsh in a terminal of its own: of pairs of a line and WANT, each line is
# written, Ctrl-X lists what it may become until WANT is there, Ctrl-U ends it.
cat >complete.zsh <<'END'
zmodload zsh/zpty || exit 77
zpty z zsh -f -i
zpty -w z "PS1=; fpath=($PWD/zsh \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w z "LISTMAX=9999; bindkey '^X' list-choices; stty rows 500; echo REA''DY"
zpty -r z out '*READY*'
for line want; do
    print -r -- "$line: $want"
    zpty -n -w z "$line"$'\x18'
    zpty -r z out "*${want// /*}*"
    zpty -n -w z $'\x15\n'
done
print all
END

# offers LINE WANT - the line's last word may become WANT, in each shell here.
offers() {
    case $1 in *' ') last=' ' ;; *) last='' ;; esac
    if command -v bash >/dev/null; then
        # shellcheck disable=SC2086 # the words of the line
        bash --norc complete.bash $1 ${last:+''} >offered
        grep -qxF -e "$2" offered || fail "bash, $1: $(head -n 5 offered)"
    fi
    if command -v fish >/dev/null; then
        HOME=$work fish --no-config -c "source ${1%% *}.fish; complete -C '$1'" |
            cut -f 1 >offered
        grep -qxF -e "$2" offered || fail "fish, $1: $(head -n 5 offered)"
    fi
}
set -- 'master --sav' --save 'master --delay 2 --save ' files \
    'master st' status 'master top --o' --once 'master --no-ro' --no-robots \
    'master --help pol' politeness 'master completion ' fish \
    'master my' 'my list.txt' 'worker links --ba' --base \
    'worker --standby ' begin 'master --no-ht' --no-http 'master --help da' dashboard
if command -v zsh >/dev/null; then
    TERM=xterm timeout 30 zsh -f complete.zsh "$@" >offered 2>&1 || :
    [ "$(tail -n 1 offered)" = all ] || fail "zsh offers no $(tail -n 1 offered)"
fi
while [ $# -gt 0 ]; do
    offers "$1" "$2"
    shift 2
done
if command -v bash >/dev/null; then
    # "--save=f" is one word or three, by COMP_WORDBREAKS.
    bash --norc complete.bash master --save=f >offered
    expect_text offered '^--save=files$'
    bash --norc complete.bash master --save = f >offered
    expect_text offered '^files$'
    # a value that is a command's name is none; a folder for DIR only
    bash --norc complete.bash master --name top --no-pro >offered
    expect_text offered '^--no-progress$'
    bash --norc complete.bash master --output '' >offered
    expect_text offered '^folder$'
    expect_no_text offered 'my'
    bash --norc complete.bash master top --del >offered
    expect_no_text offered delay
fi
for shell in bash zsh fish; do
    command -v $shell >/dev/null || echo "no $shell here: not tried"
done
