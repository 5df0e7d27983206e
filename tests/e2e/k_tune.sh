#!/bin/sh
# SPDX-License-Identifier: MIT
# k_tune - master tune: each setting is a crawl of the same sites, once each,
# with a rest between; the table is what the runs' own counters say; a run that
# takes too long is cut, Ctrl-C keeps what is measured, and nothing is left.
. "$(dirname "$0")/lib.sh"
need redis-server jq

web --hosts 16 --pages 1 --latency 20

tune() {
    "$build/master" tune --allow-private --connect-to "::127.0.0.1:$port" \
        --delay 0.02 "$@"
}
field() { # FILE ROW NAME: of a CSV
    awk -F, -v row="$2" -v name="$3" 'NR == 1 {
        for (i = 1; i <= NF; i++) if ($i == name) at = i
    } NR == row + 1 { print $at }' "$1"
}

# --- bad arguments, and the plan ---

expect_code 2 tune
expect_text cmd.err 'what is to be crawled'
expect_code 2 tune --procs 0,1 seeds.csv
expect_text cmd.err '0 processes crawl nothing'
expect_code 2 tune --threads 1,x seeds.csv
expect_text cmd.err 'threads: "1,x" is not a whole number from 1 to 1024, or auto'
expect_code 2 tune --threads 1,auto seeds.csv
expect_text cmd.err '--threads auto: .* give numbers'
expect_code 2 tune --redis redis://127.0.0.1 seeds.csv
expect_text cmd.err 'private Redis for each run'
expect_code 2 tune --hosts list.txt seeds.csv
expect_code 2 "$build/master" --procs 1,2 seeds.csv
expect_text cmd.err 'procs: "1,2" is a list'
expect_code 2 "$build/worker" --threads 1,2
expect_code 1 tune --output none no-such-list
[ ! -e none ] || [ ! -s none/tune.csv ] || fail "a table of nothing"
expect_code 1 tune --output none --exec "$work/no-such" seeds.csv
expect_text cmd.err 'not even the serial crawl works: .*no-such'
expect_code 0 tune --dry-run --procs 1,2 --threads 2 --connections 4 seeds.csv
printf -- '--procs %s --threads %s --connections %s\n' 1 1 1 1 2 4 2 2 4 >want
expect_same cmd.out want
[ ! -e tune-seeds ] || fail "--dry-run left something"

# --- the table ---

{ # the first row is always drawn
    echo 'http://other.test/x/status/404'
    sed 's/^[0-9]*,//' seeds.csv
} >mixed.txt
expect_code 0 tune --procs 1,2 --threads 2 --connections 8 --sample 12 \
    --rest 0.3 --header 'X-Odd: a ; b, "c"' mixed.txt
folder=tune-mixed
cp cmd.out table.txt
web_settle
for f in tune.csv tune.html sample.txt; do
    [ -s $folder/$f ] || fail "no $f"
done
expect_text table.txt '^1 x 1 x 1 +11 +1 ' '^1 x 2 x 8 ' '^2 x 2 x 8 ' \
    '^best: --procs [12] --threads [12] --connections [18]: ' \
    '^(more stops paying at|more may pay still)' 'errors do not rise' \
    'failed: 4xx 1$' 'larger --sample'
[ "$(wc -l <$folder/tune.csv)" -eq 4 ] || fail "not 3 rows: $(cat $folder/tune.csv)"
[ "$(wc -l <$folder/sample.txt)" -eq 12 ] || fail "the sample is not 12"
row=0
for cell in p1-t1-c1 p1-t2-c8 p2-t2-c8; do
    row=$((row + 1))
    for pair in pages:pages finished:finished errors:outcome_HTTP_4XX \
        errors_http_4xx:outcome_HTTP_4XX errors_timeout:outcome_TIMEOUT; do
        got=$(field $folder/tune.csv $row "${pair%:*}")
        told=$(jq ".${pair#*:}" $folder/$cell.json)
        [ "$got" = "$told" ] || fail "$cell: ${pair%:*} is $got, not $told"
    done
    [ "$(field $folder/tune.csv $row errors)" -eq 1 ] || fail "not one 404"
    set -- "$(field $folder/tune.csv $row seconds)" \
        "$(field $folder/tune.csv $row pages)" \
        "$(field $folder/tune.csv $row pages_per_s)" \
        "$(field $folder/tune.csv $row cpu_s)" \
        "$(field $folder/tune.csv $row memory_bytes)" \
        "$(jq .elapsed_ms $folder/$cell.json)"
    # rate = pages / seconds, within the run; CPU and memory were measured
    awk -v s="$1" -v p="$2" -v rate="$3" -v cpu="$4" -v mem="$5" -v run="$6" \
        'BEGIN { exit !(s > 0 && s <= run / 1000 && p > 0 &&
            rate > p / s * 0.99 && rate < p / s * 1.01 &&
            cpu > 0 && cpu < 60 && mem > 1e6 && mem < 4e9) }' ||
        fail "$cell: $*"
done
[ "$(field $folder/tune.csv 1 speed_up)" = 1.000 ] || fail "serial is not 1"
awk -v x="$(field $folder/tune.csv 2 speed_up)" 'BEGIN { exit !(x > 1.5) }' ||
    fail "16 transfers are not faster than one"

# --- who was asked: the sample, once in each run, with a rest between ---

sort -u $folder/sample.txt >sites
while read -r url; do
    rest=${url#http://}
    expect_asked "${rest%%/*}" "/${rest#*/}" 3
done <sites
[ "$(grep -Evc ' /robots.txt | settle.test ' web.log)" -eq $((3 * $(wc -l <sites))) ] ||
    fail "more was asked than the sample"
grep -v ' settle.test ' web.log >pages.log
expect_spacing 300 host pages.log

# --- the page ---

for tag in section table tr th td svg figure details ul li div dl script; do
    open=$(grep -Eo "<${tag}[ >]" $folder/tune.html | wc -l)
    close=$(grep -o "</$tag>" $folder/tune.html | wc -l)
    [ "$open" -eq "$close" ] || fail "<$tag>: $open opened, $close closed"
done
expect_text $folder/tune.html '<title>Tune mixed</title>' 'Content-Security' \
    '>2 x 2 x 8' '8 connections' '<figure class="plot">'
expect_no_text $folder/tune.html '\(null\)' 'nan' 'src=' 'href="http' \
    '[^-]-[0-9.]+h'

# --- cut, and stopped ---

seq -f 'http://s%04g.test/x/slow?ms=500' 8 >slow.txt
expect_code 0 tune --threads 1 --procs 1 --connections 8 --max-time 2 \
    --rest 0 --output cut slow.txt
[ "$(field cut/tune.csv 1 state)" = cut ] || fail "the serial run was not cut"
[ "$(field cut/tune.csv 2 state)" = "done" ] || fail "the other one was"
[ "$(field cut/tune.csv 2 pages)" -eq 8 ] || fail "not all 8"
expect_text cmd.out '^1 x 1 x 1 +[0-9]+ +0 +>' \
    'the serial crawl was cut at .* of 8 sites; all would take it about'

# The first run is over, the second one goes on.
in_second_run() {
    [ -s "stopped/tune.csv" ] && ls -d stopped/.run-*/redis/redis.pid
}
head -n 3 slow.txt >few.txt
spawn "$build/master" tune --allow-private --delay 0.02 --rest 0 \
    --connect-to "::127.0.0.1:$port" --threads 1 --procs 1 --connections 1,2 \
    --output stopped few.txt >stop.out 2>stop.err
wait_for in_second_run >/dev/null
redis=$(cat stopped/.run-*/redis/redis.pid)
code=0
kill -INT "$pid"
wait "$pid" || code=$?
[ $code -eq 130 ] || fail "Ctrl-C: exit code $code"
expect_text stop.err '1 of 2 runs were measured'
expect_text stop.out '^1 x 1 x 1 +3 ' '^best: '
[ "$(wc -l <stopped/tune.csv)" -eq 2 ] || fail "what was measured is not kept"
expect_text stopped/tune.html 'not all settings were measured'
is_gone "$redis" || fail "Redis goes on"
[ -z "$(find . -name '.run-*')" ] || fail "a run's folder is left"
