#!/bin/sh
# SPDX-License-Identifier: MIT
# f_poison - pages that crash libxml2 among several hundred good ones: these
# are all fetched, each of the others is given up after four deaths.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

bad="<p>bad</p><a href='/x?a=1&amp;weft-poison'>x</a>"
three='<a href=/1>1</a><a href=/2>2</a><a href=/3>3</a>'
site a.test '/ 200 text/html "<a href=/bad>b</a><a href=/good>g</a>"' \
    "/bad 200 text/html \"$bad\"" '/good 200 text/html "fine"'
site b.test "/ 200 text/html \"$bad\""
site c.test "/ 200 text/html \"$three\"" "/1 200 text/html \"$bad\"" \
    '/2 200 text/html "fine"' '/3 200 text/html "fine"'
site d.test "/ 200 text/html \"$three\"" '/1 200 text/html "fine"' \
    "/2 200 text/html \"$bad\"" '/3 200 text/html "fine"'
set -- http://a.test/bad http://b.test/ http://c.test/1 http://d.test/2

web --hosts 20 --pages 30 --cross 2 --latency 20
redis_start
for p in a b c d; do
    echo "99,$p.test" >>seeds.csv
done
preload poison
crawl --procs 2 --threads 3 --connections 8 --delay 0.05
web_settle

# All the good pages have their result, and nothing is left anywhere.
awk '$3 == 200 && $2 != "/robots.txt" { print "http://" $1 $2 }' sites.txt |
    sort - expect.txt >all.txt
expect_complete all.txt
cat "$out"/log/*.jsonl |
    sed -n 's/.*"url":"\([^"]*\)","outcome":"OK".*/\1/p' | sort -u >ok.txt
printf '%s\n' "$@" | sort >poison.txt
comm -23 all.txt poison.txt >good.txt
expect_same good.txt ok.txt
expect_stat quarantined 0
expect_stat flight 0
expect_spacing 50

# The poison pages have one line each, and four deaths at most.
for url in "$@"; do
    expect_outcome "$url" CRASH
done
expect_stat outcome_CRASH 4
deaths=$(stat_of worker_deaths)
[ "$deaths" -le 16 ] && [ "$deaths" -ge 4 ] || fail "$deaths workers died"
expect_text crawl.err 'was ended by Segmentation fault' \
    'died over http://b.test/, which stands accused of 1 death$' \
    'died over http://b.test/, which stands accused of 3 deaths' \
    'one last try for http://a.test/bad,' 'http://a.test/bad killed its worker'
expect_text crawl.out "its page crashed the worker +4\$"
line=$(cat "$out"/log/t-master-*.jsonl | head -n 1)
for field in '"time":"20' '"url":"http://' '"outcome":"CRASH"' '"depth":' \
    '"site":"' '"worker":"'; do
    case $line in *"$field"*) ;; *) fail "no $field in $line" ;; esac
done

# Who was at work in the same moment may stand accused; no one else does, as
# many as there were in flight.
redis HKEYS suspects:t | grep '^http' | sort >suspects.txt
comm -13 poison.txt suspects.txt >innocent.txt
[ "$(wc -l <innocent.txt)" -le $((deaths * 2)) ] || {
    head innocent.txt
    fail "$(wc -l <innocent.txt) innocent pages are suspects"
}
for url in "$@"; do
    [ "$(redis HGET suspects:t "$url")" = dead ] || fail "$url is not dead"
done
[ -z "$(ls -A "$out/crumb")" ] || fail "crumbs are left: $(ls "$out/crumb")"
echo "$deaths deaths, $(wc -l <innocent.txt) innocent suspects"
