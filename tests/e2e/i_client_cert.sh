#!/bin/sh
# SPDX-License-Identifier: MIT
# i_client_cert - a client certificate is shown to --auth-hosts that ask for
# one, and to nobody else who asks.
. "$(dirname "$0")/lib.sh"
need redis-server nginx curl openssl

new() { # NAME OPTION ...: NAME.pem, NAME.key
    name=$1
    shift
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$name.key" \
        -out "$name.pem" -days 2 -subj "/CN=$name" "$@" 2>openssl.err ||
        skip "openssl cannot make a certificate"
}
new server -addext subjectAltName=DNS:one.test,DNS:other.test
new crawler
new stranger
cat crawler.pem crawler.key >both.pem
openssl pkcs12 -export -passout pass: -in crawler.pem -inkey crawler.key \
    -out crawler.p12
openssl pkey -aes128 -passout pass:x -in crawler.key -out locked.key
openssl x509 -in crawler.pem -outform DER -out crawler.der
openssl pkey -in crawler.key -outform DER -out crawler.kder

page='default_type text/html; return 200'
cat >nginx.tmpl <<EOF
daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events { worker_connections 64; }
http {
    client_body_temp_path nginx.tmp; proxy_temp_path nginx.tmp;
    fastcgi_temp_path nginx.tmp; uwsgi_temp_path nginx.tmp;
    scgi_temp_path nginx.tmp;
    log_format got '\$host|\$request_uri|\$ssl_client_verify|\$ssl_client_s_dn';
    access_log got.log got;
    ssl_certificate $work/server.pem; ssl_certificate_key $work/server.key;
    ssl_client_certificate $work/crawler.pem; ssl_verify_client optional;
    server { listen 127.0.0.1:NGPORT ssl http2; server_name _;
        location = /who { $page $work; }
        location / { $page '<a href="https://other.test/x">o</a>'; } }
}
EOF
nginx_start 24300 https

urls https://one.test/ https://other.test/
port=
go() {
    : >got.log
    crawl --procs 1 --threads 1 --delay 0 --cacert server.pem \
        --connect-to "::127.0.0.1:$ngport" --auth-hosts https://one.test \
        "$@" list.txt
    expect_outcome https://one.test/ OK
    expect_outcome https://other.test/x OK
    sort -u got.log | cut -d '|' -f 1,3,4 | sort -u >have.txt
    expect_same want.txt have.txt
    anew
}
printf 'one.test|SUCCESS|CN=crawler\nother.test|NONE|-\n' >want.txt
# Workers that cannot read the files have what is in them.
go --certificate crawler.pem --private-key /dev/fd/3 3<crawler.key
for f in crawl.err crawl.out out/log/*.jsonl; do
    expect_no_text "$f" 'PRIVATE KEY'
done
go --cert both.pem --per-site 2
go --certificate crawler.p12 --certificate-type P12
go --certificate crawler.der --private-key crawler.kder --cert-type DER
printf 'one.test|NONE|-\nother.test|NONE|-\n' >want.txt
go

# What cannot work stops the start, and never asks for a pass phrase.
refused() { # REGEX OPTION ...
    what=$1
    shift
    expect_code 2 "$build/worker" fetch "$@" https://one.test/ </dev/null
    expect_text cmd.err "$what"
}
refused 'certificate: it would go to every site' --certificate both.pem
a='--auth-hosts one.test'
# shellcheck disable=SC2086
{
    refused 'private_key: none that can be read without a pass phrase' \
        --certificate crawler.pem --private-key locked.key $a
    refused 'private_key: not that of the certificate' \
        --certificate crawler.pem --private-key stranger.key $a
    refused 'private_key: none that can be read' --certificate crawler.pem $a
    refused 'certificate: there is none' --certificate crawler.key $a
    refused 'certificate-type: .* is not PEM, DER or P12' --certificate both.pem \
        --certificate-type ENG $a
    refused 'private_key: of which' --private-key crawler.key
    refused 'certificate: nix: No such file' --certificate nix $a
}
