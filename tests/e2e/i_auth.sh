#!/bin/sh
# SPDX-License-Identifier: MIT
# i_auth - a log-in goes to the origin it belongs to and to no other, wherever
# links and redirects lead, and is shown nowhere.
. "$(dirname "$0")/lib.sh"
need redis-server nginx curl openssl

server() { # NAME LOCATIONS
    echo "server { listen 127.0.0.1:NGPORT; server_name $1; $2 }"
}
page='default_type text/html; return 200'
login='auth_basic x; auth_basic_user_file'
# nginx answers "return" before it asks for a password: files it is.
mkdir one two open
printf '<a href="/away">a</a><a href="/port">p</a><a href="http://sub.one.test/">s</a>
<a href="http://me:pwlink@open.test/linked">l</a>' >one/index.html
echo two >two/index.html
{
    printf 'me:%s\n' "$(openssl passwd -apr1 'pw0ne')"
} >one.pw
printf 'you:%s\n' "$(openssl passwd -apr1 'pw two')" >two.pw
{
    cat <<'EOF'
daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events { worker_connections 64; }
http {
    client_body_temp_path nginx.tmp; proxy_temp_path nginx.tmp;
    fastcgi_temp_path nginx.tmp; uwsgi_temp_path nginx.tmp;
    scgi_temp_path nginx.tmp; types { text/html html; }
    log_format got '$http_host|$request_uri|$status|$http_authorization|$http_referer';
    access_log got.log got; absolute_redirect off;
EOF
    server _ "location = /who { $page $work; } location / { $page other; }"
    server one.test "location / { root $work/one; $login $work/one.pw; }
        location = /away { return 302 http://open.test/led; }
        location = /port { return 302 http://one.test:8081/led; }"
    server two.test "location / { root $work/two; $login $work/two.pw; }"
    echo '}'
} >nginx.tmpl
nginx_start 24250
# (its workers run as somebody else where nginx is started by root)
chmod 755 "$work" one two
chmod 644 one.pw two.pw one/index.html two/index.html

port=
to="--connect-to ::127.0.0.1:$ngport"
go() {
    # shellcheck disable=SC2086
    crawl --procs 2 --threads 1 --delay 0 $to "$@" list.txt
}
basic() { # USER:PASSWORD
    printf 'Basic %s' "$(printf '%s' "$1" | openssl base64)"
}
only() { # HEADER HOST ...: who got it
    header=$1
    shift
    for h in "$@"; do echo "$h"; done | sort -u >want.txt
    awk -F '|' -v h="$header" '$4 == h { print $1 }' got.log | sort -u >have.txt
    expect_same want.txt have.txt
}
one=$(basic me:pw0ne)
two=$(basic 'you:pw two')

urls http://one.test/ http://two.test/ http://open.test/
echo 'http://me:pwseed@open.test/seed' >>list.txt
echo pw0ne >pw.txt
printf 'default login anonymous password pwdef\n# no\nmachine two.test\n' >netrc
printf ' login you password "pw two"\nmacdef init\ncd /\n\n' >>netrc
printf 'machine 2.test login nobody password pwn\n' >>netrc
# What the master reads reaches workers that cannot read it.
: >got.log
go --user me --password-file /dev/fd/4 --auth-hosts one.test \
    --netrc-file /dev/fd/3 3<netrc 4<pw.txt
expect_outcome http://one.test/ OK
expect_outcome http://two.test/ OK
expect_outcome http://open.test/led OK
expect_outcome http://one.test:8081/led HTTP_4XX # another origin
expect_outcome http://sub.one.test/ OK
expect_outcome http://open.test/linked OK
only "$one" one.test
only "$two" two.test
awk -F '|' '$4 != "-" { print $1 }' got.log | sort -u >have.txt
printf 'one.test\ntwo.test\n' >want.txt
expect_same want.txt have.txt
expect_no_text got.log '[^-]$' # no Referer
expect_stat logins_sent 6 # robots.txt too
expect_text crawl.err 'list.txt:4: a user or password in a URL goes nowhere'
expect_code 0 tell verify
expect_code 0 tell status --json
for f in "$out"/warc/*.gz; do
    gzip -dc "$f"
done >all.warc
expect_text all.warc '^WARC-Target-URI: http://one.test/'
expect_no_text all.warc '^Authorization:'
for secret in pw0ne 'pw two' pwseed pwdef "${one#* }" "${two#* }"; do
    ! grep -rlF "$secret" crawl.err crawl.out cmd.out cmd.err "$out/log" ||
        fail "$secret was told"
    ! grep -qF "$secret" all.warc || fail "$secret is in the archive"
done

# As header lines, with a certain scheme, and beside it nothing.
anew
: >got.log
urls http://one.test/ http://two.test/
go -H "Authorization: $one" --auth-hosts http://one.test,https://two.test
only "$one" one.test
anew
: >got.log
go -H "Authorization: $one" --auth-hosts https://one.test,one.test:8081
expect_outcome http://one.test/ HTTP_4XX
only "$one"

# On the command line it is gone before anybody looks; -H, too.
anew
: >got.log
urls http://one.test/ http://two.test/
# shellcheck disable=SC2086
crawl_start --procs 1 --threads 1 --delay 1 $to --user me --password pw0ne \
    -H 'Cookie: c=pwcookie' --auth-hosts one.test list.txt
wait_for workers_up 1
ps -eo args >ps.txt
expect_no_text ps.txt 'pw0ne|pwcookie'
expect_text ps.txt '[-]-password \*\*\*\*\*'
crawl_wait
only "$one" one.test

# A probe shows that it went, not what it is.
# shellcheck disable=SC2086
expect_code 0 "$build/worker" fetch --allow-private $to -v --user me \
    --password pw0ne --auth-hosts one.test http://one.test/
expect_text cmd.out '^request +Authorization: Basic \([0-9]+ bytes hidden\)'
expect_no_text cmd.out pw0ne "${one#* }"
# shellcheck disable=SC2086
expect_code 0 "$build/worker" fetch --allow-private $to --netrc-file netrc \
    --referer http://ref.test/ http://open.test/
expect_text cmd.out '^request +Referer: http://ref.test/'
expect_no_text cmd.out Authorization
expect_code 2 "$build/worker" fetch 'http://me:pw0ne@one.test/'
expect_no_text cmd.err pw0ne

# What would go everywhere, or nowhere, stops the start with one line.
refused() { # REGEX OPTION ...
    what=$1
    shift
    expect_code 2 "$build/worker" fetch "$@" http://one.test/
    expect_text cmd.err "$what"
    expect_no_text cmd.err pw0ne
}
refused 'user: it would go to every site' --user me --password pw0ne
refused 'header.*every site' -H "authorization: $one"
refused 'password: whose' --password pw0ne --auth-hosts one.test
refused 'auth_hosts: number 2' --auth-hosts 'one.test,me:pw0ne@two.test'
printf 'machine one.test\nlogin me\npasswort pw0ne\n' >bad
refused 'bad:3: none of machine' --netrc-file bad
