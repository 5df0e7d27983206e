#!/bin/sh
# SPDX-License-Identifier: MIT
# e_scope - which links may be queued: --level, domains, expressions, hosts.
. "$(dirname "$0")/lib.sh"
need redis-server

html='<a href=http://in.test/1></a><a href=http://www.in.test/2></a>'
html="$html<a href=http://out.test/3></a><a href=/file.pdf></a><a href=/b></a>"
site seed.test "/ 200 text/html \"$html\"" '/b 200 text/html "<a href=/c>c</a>"' \
    '/c 200 text/html "<a href=/d>d</a>"' '/d 200 text/html "end"' \
    '/file.pdf 200 application/pdf "%PDF"'
for h in in.test www.in.test out.test; do
    site $h '/* 200 text/html "a page"'
done
# A seed that moves, and another that links to where it moved.
site moved.test '/ 301 text/html header="Location: http://www.moved.test/" ""'
html='<a href=/more>more</a><a href=http://other.test/z>z</a>'
site www.moved.test "/ 200 text/html delay=700 \"$html\"" \
    '/more 200 text/html "<a href=http://out.test/from-more>x</a>"'
html='<a href=http://www.moved.test/more>more</a><a href=http://moved.test/>m</a>'
site other.test "/ 200 text/html \"$html\"" '/z 200 text/html "z"'

web --hosts 1 --pages 0
crawl_args="$crawl_args --procs 1 --threads 1 --delay 0"
# fetched 'ARGS' URL ...: these and no others come of seed.test.
fetched() {
    anew
    args=$1
    shift
    # shellcheck disable=SC2086
    crawl $args list.txt
    printf 'http://%s\n' "$@" | sort >want.txt
    sed -n 's/.*"url":"\([^"]*\)","outcome":"OK".*/\1/p' "$out"/log/*.jsonl |
        sort >got.txt
    expect_same want.txt got.txt
}
urls seed.test
here='seed.test/ seed.test/b seed.test/c seed.test/d seed.test/file.pdf'
away='in.test/1 www.in.test/2 out.test/3'
# shellcheck disable=SC2086
{
    fetched '' $here $away
    fetched '--level 0' seed.test/
    fetched '--level 2' seed.test/ seed.test/b seed.test/c \
        seed.test/file.pdf $away
    fetched '-D seed.test,in.test' $here in.test/1 www.in.test/2
    fetched '--exclude-domains in.test' $here out.test/3
    fetched '--reject-regex \.pdf$ --reject-regex /c$' seed.test/ seed.test/b \
        $away
    fetched '--accept-regex seed.*/b|www' seed.test/ seed.test/b www.in.test/2
    fetched '--no-span-hosts' $here
}

# Hosts of the seeds, and where a seed was moved to: whoever saw the link
# first, and was not allowed to follow it.
urls other.test moved.test
fetched '--no-span-hosts' other.test/ other.test/z www.moved.test/ \
    www.moved.test/more
