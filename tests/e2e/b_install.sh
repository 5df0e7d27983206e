#!/bin/sh
# SPDX-License-Identifier: MIT
# b_install - what make install puts there works from there, manuals and all,
# and make uninstall takes all of it away and nothing else.
. "$(dirname "$0")/lib.sh"
need make

dest=$work/dest
bin=$dest/usr/bin
share=$dest/usr/share

# make_to TARGET - of what is built already: nothing may be compiled here.
make_to() {
    MAKEFLAGS='' make -C "$root" --no-print-directory -o all \
        O="${build#"$root"/}" DESTDIR="$dest" PREFIX=/usr "$1" >make.out 2>&1 ||
        fail "make $1: $(tail -n 5 make.out)"
}

# Files that were there before stay.
mkdir -p "$bin" "$share/man/man8"
echo other >"$bin/other"
echo other >"$share/man/man8/other.8"
find "$dest" -type f | sort >before.txt

make_to install
for program in master worker; do
    expect_code 0 "$bin/$program" --version
    expect_text cmd.out '^weft .'
    expect_code 0 "$bin/$program" --help all
    cp cmd.out $program.help
done
expect_code 0 "$bin/master" --help-conf
expect_same cmd.out "$share/weft/weft.conf"
expect_code 0 "$bin/master" --dry-run "$share/weft/top-sites.csv"
[ "$(wc -l <cmd.out)" -ge 90 ] || fail "top-sites.csv has few good rows"

# Each option that --help all shows stands in the manual.
for program in master worker; do
    page=$share/man/man8/$program.8
    [ -s "$page" ] || fail "no $page"
    grep -E '^ +(-., )?--[a-z]' $program.help |
        grep -o -e '--[a-z][a-z0-9-]*' | sort -u >options.txt
    [ "$(wc -l <options.txt)" -gt 30 ] || fail "$program --help has few options"
    while read -r option; do
        grep -Eq -e "^\.It .*Fl Fl ${option#--}( |\$)" "$page" ||
            fail "$program(8) has no $option"
    done <options.txt
done

# The shells find what they complete by.
for program in master worker; do
    for file in "bash-completion/completions/$program" \
        "zsh/site-functions/_$program" "fish/vendor_completions.d/$program.fish"; do
        expect_text "$share/$file" "$program completion" 'delay'
    done
done

# The manuals render, silently, with each renderer that is here.
renderers=
for page in "$share"/man/man8/master.8 "$share"/man/man8/worker.8 \
    "$share"/man/man5/weft.conf.5; do
    name=$(basename "$page")
    if command -v man >/dev/null 2>&1 && command -v nroff >/dev/null 2>&1; then
        man --warnings=w -l "$page" >"$name.txt" 2>"$name.err" ||
            fail "man -l $name: $(cat "$name.err")"
        [ ! -s "$name.err" ] || fail "man -l $name: $(cat "$name.err")"
        expect_text "$name.txt" '^NAME' '^DESCRIPTION' '^SEE ALSO'
        renderers='man'
    fi
    if command -v groff >/dev/null 2>&1; then
        groff -mdoc -Tascii -ww -z "$page" >"$name.err" 2>&1 || :
        [ ! -s "$name.err" ] || fail "groff $name: $(cat "$name.err")"
        renderers="$renderers groff"
    fi
    if command -v mandoc >/dev/null 2>&1; then
        mandoc -T lint -W warning "$page" >"$name.err" 2>&1 ||
            fail "mandoc $name: $(cat "$name.err")"
        renderers="$renderers mandoc"
    fi
done
[ -n "$renderers" ] || echo "no renderer of manuals here: not tried"

# The installed master finds the worker beside it and its redis.conf, from a
# folder that has nothing to do with the source.
if command -v redis-server >/dev/null 2>&1; then
    web --hosts 3 --pages 3
    build=$bin
    crawl --procs 1 --threads 1 --delay 0.02
    expect_complete
    expect_text crawl.out '^weft t: finished'
    build=$root/${WEFT_BUILD:-build/release}
fi

make_to uninstall
find "$dest" -type f | sort >after.txt
expect_same before.txt after.txt
[ ! -e "$share/weft" ] || fail "$share/weft is still there"
