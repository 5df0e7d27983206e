#!/bin/sh
# SPDX-License-Identifier: MIT
# b_docs - what the documents name is there: options, files, links, commands.
. "$(dirname "$0")/lib.sh"

docs="README.md ARCHITECTURE.md PROTOCOL.md CONTRIBUTING.md CHANGES.md"
wrong=0

wrong() {
    echo "$*"
    wrong=$((wrong + 1))
}

# Options of other programs, and of ours that are said to be missing yet.
others=' --lint --compressed --bind --port --requirepass --durability --shards --rm --scale --profile '

{
    "$build/master" --help all
    "$build/worker" --help all
} >help.txt
for doc in $docs docs/worker.8 docs/master.8; do
    grep -o -e '`--[a-z][a-z0-9-]*' -e ' --[a-z][a-z0-9-]*' "$root/$doc" |
        tr -d '` ' | sort -u >named.txt || :
    while read -r option; do
        case $others in *" $option "*) continue ;; esac
        grep -q -e "${option}[ ,]" -e "${option}\$" help.txt && continue
        # --name of a setting that is on, --no-name of one that is off
        grep -q -e "--no-${option#--}[ ,]" help.txt && continue
        wrong "$doc names $option, which --help all does not"
    done <named.txt
done
[ -s named.txt ] || fail "docs/master.8 names no option: is the pattern right?"

# Outcomes: each is in the manual, and those that are tried again in its table.
sed -n 's/^    X(\([A-Z_0-9]*\), *\(NO\|YES\|STATUS\),.*/\1 \2/p' \
    "$root/common/outcome.h" >outcomes.txt
[ -s outcomes.txt ] || fail "common/outcome.h has no outcomes: is the pattern right?"
while read -r outcome retry; do
    grep -q "\b$outcome\b" "$root/docs/worker.8" ||
        wrong "docs/worker.8 does not name $outcome"
    [ "$retry" = NO ] || grep -q "^\.It $outcome .*Ta" "$root/docs/worker.8" ||
        wrong "docs/worker.8 does not say that $outcome is tried again"
done <outcomes.txt
sed -n 's/^    X(\([0-9]*\), .* \([A-Z_0-9]*\), *true).*/\1 \2/p' \
    "$root/common/outcome.h" >statuses.txt
[ -s statuses.txt ] || fail "common/outcome.h has no statuses: is the pattern right?"
while read -r status outcome; do
    grep -q "^\.It $outcome .*\b$status\b.*Ta" "$root/docs/worker.8" ||
        wrong "docs/worker.8 does not say that $status is tried again"
done <statuses.txt

# Links to files of the tree.
for doc in $docs; do
    grep -o ']([^)#]*)' "$root/$doc" | tr -d ']()' | sort -u >links.txt || :
    while read -r link; do
        case $link in http*) continue ;; esac
        [ -e "$root/$link" ] || wrong "$doc links to $link, which is not there"
    done <links.txt
done

# Sources: `common/url.h`, or `url.c` for one of the three folders.
for doc in $docs; do
    grep -o '`[a-z][a-z0-9_/-]*\.\(c\|h\|lua\|sh\|conf\|csv\)`' "$root/$doc" |
        tr -d '`' | sort -u >sources.txt || :
    while read -r file; do
        for place in "$root/$file" "$root/common/$file" "$root/worker/$file" \
            "$root/master/$file" "$root/common/lua/$file" "$root/config/$file"; do
            [ ! -e "$place" ] || continue 2
        done
        case $file in /etc/*) continue ;; esac
        wrong "$doc names $file, which is not there"
    done <sources.txt
done

# make and setup.sh targets, in code.
for doc in $docs; do
    sed -n -e 's/^    \(make\|\.\/setup\.sh\) \([a-z][a-z0-9-]*\).*/\2/p' \
        -e 's/.*`\(make\|\.\/setup\.sh\) \([a-z][a-z0-9-]*\).*/\2/p' \
        "$root/$doc" | sort -u >targets.txt
    while read -r target; do
        grep -q "^$target:" "$root/Makefile" || [ "$target" = deps ] ||
            wrong "$doc: make has no target $target"
    done <targets.txt
done

[ $wrong -eq 0 ] || fail "$wrong things that are not there"
