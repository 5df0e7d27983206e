#!/bin/sh
# SPDX-License-Identifier: MIT
# l_dry_run - --dry-run says what the crawl then does, and does nothing itself.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli
redis_start
web --hosts 3 --pages 2
head -n 3 seeds.csv >rows.csv
host=$(sed -n 's/^[0-9]*,\([a-z0-9.-]*\).*/\1/p' seeds.csv | head -n 1)
[ -n "$host" ] || fail "what is in seeds.csv? $(head -n 2 seeds.csv)"
{
    cat seeds.csv
    printf '7,http://%s/\n8,two words\n9,ftp://x.test/\n' "$host"
    printf '10,e\033vil.test\n11,http://u:hunter2@%s/\n' "$host"
} >rows.csv
rows=$(grep -c '^[0-9]*,' rows.csv)
settings='--level 0 --delay 0.02 --max-pages 50 --reject-regex //'

dry_run() {
    # shellcheck disable=SC2086
    expect_code "$1" "$build/master" --dry-run --redis "$redis_url" --name t \
        --output "$out" $settings $dry_args rows.csv
}

# --- what it says ---
dry_args=
dry_run 0
cp cmd.out accepted
[ "$(wc -l <accepted)" -eq 3 ] || fail "accepted: $(cat accepted)"
expect_text cmd.err "^rows.csv:$((rows - 4)): duplicate: http://$host/\$" \
    "^rows.csv:$((rows - 3)): refused, a blank or control byte" \
    "^rows.csv:$((rows - 2)): refused, an ftp URL, needs --ftp" \
    'refused, .*e.x1bvil' \
    "^  rows +$rows: 3 to crawl, 1 duplicate, 4 refused" \
    '^  sites +[123]; the busiest is ' '^  scope +no links; robots.txt is asked' \
    '^ +3 of the URLs would not be followed as links' \
    '^  limits +50 pages' '^  set +level = 0' '^  output '
expect_no_text cmd.err hunter2 "$(printf '\033')"

# --- that nothing is done ---
[ "$(redis dbsize)" -eq 0 ] || fail "Redis was written: $(redis keys '*')"
[ ! -s web.log ] || fail "the web was asked: $(head -n 1 web.log)"
[ ! -e "$out" ] || fail "it made $out"

# --- in JSON the same ---
if command -v jq >/dev/null; then
    dry_args=--json
    dry_run 0
    [ ! -s cmd.err ] || fail "words beside JSON: $(cat cmd.err)"
    jq -r 'select(.row == "accepted").url' cmd.out >json.txt
    expect_same accepted json.txt
    jq -e -s 'last | .accepted == 3 and .duplicate == 1 and .refused == 4 and
        .outside_scope == 3 and .settings.level == "0"' cmd.out >/dev/null ||
        fail "totals: $(tail -n 1 cmd.out)"
    jq -e -s 'map(select(.row == "refused")) | length == 4 and
        all(.[]; .reason != "" and .line > 0)' cmd.out >/dev/null ||
        fail "refused: $(cat cmd.out)"
    expect_no_text cmd.out hunter2
fi

# --- the crawl does what was said ---
# shellcheck disable=SC2086
crawl --procs 1 $settings rows.csv
awk '$4 != "/robots.txt" { print "http://" $2 $4 }' web.log | sort >asked
sort accepted >wanted
expect_same wanted asked
expect_stat seeds_bad 4
dry_args=
dry_run 0
expect_text cmd.err '^  output .* is there: an unfinished crawl would go on'

# --- exit codes: as a crawl's ---
expect_code 1 "$build/master" --dry-run rows.csv none.csv
expect_text cmd.err 'none.csv: No such file'
printf 'no\n' >bad.txt
expect_code 1 "$build/master" --dry-run bad.txt
expect_text cmd.err 'no good row'
printf '1,a.test\n' | gzip | head -c 20 >cut.csv.gz
expect_code 1 "$build/master" --dry-run rows.csv cut.csv.gz
