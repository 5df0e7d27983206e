#!/bin/sh
# SPDX-License-Identifier: MIT
# g_explain - what is said of URLs in every place where one can be.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

site a.test \
    '/robots.txt 200 text/plain "user-agent: *\ndisallow: /x\nallow: /x/ok"' \
    '/ 200 text/html "<a href=/1>1</a><a href=/x/y>x</a><a href=/busy>2</a><a href=/p.pdf>p</a><a href=http://b.test/>b</a><a href=http://r.test/>r</a><a href=/last?q=\\>l</a>"' \
    '/1 200 text/html "1"' '/busy 503 text/plain "later"' \
    '/last 200 text/html "the end"'
site b.test '/robots.txt 503 text/plain ""'
site r.test '/ 302 - header="Location: http://r.test/to" ""' \
    '/to 200 text/html "to"'
web
urls http://a.test/
crawl_args="$crawl_args --procs 1 --threads 1 --level 4 --waitretry 25"
explain() {
    expect_code 0 tell explain "$@"
}
says() {
    explain "$1"
    shift
    expect_text cmd.out "$@"
}
found_busy() {
    [ "$(redis zcard retry:t)" -ge 1 ] && tell explain http://a.test/busy |
        grep -q 'waits for another try, due in'
}

# While it runs. a.test has a delay of 20 s behind its 503.
crawl_start --delay 0.5 --reject-regex '[.]pdf$' --max-retry-after 30 list.txt
wait_for grep -q ' a.test GET /busy ' web.log
wait_for found_busy
says 'HTTP://A.test:80/./busy#part' '^http://a.test/busy$' \
    '^  now +waits for another try, due in [0-9.:]+( s)?$' \
    '^ +depth 1, failed tries: 1$' '^ +found on http://a.test/$' \
    '^  scope +in$' '^  robots.txt  allowed: no line is about it$' \
    '^  site +a.test, [0-9]+ waiting$' '^ +failures in a row: 1$' \
    '^  log +20[^ ]*Z BUSY 503, to be tried again$' \
    '^ +in t-[^ ]*[.]warc[.]gz(.open)? at [0-9]+$'
says a.test '^  now +finished: fetched$' '^  log +20[^ ]*Z OK 200$'
says http://a.test/p.pdf '^  now +not in the crawl: ' \
    '^  scope +out: it matches --reject-regex \[.\]pdf\$$' '^  log +no line in '
says http://c.test/ '^  scope +in, if it is found within --level 4$' \
    '^  robots.txt +not fetched yet'
wait_for sh -c "redis-cli -s '$out/redis/sock' get robots:t:http://b.test |
    grep -q error"
says http://b.test/ '^  robots.txt  nothing is asked until it is had: 5xx'

# One site is asked after another: the last of a.test waits behind its delay.
says 'http://a.test/last?q=\' '^  now +waits for its site, ' \
    '^ +may be asked (again in|now)' '^ +at least [0-9.]+ s from request'

# Somebody who pushes what is none, and a worker's name with an escape in it:
# shown, harmless. It is reaped in the end and its line goes back.
want=143
expect_code 0 tell pause
printf 'http://pushed.test/%s' x | redis -x lpush queue:t >/dev/null
says http://pushed.test/x '^  now +waits in the front queue of 1, behind 0$' \
    'as a bare URL, which somebody pushed$' '^  crawl +paused$'
now=$(date +%s)000
printf 'evil\033[31m-1-2-0' >name
redis -x zadd workers:t "$now" <name >/dev/null
printf '0 d.test http://d.test/' >line
redis hset "flight:t:$(cat name)" "$(cat line)" 0 >/dev/null
redis hset "hold:t:$(cat name)" d.test 1 >/dev/null
redis hset held:t d.test 1 >/dev/null
says http://d.test/ '^  now +in the hands of worker evil\\x1b\[31m-1-2-0$' \
    '^  site +d.test, 0 waiting$' '^ +in the hands of worker evil'
redis del "flight:t:$(cat name)" "hold:t:$(cat name)" >/dev/null
redis hdel held:t d.test >/dev/null
redis -x zrem workers:t <name >/dev/null
redis hset suspects:t http://k.test/ 3 >/dev/null
redis rpush quarantine:t '2 k.test http://k.test/ http://a.test/' >/dev/null
says http://k.test/ '^  now +set aside until the end: its page killed' \
    '^ +workers that died over it: 3$'
redis del suspects:t quarantine:t >/dev/null

# Dropped, then stopped: the Redis is started for the question and ended.
expect_code 0 tell drop a.test
says 'http://a.test/last?q=\' '^ +dropped by order: '
redis hset orders:t '*' 'delay 90000' >/dev/null
says 'http://a.test/last?q=\' '^ +so the order for all sites \(delay 90000\) '
expect_code 0 tell undrop a.test
says 'http://a.test/last?q=\' '^ +at least 1:30 from request .* \(by order\)$' \
    '^ +slowed by order for all sites: 1:30 from request to request$'
redis hdel orders:t '*' >/dev/null
expect_code 0 tell stop
crawl_wait
says http://a.test/busy '^  now +waits for another try' \
    '^  crawl +does not run: no worker is there$'
[ ! -e "$out/redis/socket" ] || fail "the Redis of explain still runs"
mv "$out/log" away
mkdir "$out/log"
says http://a.test/1 '^  log +not here: none in ' \
    '^  now +finished, by the log of another machine$'
rmdir "$out/log"
mv away "$out/log"

# At the end: the lines of the log, newest last, and the rule that decided.
want=0
crawl --waitretry 0 --tries 2 --delay 0 list.txt
outcomes http://a.test/busy >got.txt
expect_text got.txt '^BUSY .*BUSY$'
says http://a.test/busy '^  now +finished: asked to wait \(429, 503\)$'
[ "$(sed -n '/^  log/,$p' cmd.out | grep -c ' BUSY 503')" -eq \
    "$(wc -w <got.txt)" ] || fail "not every line of the log is there"
[ "$(grep ' BUSY 503' cmd.out | grep -c 'to be tried again')" -lt \
    "$(wc -w <got.txt)" ] || fail "no line is final"
says http://a.test/x/y '^  now +finished: disallowed by robots.txt$' \
    '^  robots.txt  disallowed by "Disallow: /x"$'
says http://a.test/x/ok '^  robots.txt  allowed by "Allow: /x/ok"$'
says http://r.test/ '^  now +finished: redirect$' '^ +redirects to http://r.test/to$'
says http://r.test/to '^ +found on http://r.test/$'
says 'http://a.test/last?q=\' '^  now +finished: fetched$'

# Too deep, by the depth that the log tells; usage.
expect_code 1 tell explain ftp://a.test/
expect_text cmd.err 'ftp://a.test/: an ftp URL, needs --ftp$'
expect_code 2 tell explain
