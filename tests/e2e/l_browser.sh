#!/bin/sh
# SPDX-License-Identifier: MIT
# l_browser - the dashboard in a browser: it loads without an error and from
# nowhere else, its numbers move and are those of /metrics, its buttons steer
# the crawl with the token only, what others named is text, it fits, light and
# dark, and goes on by itself with a new master; the report of "master report"
# too.
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/lib_http.sh"
. "$root/tests/e2e/browser.sh"
need redis-server
browser_start

calm() { # WHAT [STATUS]: no complaint, but of an answer's status
    browser_console | grep -v " status of ${2:-x} (" >console.txt || :
    [ ! -s console.txt ] || fail "$1: the console: $(cat console.txt)"
}
quiet() { # WHAT URL: nothing from elsewhere, either
    calm "$1"
    browser_requests | grep -v "^$2" >elsewhere.txt || :
    [ ! -s elsewhere.txt ] || fail "$1 asks $(head -n 3 elsewhere.txt)"
}
fits() { # WHAT, at WIDTHs, light and dark
    what=$1
    shift
    for width in "$@"; do
        browser_size "$width" 844
        wait_for browser_fits
    done
    for look in light dark; do
        browser_look $look
        browser_js 'return getComputedStyle(document.body).backgroundColor' \
            >"$what.$look"
    done
    ! cmp -s "$what.light" "$what.dark" || fail "$what is never dark"
}
tile() { # LABEL: its number
    browser_js "return [...document.querySelectorAll('.tile')]
        .find((t) => t.children[0].textContent === '$1')
        .children[1].textContent.replace(/,/g, '')"
}
rows() { # TABLE: the numbers in its last column
    browser_js "return [...document.querySelectorAll('#$1 tr')].map((r) =>
        r.cells[r.cells.length - 1].textContent.replace(/,/g, '')).join(' ')"
}
is_state() {
    browser_is "document.getElementById('state').textContent === '$1'"
}
more_pages() {
    [ "$(tile Pages)" -gt "$1" ]
}
shows() { # CSS TEXT
    browser_is "[...document.querySelectorAll('$1')].some((e) =>
        e.textContent.includes($(browser_text_of "$2")))"
}

web --hosts 20 --pages 1000 # it does not end meanwhile
crawl_start --http 127.0.0.1:0 --http-token $token \
    --procs 2 --threads 2 --delay 0.2
wait_for http_up

# Without the token: all is seen, nothing can be done.
browser_open "$url/"
wait_for is_state running
wait_for more_pages 0
browser_is '["pause", "resume", "stop", "add", "drop", "slow"].every((id) =>
    document.getElementById(id).offsetParent === null)' ||
    fail 'there is a control without the token'
browser_js 'return fetch("api/v1/pause", {method: "POST"}).then((r) => r.status)' \
    >status
[ "$(cat status)" = 401 ] || fail "pause without a token: $(cat status)"
calm 'without a token' 401
browser_type '#token' 0123456789abcdef-wrong
browser_click '#login button'
wait_for browser_is '!document.getElementById("orders").hidden'
browser_click '#pause'
wait_for shows '#note' 'The token is not right'
[ "$(redis hget crawl:t state)" = running ] || fail 'a wrong token pauses'
calm 'with a wrong token' 401

# A page of elsewhere reaches nothing, token or not.
browser_open 'data:text/html,<title>evil</title>'
browser_js "return fetch('$url/api/v1/pause', {method: 'POST', mode: 'no-cors',
    body: 'token=$token'}).catch(() => 0)" >/dev/null
browser_js "return fetch('$url/api/v1/view').then((r) => r.status, () => 'no')" \
    >status
[ "$(cat status)" = no ] || fail 'a foreign page reads'
[ "$(redis hget crawl:t state)" = running ] || fail 'a foreign page pauses'
browser_console >/dev/null
browser_requests >/dev/null

# With it, by the address that the master prints, which is kept out of sight.
browser_open "$url/#token=$token"
wait_for is_state running
browser_is 'location.hash === ""' || fail 'the token stays in the address'
first=$(tile Pages)
wait_for more_pages "$first"
browser_click '#pause'
wait_for is_state paused
settle

# It stands still now: the page's numbers are those of /metrics, and Redis's.
wait_for browser_is "last.elapsed_ms > $settled_ms"
ask 200 /metrics
metric pages_fetched_total "$(tile Pages)"
metric urls_finished_total "$(tile 'URLs finished')"
[ "$(rows answers)" = "$(awk '/^weft_pages_total/ { printf "%s%s", b, $2
    b = " " }' answer)" ] || fail "answers: $(rows answers)"
rows latency >latency
metric fetch_seconds_count "$(awk '{ for (i = 1; i <= NF; i++) n += $i }
    END { print n }' latency)"
[ "$(redis hget stats:t pages)" = "$(tile Pages)" ] || fail 'Redis has others'
paused=$(tile Pages)

# What others named is text: sites, machines, URLs.
evil='<img src=x onerror="document.title=1"><script>document.title=2</script>'
redis hset orders:t "$evil.test" 'delay 2500' >/dev/null
redis zadd workers:t "$(($(redis_ms) + 60000))" "$evil-1-2-3" >/dev/null
wait_for shows '#ordered' "$evil.test"
wait_for shows '#hosts' "$evil"
browser_type '#url' "http://s0001.test/$evil"
browser_click '#add'
wait_for shows '#note' "not added: http://s0001.test/$evil"
calm 'with what others named' 409
browser_click '#ordered button.site'
browser_is 'document.getElementById("site").value.startsWith("<img")' ||
    fail 'a click on a site does not choose it'
browser_is '!document.querySelector("main img, main script") &&
    /^paused: t$/.test(document.title)' || fail 'a name became a tag'
fits page 768 390
redis zrem workers:t "$evil-1-2-3" >/dev/null
redis hdel orders:t "$evil.test" >/dev/null

# A site is slowed.
browser_type '#site' s0001.test
browser_type '#delay' 2.5
browser_click '#slow'
wait_for shows '#ordered' 'slowed to one in 2.5 s'
[ "$(redis hget orders:t s0001.test)" = 'delay 2500' ] || fail 'not slowed'

# The whole crawl: how far, and how slow.
browser_type '#max-pages' 90000
browser_type '#new-delay' 0.3
browser_type '#connections' 7
browser_click '#limits button'
wait_for shows '#limits-now' 'At most 90,000 pages'
wait_for shows '#limits-now' 'delay 0.3 s, 7 connections in a thread'
browser_type '#all-delay' 1.5
browser_click '#all-form button'
wait_for shows '#ordered' 'slowed to one in 1.5 s'
[ "$(redis hget orders:t '*') $(redis hget crawl:t max_pages)" = \
    'delay 1500 90000' ] || fail 'not slowed, or not limited'

# It goes on, by hand, and ends.
browser_click '#resume'
wait_for is_state running
wait_for more_pages "$paused"
quiet 'the dashboard' "$url/"

# Its master ends and is started again: the same page goes on, with its token.
browser_js 'window.is_same_page = true' >/dev/null
paused=$(tile Pages)
want=143
kill -TERM "$master_pid"
crawl_wait
wait_for is_state ended
cp crawl.err first.err
crawl_start --http "${url#http://}" --http-token $token \
    --procs 2 --threads 2 --delay 0.2
wait_for is_state running
wait_for more_pages "$paused"
browser_is 'window.is_same_page' || fail 'the page was loaded anew'
browser_console | grep -v ' net::ERR_\| 503 ' >console.txt || :
[ ! -s console.txt ] || fail "a new master: $(cat console.txt)"
browser_click '#stop'
browser_accept
crawl_wait
wait_for is_state ended
cat first.err >>crawl.err
expect_text crawl.err 'pause, by the dashboard' 'resume, by the dashboard' \
    'stop, by the dashboard'

# The report of that crawl: a file, which asks for nothing.
"$build/master" report "$out" -o report.html >report.out 2>&1 ||
    fail "report: $(cat report.out)"
browser_open about:blank # the dashboard asks again and again
browser_console >/dev/null
browser_requests >/dev/null
browser_open "file://$work/report.html"
[ "$(browser_text h1 | grep -c 'Crawl t')" = 1 ] || fail 'no report there'
fits report 390
quiet 'the report' "file://$work/report.html\$"
