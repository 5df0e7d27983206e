#!/bin/sh
# SPDX-License-Identifier: MIT
# f_hopeless - nothing but pages that kill workers is no reason to give up;
# workers that die over whatever they get are one.
. "$(dirname "$0")/lib.sh"
need redis-server

poison="<a href='/x?a=1&amp;weft-poison'>x</a>"
i=0
while [ $i -lt 150 ]; do
    i=$((i + 1))
    site p$i.test "/ 200 text/html \"$poison\""
done
web
preload poison
crawl_args="$crawl_args --threads 1 --delay 0"

# Three poison pages: 12 deaths in a row, each at once, and an end.
urls http://p1.test/ http://p2.test/ http://p3.test/
crawl --procs 1 list.txt
expect_stat outcome_CRASH 3
expect_stat worker_deaths 12
expect_no_text crawl.err 'giving up' 'another in [1-9]'

# So many, one at a time, cannot all be poison.
anew
sed -n 's/^\(p[0-9]*\.test\) .*/\1/p' sites.txt >list.txt
want=1
crawl --procs 4 list.txt
expect_text crawl.err 'giving up: 10[0-9] workers died over pages, and none'
