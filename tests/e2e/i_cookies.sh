#!/bin/sh
# SPDX-License-Identifier: MIT
# i_cookies - cookies live with their site, from visit to visit, reach no other
# site, lead redirects to their pages, are bounded, and can be brought along.
. "$(dirname "$0")/lib.sh"
need redis-server nginx curl

# A server by name: what its locations do.
server() { # NAME LOCATIONS
    echo "server { listen 127.0.0.1:NGPORT; server_name $1; $2 }"
}
page='default_type text/html; return 200'
many() { # PREFIX: forty cookies
    i=0
    while [ $i -lt 40 ]; do
        echo "add_header Set-Cookie $1$i=x always;"
        i=$((i + 1))
    done
}
{
    cat <<'EOF'
daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events { worker_connections 64; }
http {
    client_body_temp_path nginx.tmp; proxy_temp_path nginx.tmp;
    fastcgi_temp_path nginx.tmp; uwsgi_temp_path nginx.tmp;
    scgi_temp_path nginx.tmp;
    log_format got '$host|$request_uri|$status|$http_cookie';
    access_log got.log got; absolute_redirect off;
EOF
    # the first is for all others
    server _ "location = /who { $page $work; } location / { $page other; }"
    # a cookie, and the same page again; what it links to wants the cookie
    server self.test "location = / { add_header Set-Cookie 'sid=s3lf; HttpOnly';
        if (\$cookie_sid = '') { return 302 /; }
        $page '<a href=/in>in</a><a href=http://other.test/>other</a>'; }
        location = /in { if (\$cookie_sid = '') { return 403; } $page in; }"
    # by way of another page and back, over hosts of one site
    server gate.test "location = / { add_header Set-Cookie
        'seen=g4te; Domain=gate.test';
        if (\$cookie_seen = '') { return 302 http://ask.gate.test/yes; }
        $page 'inside'; }"
    server ask.gate.test "location = /yes { if (\$cookie_seen = '') {
        return 403; } return 302 http://gate.test/; }"
    # another cookie each time, without end
    server never.test "location = / { add_header Set-Cookie sid=\$request_id;
        return 302 /; }"
    # the same cookie each time, without end
    server loop.test "location = / { add_header Set-Cookie sid=1;
        return 302 /; }"
    # for a whole suffix, for another site, Secure, and a prefix that lies
    server evil.co.uk "location = / { add_header Set-Cookie 'e=1; Domain=co.uk';
        add_header Set-Cookie 'e=2; Domain=good.co.uk';
        add_header Set-Cookie 'e=3; Secure';
        add_header Set-Cookie '__Host-e=4; Path=/';
        add_header Set-Cookie 'fine=5';
        $page '<a href=http://good.co.uk/>g</a><a href=/two>2</a>'; }
        location = /two { $page two; }"
    server good.co.uk "location = / { $page good; }"
    server flood.test "location = / { $(many a) $page '<a href=/f2>2</a>'; }
        location = /f2 { $(many b) $page '<a href=/f3>3</a>'; }
        location = /f3 { $page f3; }"
    echo '}'
} >nginx.tmpl
nginx_start 24200

go() {
    port=
    crawl --restart --procs 2 --threads 2 --delay 0 --no-robots \
        --max-redirect 5 --connect-to "::127.0.0.1:$ngport" "$@" list.txt
}
got() { # HOST PATH COOKIES TIMES
    n=$(grep -cxF "$1|$2|200|$3" got.log) || true
    [ "$n" -eq "$4" ] || fail "$1$2 with \"$3\" $n times, not $4: $(cat got.log)"
}

urls http://self.test/ http://gate.test/ http://never.test/ http://loop.test/ \
    http://evil.co.uk/ http://flood.test/ http://loaded.test/ \
    http://sub.loaded.test/ http://notloaded.test/
{
    printf '# Netscape HTTP Cookie File\r\n\r\n'
    printf '.loaded.test\tTRUE\t/\tFALSE\t0\tmine\tt0psecret\r\n'
    printf '#HttpOnly_loaded.test\tFALSE\t/\tFALSE\t4102444800\thost\th0st\n'
    printf 'loaded.test\tFALSE\t/\tTRUE\t0\tsecure\tx\n'
    printf 'loaded.test\tFALSE\t/\tFALSE\t1\told\tx\n'
} >cookies.txt
: >got.log
go --load-cookies cookies.txt
expect_outcome http://self.test/ REDIRECT OK
expect_outcome http://self.test/in OK
expect_outcome http://gate.test/ REDIRECT OK
expect_outcome http://ask.gate.test/yes REDIRECT
expect_outcome http://never.test/ REDIRECT REDIRECT REDIRECT REDIRECT \
    REDIRECT TOO_MANY_HOPS
expect_outcome http://loop.test/ REDIRECT REDIRECT
expect_stat cookie_returns 8
got self.test / sid=s3lf 1
got self.test /in sid=s3lf 1
got other.test / - 1
got gate.test / seen=g4te 1
got evil.co.uk /two fine=5 1
got good.co.uk / - 1
n=$(grep -c '^good.co.uk' got.log)
[ "$n" -eq 1 ] || fail "good.co.uk was asked $n times"
expect_stat cookies_dropped 30
sent=$(sed -n 's/^flood.test|.f3|200|//p' got.log | tr ';' '\n' | grep -c x)
[ "$sent" -eq 50 ] || fail "flood.test was sent $sent cookies"
grep -qE '^loaded.test\|/\|200\|(mine=t0psecret; host=h0st|host=h0st; mine=t0psecret)$' \
    got.log || fail "loaded.test: $(grep loaded got.log)"
got sub.loaded.test / mine=t0psecret 1
got notloaded.test / - 1
expect_code 0 tell verify
# what came with the user, and what sites gave, stands in no file of the crawl
for secret in t0psecret s3lf=; do
    ! grep -rl "$secret" crawl.err crawl.out "$out"/log cmd.out ||
        fail "$secret was told"
done
for f in "$out"/warc/*.gz; do
    gzip -dc "$f"
done >all.warc
expect_no_text all.warc '^Cookie:' t0psecret
expect_text all.warc '^Set-Cookie: sid=s3lf'
expect_code 0 tell status
expect_no_text cmd.out t0psecret

# Off: none is kept, none is sent.
: >got.log
anew
go --no-cookies
expect_outcome http://self.test/ REDIRECT
expect_stat cookie_returns 0
expect_no_text got.log '[^-]$'

# A bad file is one clear line.
printf '# ok\nloaded.test FALSE / FALSE 0 a t0psecret\n' >bad.txt
printf '.co.uk\tTRUE\t/\tFALSE\t0\ta\tb\n' >suffix.txt
anew
want=2
go --load-cookies bad.txt
expect_text crawl.err 'bad.txt:2: not seven words with tabs'
expect_no_text crawl.err t0psecret
go --load-cookies suffix.txt
expect_text crawl.err 'suffix.txt:1: .*public suffix'
