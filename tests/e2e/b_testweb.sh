#!/bin/sh
# SPDX-License-Identifier: MIT
# b_testweb - the test web itself: what the other end-to-end tests rely on.
set -eu
testweb=${WEFT_BUILD:-build/release}/testweb
tmp=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$tmp"' EXIT
export LC_ALL=C no_proxy='' NO_PROXY=''

die() {
    echo "FAILED: $*"
    exit 1
}

# expect WHAT WANT GOT
expect() {
    [ "$2" = "$3" ] || die "$1: want '$2', got '$3'"
}

# Start with these arguments; waits for the port file, at most 10 s.
start() {
    rm -f "$tmp/port"
    "$testweb" --port-file "$tmp/port" --log "$tmp/log" "$@" >"$tmp/out" &
    pid=$!
    tries=0
    until [ -s "$tmp/port" ]; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] && kill -0 "$pid" || die "it did not start"
        sleep 0.05
    done
    port=$(head -n 1 "$tmp/port")
    grep -qx "listening 127.0.0.1:$port" "$tmp/out" || die "no announcement"
}

stop() {
    kill "$pid"
    wait "$pid" || die "it ended with $?"
    pid=
}

# get URL [CURL-OPTION ...]: the body; the hosts are behind the proxy form.
get() {
    url=$1
    shift
    curl -sS -m 10 -x "http://127.0.0.1:$port" "$@" "$url"
}

# code URL ...: the status, 000 for none.
code() {
    get "$@" -o /dev/null -w '%{http_code}' 2>/dev/null || true
}

# curl_code URL ...: curl's own exit code.
curl_code() {
    c=0
    get "$@" -o /dev/null 2>/dev/null || c=$?
    echo $c
}

# raw BYTES: send them on one connection, print what comes within a second.
raw() {
    perl -MIO::Socket::INET -e '
        $s = IO::Socket::INET->new("127.0.0.1:" . shift) or die "connect";
        $s->autoflush; $b = shift; $b =~ s/\\r/\r/g; $b =~ s/\\n/\n/g;
        for (split /\|/, $b) { print $s $_; select undef, undef, undef, 0.05 }
        $SIG{ALRM} = sub { exit }; alarm 1;
        $| = 1; while (sysread $s, $x, 65536) { print $x }' "$port" "$1"
}

# dns NAME TYPE: "RCODE ANSWERS ADDRESS", or "none" after half a second.
dns() {
    perl -MSocket -MIO::Socket::INET -e '
        ($p, $name, $type) = @ARGV;
        $s = IO::Socket::INET->new(Proto => "udp",
            PeerAddr => "127.0.0.1", PeerPort => $p) or die;
        $q = pack("n6", 7, 0x100, 1, 0, 0, 0) . join("", map {
            pack "C/a", $_ } split /\./, $name) . pack("Cnn", 0, $type, 1);
        send $s, $q, 0; vec($r, fileno $s, 1) = 1;
        select($r, undef, undef, 0.5) or do { print "none"; exit };
        recv $s, $a, 512, 0;
        ($id, $f, $qd, $an) = unpack "n4", $a;
        $id == 7 && $qd == 1 && $f & 0x8000 or die "bad answer";
        print $f & 15, " $an ", $an ? inet_ntoa(substr $a, -4) : "-"' \
        "$(sed -n 's/^dns 127.0.0.1://p' "$tmp/out")" "$1" "$2"
}

# --- every page is reached, and --expect is what is reached ----------------
start --hosts 6 --pages 23 --links 4 --cross 2 --robots mixed --seed 7 \
    --list "$tmp/list" --expect "$tmp/expect"
expect list '1,s0001.test 2,s0002.test 3,s0003.test 4,s0004.test 5,s0005.test 6,s0006.test' \
    "$(tr '\n' ' ' <"$tmp/list" | sed 's/ $//')"
sort -c "$tmp/expect"

# Breadth first, with curl as the fetcher and awk as the parser.
sed 's|.*,\(.*\)|http://\1/|' "$tmp/list" | sort >"$tmp/new"
cp "$tmp/new" "$tmp/seen"
while [ -s "$tmp/new" ]; do
    sed 's|.*|url = "&"|' "$tmp/new" >"$tmp/urls"
    curl -sSf -m 60 -x "http://127.0.0.1:$port" -K "$tmp/urls" \
        -w '\n@ %{url_effective}\n' |
        awk '/^@ / { split($2, part, "/")
                     for (i = 0; i < n; i++) {
                         url = link[i]
                         sub(/#.*/, "", url); sub(/^\.\//, "/", url)
                         sub(/^\/away\/\.\./, "", url)
                         if (url !~ /^http/) url = "http://" part[3] url
                         print url
                     }
                     n = 0; next }
             match($0, /href="[^"]*"/) {
                     link[n++] = substr($0, RSTART + 6, RLENGTH - 7) }' |
        sort -u >"$tmp/found"
    comm -13 "$tmp/seen" "$tmp/found" >"$tmp/new"
    sort -u "$tmp/seen" "$tmp/new" -o "$tmp/seen"
done
expect 'pages linked' $((6 * 24 + 6 * 4)) "$(wc -l <"$tmp/seen" | tr -d ' ')"
# What robots.txt refuses comes off, host by host.
while IFS=, read -r _ host; do
    rules=$(get "http://$host/robots.txt" | tr '\n' ' ')
    case $rules in
    *'Disallow: /private/ Allow: /private/x0 '*)
        echo "^http://$host/private/x[123]" ;;
    *'Disallow: /private/'*) echo "^http://$host/private/" ;;
    esac
done <"$tmp/list" >"$tmp/refused"
[ -s "$tmp/refused" ] || die 'mixed robots refuse nothing'
grep -v -f "$tmp/refused" "$tmp/seen" >"$tmp/reached"
cmp "$tmp/reached" "$tmp/expect" || die 'not what --expect said'

# --- the access log is the truth ------------------------------------------
get http://s0002.test/p3?a=b -H 'X: y' | grep -q 'id=s0002.test/p3<' ||
    die 'no id on the page'
expect '404' 404 "$(code http://s0002.test/p24)"
expect 'foreign host' 404 "$(code http://s0007.test/)"
expect 'HEAD' '' "$(get http://s0001.test/p1 -X HEAD --head -o /dev/null)"
expect 'POST' 405 "$(code http://s0001.test/p1 -d x=y)"
sleep 0.2
expect 'logged within 100 ms' 's0002.test GET /p3?a=b 200' \
    "$(grep '?a=b' "$tmp/log" | cut -d' ' -f2-5)"
expect 'POST is logged' 's0001.test POST /p1 405 18' \
    "$(grep POST "$tmp/log" | cut -d' ' -f2-6)"
awk '{ if (NF != 7 || $1 !~ /^[0-9]+$/ || $1 < last) exit 1; last = $1 }' \
    "$tmp/log" || die 'the log is not in its form'
stop

# --- HTTP/1.1: pieces, pipelines, proxies, old clients ---------------------
start --hosts 2 --pages 3 --size 0 --requests-per-connection 3
expect 'a request in pieces' 1 \
    "$(raw 'GET /p1 HT|TP/1.1\r\nHost: s00|01.test\r\n\r|\n' |
        grep -c 'id=s0001.test/p1<')"
expect 'two in one packet' 'id=s0001.test/p1 id=s0001.test/p2' \
    "$(raw 'GET /p1 HTTP/1.1\r\nHost: S0001.test:80\r\n\r\nGET /p2 HTTP/1.1\r\nHost: s0001.test\r\n\r\n' |
        grep -o 'id=[^<]*' | tr '\n' ' ' | sed 's/ $//')"
expect 'third of three ends the connection' 3 \
    "$(p='GET /p1 HTTP/1.1\r\nHost: s0001.test\r\n\r\n'
       raw "$p$p$p$p" | grep -c 'id=s0001.test/p1<')"
raw 'rubbish\r\n\r\n' | grep -q '^HTTP/1.1 400 ' || die 'rubbish is no 400'
raw 'GET / HTTP/1.0\r\nHost: s0001.test\r\n\r\n' |
    grep -q '^Connection: close' || die 'HTTP/1.0 is not closed'
stop

# --- special paths ----------------------------------------------------------
start --hosts 3 --pages 1
x=http://s0002.test/x
expect 'redirects' "200 4 $x/redirect/0" \
    "$(get "$x/redirect/4" -L -o /dev/null \
        -w '%{http_code} %{num_redirects} %{url_effective}')"
expect 'redirect loop' 47 "$(curl_code "$x/redirect-loop/a" -L)"
expect 'another host' http://s0003.test/x/page/from-s0002.test \
    "$(get $x/redirect-other -o /dev/null -w '%{redirect_url}')"
expect 'status' 418 "$(code $x/status/418)"
expect 'no content' 204 "$(code $x/204)"
expect '429 first' '429' "$(code "$x/429?after=1")"
get "$x/429?after=1" -i | grep -q '^Retry-After: 1' || die 'no Retry-After'
expect 'others have their own time' 429 \
    "$(code "http://s0003.test/x/429?after=1")"
sleep 1.1
expect '429 then' 200 "$(code "$x/429?after=1")"
expect 'slow' 1 "$(get "$x/slow?ms=300" -o /dev/null -w '%{time_total}' |
    awk '{ print ($1 >= 0.3 && $1 < 9) }')"
expect 'drip' 1 "$(get "$x/drip?bps=4000&kb=1" -o /dev/null \
    -w '%{time_total}' | awk '{ print ($1 >= 0.15 && $1 < 9) }')"
expect 'endless' 28 "$(curl_code $x/endless -m 0.5)"
expect 'endless chunks' 28 "$(curl_code "$x/endless?chunked=1" -m 0.5)"
[ "$(curl_code $x/endless-headers -m 5)" != 0 ] || die 'headers ended'
get $x/gzip --compressed | grep -q /x/page/100 || die gzip
get $x/gzip-twice | gzip -dc | gzip -dc | grep -q /x/page/100 ||
    die 'gzip, gzip'
if get $x/gzip-broken | gzip -t 2>/dev/null; then die 'gzip-broken'; fi
expect 'bomb' 104857600 "$(get "$x/gzip-bomb?mb=100" | gzip -dc | wc -c |
    tr -d ' ')"
expect 'bomb on the wire' 1 "$(get "$x/gzip-bomb?mb=100" | wc -c |
    awk '{ print ($1 < 200000) }')"
if curl --version | grep -q brotli; then
    get $x/br --compressed | grep -q /x/page/br || die brotli
fi
expect 'reset' 56 "$(curl_code $x/reset)"
expect 'closed early' 18 "$(curl_code $x/close-early)"
expect 'length lie' 100 "$(get $x/length-lie | wc -c | tr -d ' ')"
expect 'chunked' "$(get "$x/chunked?size=7" | cksum)" \
    "$(get "$x/chunked" | cksum)"
expect 'broken chunks' 56 "$(curl_code $x/chunked-broken)"
expect 'no length' 200 "$(code $x/nolength)"
expect 'big' 1 "$(get "$x/big?kb=3000" | wc -c | awk '{ print ($1 > 3072000) }')"
expect 'empty' '200 0' "$(get $x/empty -w '%{http_code} %{size_download}')"
for kind in 0 3 4 6; do
    [ "$(curl_code "$x/bad-header?kind=$kind")" != 0 ] || die "kind $kind"
done
get $x/image | head -c 8 | od -An -tx1 | grep -q '89 50 4e 47' || die png
get $x/charset/gbk | od -An -tx1 | tr -d ' \n' | grep -q d6d0cec4 || die gbk
for pair in utf-8:UTF-8 gbk:GBK shift_jis:SJIS windows-1251:CP1251 \
    koi8-r:KOI8-R utf-16:UTF-16; do
    get "$x/charset/${pair%:*}?by=none" |
        iconv -f "${pair#*:}" -t UTF-8 | grep -q 'href="/x/page/' ||
        die "charset $pair"
done
get $x/trap/2024/12 | grep -q /x/trap/2025/1 || die calendar
expect 'links' 500 "$(get "$x/links?n=500" | grep -c href)"
get $x/hostile-title | grep -q "$(printf '\033')" || die 'no escape'
expect 'unlinked' 0 "$(get http://s0001.test/ | grep -c '"/x/' || true)"
stop
start --hosts 3 --pages 1 --traps 1
expect 'linked' 1 "$(get http://s0001.test/ | grep -c '"/x/gzip-bomb')"
stop

# --- site files --------------------------------------------------------------
printf 'from a file' >"$tmp/body"
cat >"$tmp/sites" <<'END'
# a comment
a.test /      200 text/html "<p>\x21\041\"\n"
a.test /two   503 text/plain times=2 header="Retry-After: 1" "busy"
a.test /two   200 text/plain "ok"
a.test /q     200 text/plain "any query"
a.test /q?a=1 200 text/plain "this query"
a.test /pre*  200 text/plain "prefix"
a.test /file  200 - @body
a.test /zip   200 text/plain gzip=1 chunked=1 "zipped"
a.test /early 200 text/plain close_early=3 "0123456789"
a.test /lie   200 text/plain content_length=50 "short"
a.test /rst   200 text/plain reset=1
a.test /end   200 text/plain endless=1 "abc"
a.test /drip  200 text/plain drip=40 "0123456789"
a.test /late  200 text/plain delay=300 "late"
*      /any   200 text/plain "any"
END
start --hosts 1 --pages 1 --site-file "$tmp/sites"
a=http://a.test
expect 'escapes' '<p>!!"' "$(get $a/)"
expect 'times' 'busybusyokok' "$(get "$a/two"; get "$a/two"; get "$a/two"; get "$a/two")"
expect 'queries' 'this query, any query' "$(get "$a/q?a=1"), $(get "$a/q?b=1")"
expect 'prefix' 'prefix' "$(get $a/prefix/x?y)"
expect 'file' 'from a file' "$(get $a/file)"
expect 'coded' 'zipped' "$(get $a/zip --compressed)"
expect 'early' '012 18' "$(get $a/early 2>/dev/null) $(curl_code $a/early)"
expect 'lie' 18 "$(curl_code $a/lie)"
expect 'reset' 56 "$(curl_code $a/rst)"
expect 'endless' 28 "$(curl_code $a/end -m 0.3)"
expect 'delays' 1 "$(get $a/late -o /dev/null -w '%{time_total}' |
    awk '{ print ($1 >= 0.3 && $1 < 9) }')"
expect 'drips' 1 "$(get $a/drip -o /dev/null -w '%{time_total}' |
    awk '{ print ($1 >= 0.15 && $1 < 9) }')"
expect 'any host' 'any any' "$(get $a/any) $(get http://s0001.test/any)"
expect 'special here too' 200 "$(code $a/x/page/a)"
expect 'nothing else' 404 "$(code $a/p1)"
curl_code $a/late -m 0.1 >/dev/null
sleep 0.2
expect 'who leaves a delayed answer is logged' 'GET /late 0 0' \
    "$(tail -n 1 "$tmp/log" | cut -d' ' -f3-6)"
stop
echo 'a.test / 200 text/html nonsense=1 "x"' >"$tmp/bad"
c=0
"$testweb" --site-file "$tmp/bad" 2>"$tmp/err" || c=$?
expect 'a bad line' 1 "$c"
grep -q 'bad:1: ' "$tmp/err" || die 'no line number'
c=0
"$testweb" --hosts 1 --listen 0.0.0.0:0 2>/dev/null || c=$?
expect 'only loopback' 2 "$c"

# --- latency and DNS ---------------------------------------------------------
start --hosts 2 --pages 1 --latency 200 --dns 127.0.0.1:0 --site-file "$tmp/sites"
expect 'latency' 1 "$(get http://s0001.test/p1 -o /dev/null \
    -w '%{time_total}' | awk '{ print ($1 >= 0.2 && $1 < 9) }')"
expect 'A' '0 1 127.0.0.1' "$(dns S0001.test 1)"
expect 'AAAA' '0 0 -' "$(dns s0001.test 28)"
expect 'nx' '3 0 -' "$(dns nx1.test 1)"
expect 'foreign' '3 0 -' "$(dns example.com 1)"
expect 'sf' '2 0 -' "$(dns sf1.test 1)"
expect 'to' none "$(dns to1.test 1)"
stop
start --hosts 2 --dns 127.0.0.1:0 --dns-spread --dns-latency 100
[ "$(dns s0001.test 1)" != "$(dns s0002.test 1)" ] || die 'not spread'
stop
echo ok
