#!/bin/sh
# SPDX-License-Identifier: MIT
# i_ftp - files and folders of a real FTP server: all of a tree is found, byte
# for byte, its robots.txt obeyed; what is refused, missing or a lie is told
# apart; and without --ftp nothing of it is asked.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/lib_warc.sh
. "$root/tests/e2e/lib_warc.sh"
need redis-server vsftpd curl openssl gzip
worker=$build/worker

# ftp_start NAME 'SETTING=VALUE' ...: a server of the tree at $ftp_port
ftp_port=$((21000 + $$ % 9000))
ftp_start() {
    ftp=$1
    ftp_last=$((ftp_port + 40))
    shift
    until [ "$ftp_port" -gt "$ftp_last" ]; do
        ftp_port=$((ftp_port + 1))
        cat >"$ftp.conf" <<END
listen=YES
listen_ipv6=NO
listen_address=127.0.0.1
listen_port=$ftp_port
background=NO
run_as_launching_user=YES
local_enable=NO
anon_root=$work/tree
allow_writeable_chroot=YES
secure_chroot_dir=$work/empty
port_enable=NO
seccomp_sandbox=NO
delay_failed_login=0
xferlog_enable=YES
vsftpd_log_file=$work/$ftp.log
log_ftp_protocol=YES
END
        for line; do echo "$line" >>"$ftp.conf"; done
        spawn vsftpd "$work/$ftp.conf" >"$ftp.out" 2>&1
        wait_for ftp_greets
        is_gone "$pid" || return 0
    done
    fail "vsftpd does not start: $(cat "$ftp.out")"
}
ftp_greets() {
    ! is_gone "$pid" || return 0
    curl -s -m 2 --list-only "ftp://127.0.0.1:$ftp_port/" -o greet.txt ||
        [ $? -eq 67 ] # the log-in is refused: it is there all the same
}

# --- the tree ---
mkdir -p empty "tree/a b/deep" tree/pub tree/closed
chmod 755 "$work" empty
printf 'User-agent: *\nDisallow: /closed\n' >tree/robots.txt
head -c 200000 /dev/urandom >tree/pub/random.bin
: >tree/pub/empty
printf '<title>x</title><a href=pub>no slash</a><a href="/none">' >tree/page.html
printf 'one\r\ntwo\n' >'tree/a b/deep/lines'
for name in -dash '#hash' 'q?x=1' 'semi;type=a' '100%' 'caf\303\251' \
    ' lead' 'a:b' 'x -> y' 'back\\slash'; do
    printf '%b' "$name" >name
    cp name "tree/a b/$(cat name)"
done
cp name tree/closed/secret
echo no >tree/pub/refused
ln -s pub tree/link
ln -s random.bin tree/pub/alias
ln -s ../. tree/pub/up
chmod 0 tree/pub/refused
[ "$(id -u)" -eq 0 ] || skip "vsftpd's anonymous users want root"

ftp_start good
base=ftp://127.0.0.1:$ftp_port

# --- one URL ---
"$worker" fetch --ftp --allow-private -O got "$base/pub/random.bin" >steps.txt
expect_same got tree/pub/random.bin
expect_text steps.txt '^robots +allow' '^request +PASS \(hidden\)' \
    '^reply +226 ' '^outcome +OK'
expect_code 2 "$worker" fetch --allow-private "$base/"
expect_text cmd.err 'ftp URLs want --ftp'
"$worker" fetch --ftp --allow-private -O listing "$base/a%20b/" >steps.txt
expect_text steps.txt '^type +folder' '^links +11 followed, 0 others'
"$worker" links --ftp --content-type text/ftp-dir-listing \
    --base "$base/a%20b/" listing >links.txt
expect_text links.txt "^$base/a%20b/%23hash\$" "^$base/a%20b/deep/\$"
expect_code 1 "$worker" fetch --ftp --allow-private --no-robots \
    "$base/x%0d%0aDELE%20y"
expect_text cmd.out 'outcome +BAD_URL'

# --- the tree ---
echo "$base/" >list.txt
crawl --ftp --allow-private --delay 0 --save warc,files list.txt
expect_code 0 tell verify
expect_text cmd.out '^all is right'
expect_outcome "$base/" OK
expect_outcome "$base/closed/" ROBOTS
expect_outcome "$base/pub/refused" HTTP_4XX
expect_outcome "$base/none" HTTP_4XX
expect_outcome "$base/link" REDIRECT
expect_outcome "$base/link/random.bin" OK
expect_outcome "$base/pub" REDIRECT
expect_stat ftp_odd_lines 0
expect_stat robots_fetches 1
! grep -q 'CWD closed\|pub/up' good.log || fail "it was asked for what it may not"

unpack_all
expect_digests sha1
same() { # URL FILE
    n=$(record resource "$base$1")
    [ -n "$n" ] || fail "no record of $1"
    cmp "rec/$n.block" "tree/$2" || fail "$1 is not the file"
}
same /pub/random.bin pub/random.bin
same /pub/alias pub/random.bin
same /pub/empty pub/empty
same /page.html page.html
same /robots.txt robots.txt
same /a%20b/deep/lines 'a b/deep/lines'
for pair in -dash:-dash %23hash:'#hash' q%3Fx=1:'q?x=1' 100%25:100% \
    semi%3Btype=a:'semi;type=a' caf%C3%A9:"$(printf 'caf\303\251')" \
    %20lead:' lead' x%20-%3E%20y:'x -> y' back%5Cslash:'back\slash'; do
    same "/a%20b/${pair%%:*}" "a b/${pair#*:}"
done
same /a%20b/a:b 'a b/a:b'
n=$(record resource "$base/a%20b/")
[ "$(field "$n" Content-Type)" = text/ftp-dir-listing ] || fail "its type"
n=$(record resource "$base/page.html")
[ "$(field "$n" Content-Type)" = text/html ] || fail "a page's type"
[ -z "$(record resource "$base/none")" ] || fail "a record of nothing"
cmp "$out/files/127.0.0.1+$ftp_port/pub/random.bin" tree/pub/random.bin ||
    fail "the saved file"
expect_code 0 tell index
expect_code 0 tell report
expect_code 0 tell explain "$base/none"
expect_text cmd.out '550'
# no name began a command, and a connection was begun for each
! grep -q 'DELE\|PORT' good.log || fail "a command of the web's"

# --- not asked for: no ftp; bounds ---
anew
good_log=$(wc -c <good.log)
site here.test "/ 200 text/html \"<a href=$base/>f</a>\"" \
    "/moved 302 text/html header=\"Location: $base/pub/\" \"\""
web --hosts 1 --pages 1
here="here.test:80:127.0.0.1:$port"
# a proxy of HTTP is asked by HTTP; one of SOCKS not at all
"$worker" fetch --ftp --allow-private --no-robots --proxy "127.0.0.1:$port" \
    ftp://far.test/x >steps.txt || :
expect_text steps.txt '^request +GET ftp://far.test/x HTTP/1.1' \
    '^status +HTTP/1.1 4'
expect_code 1 "$worker" fetch --ftp --allow-private --no-robots \
    --proxy "socks5h://127.0.0.1:$port" ftp://far.test/x
expect_text cmd.out 'ftp goes through no SOCKS proxy'
port= # or all connections would go there
urls http://here.test/ http://here.test/moved
crawl --allow-private --delay 0 --connect-to "$here" list.txt
expect_outcome http://here.test/moved BAD_REDIRECT
expect_stat links_invalid 2
[ "$(wc -c <good.log)" -eq "$good_log" ] || fail "ftp was asked without --ftp"

anew
crawl --ftp --allow-private --delay 0 --max-filesize 50k --no-robots \
    --accept-types 'text/*' --connect-to "$here" list.txt
expect_outcome http://here.test/moved REDIRECT
expect_outcome "$base/pub/random.bin" BAD_TYPE
expect_outcome "$base/page.html" OK
anew
crawl --ftp --allow-private --delay 0 --max-filesize 50k --connect-to "$here" list.txt
expect_outcome "$base/pub/random.bin" TOO_BIG
expect_code 0 tell verify
unpack_all
n=$(record resource "$base/pub/random.bin")
[ "$(field "$n" WARC-Truncated)" = length ] || fail "it is not marked as cut"
head -c 51200 tree/pub/random.bin | cmp - "rec/$n.block" || fail "what is cut"

# --- a server that lies about its address, and one that lets nobody in ---
ftp_start liar pasv_address=198.51.100.7 cmds_denied=EPSV
lie=ftp://127.0.0.1:$ftp_port
ftp_start shut anonymous_enable=NO local_enable=YES
shut=ftp://127.0.0.1:$ftp_port
anew
urls "$lie/page.html" "$shut/page.html" ftp://127.0.0.1:1/x
crawl --ftp --allow-private --delay 0 --tries 1 --level 0 --no-robots list.txt
expect_outcome "$lie/page.html" OK
expect_text liar.log '227 Entering Passive Mode \(198,51,100,7,'
expect_outcome "$shut/page.html" HTTP_4XX
cat "$out"/log/*.jsonl >log.txt
expect_text log.txt '"status":401.*"error":"530 '
expect_outcome ftp://127.0.0.1:1/x NO_CONNECT
expect_code 0 tell verify
# private addresses stay refused
expect_code 1 "$worker" fetch --ftp --no-robots "$lie/page.html"
expect_text cmd.out 'outcome +PRIVATE'
