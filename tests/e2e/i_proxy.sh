#!/bin/sh
# SPDX-License-Identifier: MIT
# i_proxy - a list of proxies before real ones, squid and dante: a site keeps
# to one, a dead one is passed over and is not its sites' failure, credentials
# stay secret, and what is known here of private addresses counts.
. "$(dirname "$0")/lib.sh"
need redis-server squid danted htpasswd openssl

auth=
for file in /usr/lib/squid/basic_ncsa_auth /usr/libexec/squid/basic_ncsa_auth; do
    [ ! -x $file ] || auth=$file
done
[ -n "$auth" ] || skip "squid has no basic_ncsa_auth here"

# Both give root up for somebody who must reach their files.
chmod 711 "$work"
mkdir squid
htpasswd -bc squid/users me geheim 2>squid/htpasswd.err
open_port=$((20000 + $$ % 5000))
shut_port=$((open_port + 5000)) # which wants a password
socks_port=$((open_port - 5000))
touch hosts
cat >squid.conf <<EOT
http_port 127.0.0.1:$open_port
http_port 127.0.0.1:$shut_port
hosts_file $work/hosts
cache deny all
cache_mem 1 MB
pid_filename $work/squid/pid
access_log stdio:$work/squid/access.log
cache_log $work/squid/cache.log
coredump_dir $work/squid
shutdown_lifetime 0 seconds
pinger_enable off
visible_hostname proxy.test
auth_param basic program $auth $work/squid/users
auth_param basic children 1
acl open localport $open_port
acl known proxy_auth REQUIRED
http_access allow open
http_access allow known
http_access deny all
EOT
[ "$(id -u)" -ne 0 ] || {
    echo 'cache_effective_user proxy' >>squid.conf
    chown -R proxy squid
}
start_squid() {
    spawn squid -N -n "weft$$" -f "$work/squid.conf" >squid.out 2>&1
    wait_for curl -s -o curl.out "http://127.0.0.1:$open_port/"
}

# A web at its own port, so that nobody but the proxy must know where it is.
site local.test '/ 200 text/html "here"'
site localhost '/ 200 text/html "by name"'
web --hosts 8 --pages 3 --dns 127.0.0.1:0
web_port=$port
end "$web_pid"
rm web.log
web --hosts 8 --pages 3 --dns "127.0.0.1:0" --listen "127.0.0.1:$web_port" \
    --url-port "$web_port"
port=
for n in 1 2 3 4 5 6 7 8; do
    echo "127.0.0.1 s000$n.test" >>hosts
done
echo '127.0.0.1 local.test tls.test' >>hosts
start_squid
sed "s/:$web_port//" expect.txt >want.txt
crawl_args='--no-progress --delay 0 --procs 1'
secret=http://me:geheim@127.0.0.1:$shut_port
open=127.0.0.1:$open_port

# Two of them: each site has one, both have some, the password nobody.
crawl_start --proxy "$secret,$open" --delay 0.3 seeds.csv
master_cmd() { tr '\0' ' ' <"/proc/$master_pid/cmdline" | grep -q 'http://\*'; }
wait_for master_cmd
wait_for workers_up 1
ps -ef >ps.txt
expect_no_text ps.txt geheim
tell status --json >status.json || :
crawl_wait
expect_complete want.txt
expect_once
expect_stat dns_lookups 0
expect_stat proxy_failures 0
expect_no_text status.json geheim
expect_no_text crawl.err geheim
! grep -rq geheim "$out/log" "$out/stats.json" || fail "a log has the password"
! gzip -dc "$out"/warc/*.gz | grep -q geheim || fail "a WARC has the password"
sed -n 's/.*"url":"http:..\([^:/]*\).*"proxy":"\([^"]*\)".*/\1 \2/p' \
    "$out"/log/*.jsonl | sort -u >of_site.txt
[ "$(cut -d ' ' -f 1 of_site.txt | sort | uniq -d | wc -l)" -eq 0 ] ||
    fail "a site was fetched through two proxies"
[ "$(cut -d ' ' -f 2 of_site.txt | sort -u | wc -l)" -eq 2 ] ||
    fail "one proxy has it all: $(cat of_site.txt)"

# Those that do not serve are passed over: one is dead, one wants another
# password.  No try of a page is lost on them, no site rests.
anew
: >web.log
cat >proxies.txt <<EOT
# ours
127.0.0.1:9

http://me:falsch@127.0.0.1:$shut_port
$open
EOT
crawl --proxy-file proxies.txt seeds.csv
expect_stat outcome_OK "$(wc -l <expect.txt)"
expect_stat retries 0
expect_stat outcome_NO_PROXY 0
expect_stat proxy_failures -ge 2
for who in 127.0.0.1:9 "127.0.0.1:$shut_port"; do
    [ "$(grep -c "proxy $who rests" crawl.err)" -eq 1 ] ||
        fail "it is not said once that $who rests"
done
expect_text crawl.err 'rests: .*407'
expect_no_text crawl.err falsch

# None serves.
anew
urls "http://s0001.test:$web_port/" "http://s0002.test:$web_port/"
crawl --proxy "127.0.0.1:9 , http://me:falsch@127.0.0.1:$shut_port" \
    --no-robots --tries 2 --waitretry 0.2 list.txt
expect_stat outcome_NO_PROXY 4
expect_stat status_4xx 0
expect_stat pages 0

# TLS goes through a tunnel; where there is nobody, that is the site's.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -days 2 -subj /CN=tls.test -addext subjectAltName=DNS:tls.test \
    2>openssl.err || fail "openssl cannot make a certificate"
mkdir pages
echo '<html>a page</html>' >pages/index.html
tls_port=$((open_port - 10000)) # all below those that clients get
(cd pages && exec openssl s_server -quiet -WWW -accept "127.0.0.1:$tls_port" \
    -cert ../cert.pem -key ../key.pem) </dev/null >tls.out 2>&1 &
pids="$pids $!"
wait_for curl -sk -o curl.out "https://127.0.0.1:$tls_port/index.html"
anew
urls "https://tls.test:$tls_port/index.html" "https://local.test:1/"
crawl --proxy "$secret" --no-robots --cacert cert.pem --tries 1 list.txt
expect_outcome "https://tls.test:$tls_port/index.html" OK
expect_outcome https://local.test:1/ NO_CONNECT
expect_stat proxy_failures 0
expect_text squid/access.log "CONNECT tls.test:$tls_port me "

# --no-proxy, and the environment, which --proxy and --no-proxy '*' beat.
anew
: >squid/access.log
urls "http://s0001.test:$web_port/" "http://local.test:$web_port/"
crawl --allow-private --proxy "$open" --no-proxy 'other.org,.local.test' \
    --resolve "local.test:$web_port:127.0.0.1" --level 0 list.txt
expect_stat pages 2
expect_text squid/access.log "GET http://s0001.test:$web_port/ "
expect_no_text squid/access.log local.test
anew
: >squid/access.log
urls "http://local.test:$web_port/"
http_proxy=http://$open crawl list.txt
expect_stat pages 1
expect_text crawl.err 'the proxies of the environment'
expect_text squid/access.log local.test
anew
http_proxy=http://127.0.0.1:9 crawl --proxy "$open" list.txt
expect_stat pages 1
anew
http_proxy=http://127.0.0.1:9 crawl --no-proxy '*' --allow-private \
    --resolve "local.test:$web_port:127.0.0.1" list.txt
expect_stat pages 1

# SOCKS: with socks5 names are looked up here, so a private address is known.
cat >danted.conf <<EOT
logoutput: $work/danted.log
internal: 127.0.0.1 port = $socks_port
external: 127.0.0.1
socksmethod: none
clientmethod: none
$([ "$(id -u)" -ne 0 ] || echo 'user.privileged: root
user.unprivileged: nobody')
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
EOT
spawn danted -f "$work/danted.conf" -p "$work/danted.pid" >danted.out 2>&1
wait_for curl -s -o curl.out -x "socks5h://127.0.0.1:$socks_port" \
    "http://localhost:$web_port/"
socks=127.0.0.1:$socks_port
wait_for grep -q ' localhost ' web.log
anew
: >web.log
crawl --proxy "socks5://$socks" --dns-servers "$dns" --allow-private seeds.csv
expect_complete want.txt
expect_stat dns_lookups -gt 0
anew
crawl --proxy "socks5://$socks" --dns-servers "$dns" --max-seeds 1 --tries 1 \
    --no-robots seeds.csv
expect_stat outcome_PRIVATE 1
anew
urls "http://localhost:$web_port/" "http://localhost:1/"
crawl --proxy "socks5h://$socks" --allow-private --no-robots --tries 1 list.txt
expect_stat dns_lookups 0
expect_outcome "http://localhost:$web_port/" OK
expect_outcome http://localhost:1/ NO_CONNECT
expect_stat proxy_failures 0
anew
want=2
crawl --proxy 'ftp://me:geheim@h' list.txt
expect_text crawl.err 'not http, https, socks4'
expect_no_text crawl.err geheim
crawl --proxy 'me:geheim@h:99999' list.txt
expect_no_text crawl.err geheim
