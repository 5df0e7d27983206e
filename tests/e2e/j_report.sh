#!/bin/sh
# SPDX-License-Identifier: MIT
# j_report - master report: the figures are those of the log, counted by jq;
# several folders are one crawl; what is torn or foreign is told; and a browser
# shows it without an error, a message or a request, at any width, with what
# the web says as text.
. "$(dirname "$0")/lib.sh"
need redis-server jq

report() {
    "$build/master" report "$@"
}

# --- a crawl with something of everything ---

evil='<script>document.title="owned"</script><img src=x onerror=alert(1)>'
evil="$evil\" onmouseover=\"alert(2)"
site plain.test '/ 200 text/html "<a href=/no/1>x</a><a href=/no/2>x</a>"' \
    '/robots.txt 200 text/plain "user-agent: *\ndisallow: /no<script>\ndisallow: /no\n"'
site moved.test '/ 301 text/html header="Location: http://www.moved.test/" ""'
site www.moved.test '/ 200 text/html "there"' \
    '/a 302 text/html header="Location: /b" ""' '/b 200 text/plain "b"'
site typed.test '/ 200 none header="Content-Type: text/<script>alert(3)</script>" "x"'
web --hosts 12 --pages 6 --cross 1 --robots mixed=0.2
urls http://plain.test/ http://moved.test/ http://www.moved.test/a \
    http://typed.test/ http://s0001.test/x/status/404 \
    http://typed.test/x/status/500 http://typed.test/x/reset \
    http://s0003.test/x/endless http://s0004.test/x/charset/utf-16 \
    http://s0005.test/x/image http://s0006.test/x/gzip
crawl --procs 2 --threads 2 --delay 0 --tries 2 --waitretry 0.2 \
    --max-filesize 100k --max-failures 0 seeds.csv list.txt

# --- its figures, and the log's ---

report "$out" --json >report.json || fail "report --json: $?"
cat "$out"/log/*.jsonl >log.jsonl
json() { # what the report says
    jq -r "$1" report.json
}
same() { # WHAT REPORT-EXPRESSION LOG-EXPRESSION (of the array of lines)
    got=$(jq -cS "$2" report.json)
    wanted=$(jq -csS "$3" log.jsonl)
    [ "$got" = "$wanted" ] || fail "$1: the report has $got, the log $wanted"
}
same lines .log.lines length
same urls .totals.urls 'map(select(.retry | not)) | length'
same 'urls, each once' .totals.urls_distinct 'map(.url) | unique | length'
same pages .totals.pages 'map(select(.outcome == "OK")) | length'
same fetches .totals.fetches 'map(select(.ms)) | length'
same retries .totals.retries 'map(select(.retry)) | length'
same sites .totals.sites 'map(.site) | unique | length'
same hosts .totals.hosts 'map(.url | split("/")[2]) | unique | length'
same bytes .totals.bytes_bodies 'map(.bytes // 0) | add'
same links .totals.links 'map(.links // 0) | add'
same records .totals.records 'map(select(.warc)) | length'
same outcomes '.outcomes | map_values(.urls) | with_entries(select(.value > 0))' \
    'map(select(.retry | not)) | group_by(.outcome) |
        map({key: .[0].outcome, value: length}) | from_entries'
same 'tried again' \
    '.outcomes | map_values(.retries) | with_entries(select(.value > 0))' \
    'map(select(.retry)) | group_by(.outcome) |
        map({key: .[0].outcome, value: length}) | from_entries'
same statuses .statuses 'map(select(.status)) | group_by(.status) |
    map({key: (.[0].status | tostring), value: length}) | from_entries'
same depths .depths 'map(select(.retry | not).depth) |
    [range(0; max + 1) as $d | map(select(. == $d)) | length]'
same times '.times_ms | [.count, .sum, .least, .most]' \
    'map(select(.status).ms) | [length, add, min, max]'
same 'small pages' '.sizes.histogram | map(select(.from < 1000).count) | add' \
    'map(select(.outcome == "OK" and .bytes < 1000)) | length'
same 'the plot, in sum' '[.rate.bins[][0:4] | add] | add' length
same 'bytes in the plot' '[.rate.bins[][4]] | add' 'map(.bytes // 0) | add'
same types '.types | map({key: .type, value: .pages}) | from_entries' \
    'map(select(.outcome == "OK") | .type // "(none)" | split(";")[0] |
        ascii_downcase) | group_by(.) | map({key: .[0], value: length}) |
        from_entries'
same 'refused by robots.txt' '[.robots.sites, (.robots.top | map(.urls) | add)]' \
    'map(select(.outcome == "ROBOTS").site) | [(unique | length), length]'
same 'the busiest site' '.sites.busiest[0] | [.site, .fetches, .bytes]' \
    'group_by(.site) | map({site: .[0].site, n: map(select(.ms)) | length,
        b: map(.bytes // 0) | add}) | sort_by([-.n, .site])[0] |
        [.site, .n, .b]'
same 'the first' .first 'map(.sent_ms // ((.time[0:19] + "Z" | fromdate) * 1000
    + (.time[20:23] | tonumber))) | min / 1000 | floor | todate'
[ "$(json .result)" = finished ] || fail "the result is $(json .result)"
[ "$(json .totals.bytes_received)" -eq "$(stat_of bytes_received)" ] ||
    fail 'bytes_received is not that of stats.json'
[ "$(json .totals.warc_files)" -eq "$(find "$out/warc" -name '*.gz' | wc -l)" ] ||
    fail 'WARC files were counted wrong'
[ "$(json '.redirects.top[] | select(.from_to ==
    "http://moved.test -> http://www.moved.test").count')" -eq 1 ] ||
    fail 'the redirect is not there'
[ "$(json '.redirects.kinds | [.to_www, .to_path] | join(" ")')" = "1 1" ] ||
    fail "kinds of redirects: $(json .redirects.kinds)"

# --- elsewhere, of several machines, without Redis ---

mkdir -p one/log two
set -- "$out"/log/*.jsonl
[ $# -eq 2 ] || fail "there are not two logs, but: $*"
cp "$1" one/log/
cp "$2" two/ # the files themselves, without a log/
cp "$1" two/ # once more: counted once
report one two --json >parts.json || fail "report one two: $?"
for part in '.outcomes | map_values([.urls, .retries])' .statuses .depths .times_ms.sum .types .totals.urls; do
    [ "$(jq -cS "$part" parts.json)" = "$(jq -cS "$part" report.json)" ] ||
        fail "$part of two folders is not that of one"
done
[ "$(jq .totals.bytes_received parts.json)" = null ] ||
    fail 'bytes_received without a stats.json'

# master index takes such folders too: one index of all, each file once.
"$build/master" index "$out" >index.txt || fail "index: $(cat index.txt)"
mkdir -p one/warc
set -- "$1" "$2" "$out"/warc/*.warc.gz
mv "$3" one/warc/
mv "$4" two/
"$build/master" index one two ./two --output all >index.txt ||
    fail "index of two folders: $(cat index.txt)"
expect_text index.txt '^all/index.cdxj: 2 WARC files, 2 indexed now'
expect_same "$out/index.cdxj" all/index.cdxj
mv one/warc/*.gz two/*.gz "$out/warc/"

# What is torn or foreign is counted, and no more.
printf '{"time":"2026-11-21T16:19:2' >>one/log/"${1##*/}"
printf 'no line of ours\n{"url":7}\n\n' >>two/"${2##*/}"
report one two --json >torn.json || fail "torn lines: $?"
[ "$(jq -c '[.log.bad_lines, .log.torn_files]' torn.json)" = '[3,1]' ] ||
    fail "torn: $(jq -c .log torn.json)"
[ "$(jq .totals.urls torn.json)" -eq "$(json .totals.urls)" ] ||
    fail 'torn lines were counted'

# Mistakes: one clear line.
refused() { # CODE REGEX ARG ...
    code=$1 regex=$2
    shift 2
    expect_code "$code" report "$@"
    expect_text cmd.err "$regex"
    [ "$(wc -l <cmd.err)" -eq 1 ] || fail "not one line: $(cat cmd.err)"
    [ ! -s cmd.out ] || fail "not silent: $*"
}
refused 2 'nowhere: No such file' nowhere
refused 2 'redis: not a crawl.s folder' "$out/redis"
refused 2 'not a crawl.s folder' report.json
mkdir -p empty/log
refused 1 'empty: no log of a crawl here' empty
refused 1 'no log of crawl nobody here' one --name nobody
refused 3 '/dev/full: No space left' one -o /dev/full
refused 3 'nowhere/x: No such file' one -o nowhere/x
[ ! -e one/report.html ] || fail 'a report where it was not to be'
sed 's/"worker":"/&x/' "$1" >"one/log/other-x${1##*/t-}"
refused 2 'logs of several, as (other|t) and (other|t)' one
report one --name other --json >other.json || fail "report --name other: $?"
[ "$(jq -r .name other.json)" = other ] || fail 'another crawl than --name'
rm one/log/other*

# Begun anew in the same folder: the earlier crawl's log is another one.
urls http://www.moved.test/a
crawl --restart --procs 1 --threads 1 --delay 0 list.txt
report "$out" --json >anew.json || fail "report after --restart: $?"
[ "$(jq -c '[.totals.urls, .log.earlier_files]' anew.json)" = '[2,2]' ] ||
    fail "after --restart: $(jq -c '[.totals.urls, .log]' anew.json)"

# --- hostile bytes, and a browser ---

# Bytes that no URL of ours could have, but a file can: in every place.
rlo=$(printf '\342\200\256')
jq -c -n --arg evil "$evil" --arg rlo "$rlo" '
    {time: "2026-11-21T16:19:20.000Z", url: ("http://evil/" + $evil + $rlo),
     outcome: "TLS", ms: 70, status: 599, bytes: 1000000, type: $evil,
     error: ("said " + $rlo + $evil), depth: 1,
     redirect: ("http://\u0027" + $evil + "/"), site: ($rlo + $evil),
     worker: ($evil + $rlo + "-1-2-3")},
    {time: "2026-11-21T16:19:21.000Z", url: ("http://evil/" + $evil),
     outcome: "ROBOTS", depth: 99, robots_rule: ($rlo + $evil), site: $evil,
     worker: "h-1-2-3"},
    {time: "2026-11-21T16:19:22.000Z", url: "http://evil/", outcome: $evil,
     depth: 1, site: "\u0000\u0001\u007f\u0085", worker: "h-1-2-3"},
    {time: "1970-01-01T00:00:00.000Z", url: "http://evil/2", outcome: "OK",
     type: ("text/html; charset=" + $evil), ms: 1, bytes: 7, depth: 1,
     site: ("long" * 500), worker: "h-1-2-3"}' >evil.jsonl
printf '{"time":"2026-11-21T16:19:23.000Z","url":"\377\376","outcome":"OK","site":"a\377","worker":"h-1-2-3"}\n' \
    >>evil.jsonl
cp evil.jsonl "one/log/t-h-1-2.jsonl"
report one two -o report.html || fail "report: $?"
report one two --json >report.json || fail "hostile lines: $?"
jq -e '.outcomes.OTHER.urls == 1 and .log.untimed_lines == 1' report.json \
    >/dev/null || fail "hostile lines were taken otherwise"
! grep -q "$rlo" report.html report.json || fail 'an RTL override as it came'
! grep -iE '<(script|img|iframe|link|a|svg|style|meta)[^>]*(src|href) *= *.?(https?:|//)' \
    report.html || fail 'the page refers to something elsewhere'
! grep -qE 'url\(|@import|<script>document|<img' report.html ||
    fail 'the page loads something, or has a tag of the web'

browser=
for program in chromium chromium-browser google-chrome; do
    ! command -v $program >/dev/null 2>&1 || browser=${browser:-$program}
done
[ -n "$browser" ] || skip "no chromium here: nobody looked at the page"

# A page around it: it measures the report at several widths, presses all its
# buttons, and prints what it found; what the report itself says on the
# console, requests or throws is told too.
cat >around.html <<'EOF'
<!DOCTYPE html><meta charset="utf-8"><title>around</title>
<link rel="icon" href="data:,">
<body style="margin:0"><iframe id="f" width="1280" height="900"></iframe>
<pre id="out"></pre><script>
const f = document.getElementById('f'), out = document.getElementById('out');
const say = (...a) => { out.textContent += '=' + a.join(' ') + '\n'; };
let errors = 0;
f.onload = () => {
  const w = f.contentWindow, d = w.document;
  if (!d.querySelector('h1')) return;
  w.addEventListener('error', () => errors++);
  for (const px of [320, 360, 390, 768, 1280]) {
    f.width = px;
    const e = d.documentElement;
    let over = 0;
    for (const x of d.body.querySelectorAll('*')) {
      if (x.closest('.scroll, svg, .unseen, .chart')) continue;
      if (x.getBoundingClientRect().right > w.innerWidth + 0.5) over++;
    }
    say('width', px, w.innerWidth === px, e.scrollWidth <= w.innerWidth, over);
  }
  for (const x of d.querySelectorAll('data')) say('data', x.id, x.value);
  for (const x of d.querySelectorAll('tr[id]'))
    say('row', x.id, x.querySelector('td').dataset.v);
  let wrong = 0, buttons = 0;
  for (const t of d.querySelectorAll('table.sorts')) {
    const heads = t.tHead.rows[0].cells;
    for (let i = 0; i < heads.length; i++) {
      const b = heads[i].querySelector('button');
      if (!b) continue;
      buttons++;
      b.click(); b.click();
      const up = heads[i].ariaSort === 'ascending';
      const v = [...t.tBodies[0].rows].map(r => r.cells[i].dataset.v);
      for (let j = 1; j < v.length; j++)
        if (v[j] !== undefined && (up ? v[j - 1] - v[j] : v[j] - v[j - 1]) > 0)
          wrong++;
    }
  }
  say('buttons', buttons > 20, 'wrong', wrong);
  say('evil', d.body.textContent.split('<script>document.title="owned"').length);
  say('tags', d.querySelectorAll('script').length,
      d.querySelectorAll('img, [onmouseover], [onerror]').length);
  say('rtl', /[\u202a-\u202e\u2066-\u2069]/.test(d.documentElement.outerHTML));
  say('title', d.title);
  say('requests', w.performance.getEntriesByType('resource').length);
  say('errors', errors);
  console.log('seen by the test');
};
f.src = 'report.html';
</script>
EOF
mkdir home
HOME=$work/home timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
    --disable-dev-shm-usage --no-first-run --disable-extensions \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$work/home/profile" --allow-file-access-from-files \
    --enable-logging=stderr --window-size=1400,1000 \
    --virtual-time-budget=5000 --dump-dom "file://$work/around.html" \
    >dom.txt 2>browser.err || {
    tail -n 20 browser.err
    fail "$browser ended with $?"
}
sed -n 's/.*\(=[a-z]* .*\)/\1/p' dom.txt >seen.txt
grep CONSOLE browser.err >console.txt || :
[ "$(wc -l <console.txt)" -eq 1 ] && grep -q 'seen by the test' console.txt ||
    fail "the console: $(cat console.txt)"
for px in 320 360 390 768 1280; do
    expect_text seen.txt "^=width $px true true 0\$"
done
expect_text seen.txt '^=buttons true wrong 0$' '^=tags 1 0$' '^=rtl false$' \
    '^=title Crawl t$' '^=requests 0$' '^=errors 0$'
expect_no_text seen.txt '^=evil [0-7]$'

shown() { # KIND ID EXPRESSION
    got=$(sed -n "s/^=$1 $2 //p" seen.txt)
    wanted=$(json "$3")
    [ "$got" = "$wanted" ] || fail "the page has $got for $2, not $wanted"
}
shown data t-pages .totals.pages
shown data t-urls .totals.urls
shown data t-sites .totals.sites
shown data t-failed .kinds.failed
shown data t-bytes .totals.bytes_bodies
shown data t-span-ms .span_ms
shown data t-median-ms .times_ms.p50
for name in $(json '.outcomes | keys[]'); do
    shown row "o-$name" ".outcomes.$name.urls"
done
for status in $(json '.statuses | keys[]'); do
    shown row "s-$status" ".statuses[\"$status\"]"
done
