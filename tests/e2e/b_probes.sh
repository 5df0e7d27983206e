#!/bin/sh
# SPDX-License-Identifier: MIT
# b_probes - worker url, robots-test, links and fetch say what a crawl does,
# without a Redis, and bear any bytes.
. "$(dirname "$0")/lib.sh"
worker=$build/worker
tab=$(printf '\t')

# is WANT COMMAND ... - what it prints, lines joined by '|'; exit code 0.
is() {
    expected=$1
    shift
    expect_code 0 "$@"
    found=$(tr '\n' '|' <cmd.out)
    [ "${found%|}" = "$expected" ] ||
        fail "not \"$expected\" but \"${found%|}\": $*"
}

# refused CODE COMMAND ... - nothing on stdout, one line at most on stderr.
refused() {
    expect_code "$@"
    [ ! -s cmd.out ] || fail "it prints something: $*"
    [ "$(wc -l <cmd.err)" -le 1 ] || fail "more than a line of complaint: $*"
}

# --- url: BASE REF WANT; "-" is none ---
while IFS=' ' read -r base ref expected; do
    ref=$(printf '%b' "$ref")
    [ "$expected" = - ] && refused 1 "$worker" url "$base" "$ref" && continue
    is "$expected" "$worker" url "$base" "$ref"
done <<'EOF'
http://a.test/b/c ../x?q#f http://a.test/x?q
http://a.test/b/c ./././d/%2e%2E/e http://a.test/b/e
http://a.test/b/c /../../x http://a.test/x
http://a.test/b/c x\011y\012z http://a.test/b/xyz
http://a.test/b/c \\\\b.test\\x http://b.test/x
http://a.test/b/c //B.TEST:80 http://b.test/
http://a.test/b/c ?x=y http://a.test/b/c?x=y
http://a.test/b/c #x http://a.test/b/c
http://a.test/b/c -x http://a.test/b/-x
https://a.test/ //u:p@b.test:443/ https://b.test/
http://a.test/ http://0x7f.1/ http://127.0.0.1/
http://a.test/ http://2130706433/ http://127.0.0.1/
http://a.test/ http://0177.0.0.01/ http://127.0.0.1/
http://a.test/ http://[1:0::0:2]/ http://[1::2]/
http://a.test/ http://b\0303\0274cher.test/ http://xn--bcher-kva.test/
http://a.test/ http://fa\0303\0237.test/ http://xn--fa-hia.test/
http://a.test/ http://256.256.256.256/ -
http://a.test/ http://[1::2/ -
http://a.test/ http://a.test:65536/ -
http://a.test/ http:// -
http://a.test/ mailto:x@a.test -
http://a.test/ javascript:void(0) -
mailto:x /y -
about:blank http://b.test http://b.test/
EOF
is 'https://www.example.co.uk:8443/x|example.co.uk|https://www.example.co.uk:8443' \
    "$worker" url --site --origin https://www.example.co.uk:8443/ x
is 'http://w.a.test/|w.a.test' \
    "$worker" url --site --polite-by host http://a.test/ //w.a.test
refused 1 "$worker" url --max-url-length 64 http://a.test/ \
    /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
refused 2 "$worker" url http://a.test/
refused 2 "$worker" url http://a.test/ --bogus
refused 2 "$worker" url http://a.test/ x y

# --- robots-test ---
printf '\357\273\277User-agent: a\rDisallow: /one # why\r\n\nuser-agent: B-c\n%s' \
    'Disallow: /
Allow: /p
Allow: /*.gif$
Disallow: /page
Allow: /page
crawl-delay: 2.5
User-agent: *
Disallow: /star
Sitemap: http://a.test/s.xml
User-agent: A
Disallow: /two
' >robots.txt
test_robots() {
    is "$1" "$worker" robots-test --agent "$2" robots.txt "$3"
}
test_robots 'disallow Disallow: /one # why' a http://x.test/one/more
test_robots 'disallow Disallow: /two' A /two # groups of one agent are merged
test_robots allow a /star
test_robots 'disallow Disallow: /star' other /star
test_robots allow other /
test_robots 'disallow Disallow: /' b-c/2.0 /x
test_robots 'allow Allow: /p' b-c /pictures
test_robots 'allow Allow: /page' b-c http://x.test/page # a tie: allow
test_robots 'allow Allow: /*.gif$' b-c /x/y.gif
test_robots 'disallow Disallow: /' b-c /x/y.gif?z
test_robots allow b-c /robots.txt
is 'allow|disallow Disallow: /two' "$worker" robots-test --agent a robots.txt \
    /x /two
is 2.5 "$worker" robots-test --agent b-c --delay robots.txt
is '' "$worker" robots-test --agent a --delay robots.txt
is http://a.test/s.xml "$worker" robots-test --agent a --sitemaps robots.txt
"$worker" robots-test --agent a - /two <robots.txt >two.txt
expect_text two.txt '^disallow Disallow: /two$'
refused 1 "$worker" robots-test --agent a none.txt /x
refused 2 "$worker" robots-test --agent a robots.txt
refused 2 "$worker" robots-test --agent a robots.txt ftp://x.test/
refused 2 "$worker" robots-test robots.txt /x --agent

# --- links ---
cat >page.html <<'EOF'
<!doctype html><base href=/d/><A HREF='x?a=1&amp;b=&#50;'>1</a>
<a href="x?a=1&b=2">twice</a><a href="#top">top</a><area href=http://b.test:80>
<!-- <a href=/comment> --><a rel="x nofollow" href=/nf>no</a>
<a href="mailto:x">mail</a><a href=http://[x/>bad</a><a href=/out.pdf>pdf</a>
EOF
links='http://a.test/d/x?a=1&b=2|http://a.test/d/|http://b.test/'
is "$links|http://a.test/out.pdf" "$worker" links --base http://a.test/p page.html
is "$links" "$worker" links --base=http://a.test/p --reject-regex 'pdf$' page.html
WEFT_REJECT_REGEX='pdf$' is "$links" "$worker" links --base http://a.test/p page.html
is "$links|http://a.test/nf${tab}nofollow (rel)|mailto:x${tab}not http or https|\
http://[x/${tab}not a valid URL|\
http://a.test/out.pdf${tab}it matches --reject-regex pdf\$" \
    "$worker" links --base http://a.test/p --all --reject-regex 'pdf$' page.html
is "http://a.test/d/x?a=1&b=2|http://a.test/d/|http://a.test/out.pdf" \
    "$worker" links --no-span-hosts --base http://a.test/p page.html
is '' "$worker" links --base http://a.test/ --content-type text/plain page.html
# Of a sitemap, as a crawl reads it; with an error, it says so.
printf '<urlset><url><loc>/1?a=1&b</loc></url><url><loc>http://b.test/</loc></url>' \
    >map.xml
is 'http://a.test/1?a=1&b|http://b.test/' "$worker" links --base http://a.test/s map.xml
expect_text cmd.err 'the urlset has an error: what can be read counts'
is "http://a.test/1?a=1&b|http://b.test/${tab}another host (--no-span-hosts)" \
    "$worker" links --no-span-hosts --all --base http://a.test/s map.xml
gzip -c map.xml >map.gz
is 'http://a.test/1?a=1&b|http://b.test/' "$worker" links --base http://a.test/s.gz map.gz
# A text is one where its type is told, as where robots.txt names it.
printf 'http://a.test/1\r\n\nno\nhttp://b.test/2 \n' >map.txt
is 'http://a.test/1|http://b.test/2' "$worker" links --content-type text/plain \
    --base http://a.test/s map.txt
gzip -c map.txt >maptxt.gz
is 'http://a.test/1|http://b.test/2' "$worker" links --base http://a.test/s.gz \
    --content-type application/gzip maptxt.gz
is '' "$worker" links --base http://a.test/s map.txt
printf '<meta charset=shift_jis><a href="/\202\240?\202\240">' >sjis.html
is 'http://a.test/%E3%81%82?%82%A0' "$worker" links --base http://a.test/ sjis.html
is 'Shift_JIS meta' "$worker" links --charset sjis.html
is 'windows-1251 header' "$worker" links --charset \
    --content-type 'text/html; charset=windows-1251' sjis.html
printf '\376\377\0<\0a' | "$worker" links --charset - >charset.txt
printf '<p>\303\251' | "$worker" links --charset - >>charset.txt
printf '<p>\351' | "$worker" links --charset - >>charset.txt
printf 'UTF-16BE BOM\nUTF-8 detected\nwindows-1252 default\n' >charsets.txt
expect_same charset.txt charsets.txt
refused 2 "$worker" links page.html
refused 2 "$worker" links --base x page.html
refused 1 "$worker" links --base http://a.test/ "$work"

# --- any bytes: no crash, no control byte on the terminal ---
i=0
while [ $i -lt 30 ]; do
    {
        printf '<a href="\033[2J%s\t' $i
        dd if=/dev/urandom bs=997 count=$((i + 1)) 2>/dev/null
        printf '"><base href=\377><meta charset=utf-16le><a href=\001\n'
        head -c 3000 "$worker"
    } >odd.bin
    expect_code 0 "$worker" links --all --base http://a.test/ odd.bin
    expect_code 0 "$worker" links --all --parser full --base http://a.test/ odd.bin
    expect_code 0 "$worker" links --charset odd.bin
    { printf 'user-agent: *\ndisallow: /\033]x\007\nsitemap: \033[2J\n' &&
        cat odd.bin; } >odd.txt
    expect_code 0 "$worker" robots-test --delay --sitemaps odd.txt /%1b]x%07 /
    if LC_ALL=C grep -q "$(printf '[\001-\010\013-\037]')" cmd.out; then
        fail "control bytes came through"
    fi
    word=$(tr -d '\000' <odd.bin | head -c 900)
    for base in http://a.test/ "$word"; do
        got=0
        "$worker" url -- "$base" "$word" >cmd.out 2>cmd.err || got=$?
        [ $got -le 1 ] || fail "worker url: exit code $got"
    done
    i=$((i + 1))
done

# --- fetch ---
site a.test '/robots.txt 200 text/plain "User-agent: *\ndisallow: /no"' \
    '/ 200 text/html "<a href=/x>x</a><a rel=nofollow href=/y>y</a>"' \
    '/r 302 text/html header="Location: /x" ""' '/gone 404 text/html "no"'
web
fetch() {
    code=$1
    shift
    expect_code "$code" "$worker" fetch --allow-private \
        --connect-to "::127.0.0.1:$port" --resolve "a.test:80:127.0.0.1" "$@"
}
fetch 0 -O body http://a.test/
expect_text cmd.out '^robots .*allow weft$' '^connect +.*127\.0\.0\.1' \
    '^request +GET / HTTP/1\.1$' '^status +HTTP/1\.1 200' \
    '^header +Content-Type: text/html' '^type +HTML' '^charset +UTF-8' \
    '^links +1 followed, 1 others' '^time +connect' '^outcome +OK'
expect_text body '^<a href=/x>x</a>'
fetch 0 -O - http://a.test/
expect_same cmd.out body
fetch 1 http://a.test/no/x
expect_text cmd.out '^robots +disallow weft by Disallow: /no$' '^outcome +ROBOTS'
fetch 1 http://a.test/gone
expect_text cmd.out '^outcome +HTTP_4XX'
fetch 0 http://a.test/r
expect_text cmd.out '^redirect +http://a.test/x, not followed$'
web_settle
expect_not_asked a.test /no/x
expect_not_asked a.test /x
fetch 1 --no-robots http://a.test/no/x
web_settle
expect_asked a.test /no/x
fetch 3 -O "$work/none/x" http://a.test/
expect_code 1 "$worker" fetch http://127.0.0.1:1/
expect_text cmd.out '^outcome +PRIVATE'
refused 2 "$worker" fetch ftp://a.test/
refused 2 "$worker" fetch
