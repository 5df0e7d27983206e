#!/bin/sh
# SPDX-License-Identifier: MIT
# j_upload - WARC files into a bucket: what arrives is what was written, each
# request is signed as AWS's Signature Version 4 has it, and a bucket that
# fails, cuts off or is not there costs no file.
. "$(dirname "$0")/lib.sh"
need redis-server nginx openssl gzip zstd

# A bucket of nginx's: PUT and HEAD of files, refused while a file says so.
mkdir -p bucket/archive
cat >nginx.tmpl <<EOF
daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events { }
http {
    log_format s3 '\$request_method|\$status|\$request_uri|\$http_host|'
        '\$http_x_amz_date|\$http_x_amz_content_sha256|\$http_content_type|'
        '\$http_x_amz_meta_sha256|\$http_x_amz_security_token|'
        '\$http_authorization';
    access_log s3.log s3;
    client_body_temp_path body; proxy_temp_path t1; fastcgi_temp_path t2;
    uwsgi_temp_path t3; scgi_temp_path t4;
    client_max_body_size 0;
    server {
        listen 127.0.0.1:NGPORT;
        location /who { return 200 $work; }
        location /archive/ {
            root $work/bucket;
            dav_methods PUT;
            create_full_put_path on;
            if (-f $work/refuse) { return 403; }
            if (-f $work/busy) { return 503; }
            if (-f $work/cut) { return 444; }
        }
    }
}
EOF
nginx_start 24600
unset AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_DEFAULT_REGION AWS_CA_BUNDLE
AWS_ACCESS_KEY_ID=AKID:EXAMPLE # a colon: OpenStack's have one
AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
AWS_SESSION_TOKEN='tok/en=='
AWS_REGION=eu-central-1
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION
web --hosts 6 --pages 20 --size 30000
crawl_args="$crawl_args --delay 0 --threads 2"
crawl_args="$crawl_args --s3-endpoint http://127.0.0.1:$ngport"

# uploaded PREFIX: each finished file is there, and the same
uploaded() {
    [ -n "$(find "$out/warc" -name '*.warc.gz')" ] || fail "no WARC files"
    for file in "$out"/warc/*.warc.gz; do
        cmp "$file" "bucket/archive/$1${file##*/}" || fail "not up: $file"
    done
}

crawl --procs 2 --warc-max-size 100k --upload s3://archive/2026/x
uploaded 2026/x/
files=$(find "$out/warc" -name '*.warc.gz' | wc -l)
[ "$files" -ge 4 ] || fail "only $files files: --warc-max-size"
[ "$(find bucket -type f | wc -l)" -eq "$files" ] || fail "not $files files"
expect_text crawl.err 'WARC files? \([0-9]+ bytes\) uploaded'

# --- signatures ---
# Worked out here by AWS's description, with openssl.
hmac() { # HEX-KEY TEXT
    printf '%s' "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" |
        sed 's/.* //'
}
sha256() {
    printf '%s' "$1" | openssl dgst -sha256 | sed 's/.* //'
}
signature() { # METHOD URI HOST DATE DIGEST TYPE META TOKEN SIGNED-HEADERS
    headers=
    for name in $(echo "$9" | tr ';' ' '); do
        case $name in
        host) value=$3 ;;
        x-amz-date) value=$4 ;;
        x-amz-content-sha256) value=$5 ;;
        content-type) value=$6 ;;
        x-amz-meta-sha256) value=$7 ;;
        x-amz-security-token) value=$8 ;;
        *) fail "an odd header is signed: $name" ;;
        esac
        headers="$headers$name:$value
"
    done
    day=${4%%T*}
    request=$(sha256 "$1
$2

$headers
$9
$5")
    key=$(hmac "$(printf 'AWS4%s' "$AWS_SECRET_ACCESS_KEY" | od -An -v -tx1 |
        tr -d ' \n')" "$day")
    key=$(hmac "$(hmac "$(hmac "$key" $AWS_REGION)" s3)" aws4_request)
    hmac "$key" "AWS4-HMAC-SHA256
$4
$day/$AWS_REGION/s3/aws4_request
$request"
}
checked=0
grep -m 3 '^PUT|20' s3.log >some.txt
grep -m 2 '^HEAD|' s3.log >>some.txt
while IFS='|' read -r method _ uri host date digest type meta token auth; do
    signed=$(expr "$auth" : '.*SignedHeaders=\([^,]*\),')
    expr "$auth" : ".*Credential=$AWS_ACCESS_KEY_ID/" >/dev/null ||
        fail "not by the key $AWS_ACCESS_KEY_ID: $auth"
    for name in host x-amz-content-sha256 x-amz-date x-amz-security-token; do
        case ";$signed;" in
        *";$name;"*) ;;
        *) fail "$name is not signed: $signed" ;;
        esac
    done
    mine=$(signature "$method" "$uri" "$host" "$date" "$digest" "$type" \
        "$meta" "$token" "$signed")
    [ "$(expr "$auth" : '.*Signature=\([0-9a-f]*\)')" = "$mine" ] ||
        fail "another signature of $method $uri"
    if [ "$method" = PUT ]; then
        mine=$(openssl dgst -sha256 "bucket$uri" | sed 's/.* //')
        [ "$digest" = "$mine" ] || fail "another digest of $uri"
    fi
    checked=$((checked + 1))
done <some.txt
[ $checked -eq 5 ] || fail "$checked signatures were looked at"
# Nothing secret is in the crawl's files: settings, logs, Redis's data.
if grep -rlF "$AWS_SECRET_ACCESS_KEY" "$out" crawl.err; then
    fail "the secret key was written down"
fi

# --- a bucket that fails for a while, and one that cuts off ---
for how in busy cut; do
    anew
    : >$how
    crawl_start --procs 1 --upload s3://archive/$how/
    wait_for grep -q "cannot go to s3://archive/$how" crawl.err
    rm $how
    crawl_wait
    expect_text crawl.err "s3://archive/$how/ takes files again"
    [ "$(grep -c 'cannot go to' crawl.err)" -eq 1 ] || fail "it was said often"
    uploaded $how/
done

# --- what is left stays, is named, and goes up later ---
anew
: >refuse
want=5
crawl_start --procs 1 --max-pages 20 --upload s3://archive/left --upload-delete
wait_for grep -q 'cannot go to s3://archive/left: it answers 403' crawl.err
kill -INT "$master_pid"
crawl_wait
expect_text crawl.err 'WARC files? (is|are) not in s3://archive/left, but here'
[ -n "$(find "$out/warc" -name '*.warc.gz')" ] || fail "the file is gone"
cp -r "$out/warc" kept
rm refuse
want=0
crawl --procs 1 --max-pages 0
[ -z "$(ls "$out/warc")" ] || fail "--upload-delete left $(ls "$out/warc")"
for file in kept/*.warc.gz; do
    cmp "$file" "bucket/archive/left/${file##*/}" || fail "an older one"
done
gzip -t bucket/archive/left/*.warc.gz || fail "a file in the bucket is torn"
zcat bucket/archive/left/*.warc.gz | tr -d '\r' | awk '
    /^WARC-Type: / { type = $2 }
    /^WARC-Target-URI: / && type == "response" { print $2 }' | sort -u |
    grep -v robots.txt >stored.txt
expect_same expect.txt stored.txt
expect_code 0 tell verify

# By hand, with nothing to do twice.
by_hand() {
    expect_code 0 "$build/master" upload --upload s3://archive/hand \
        --s3-endpoint "http://127.0.0.1:$ngport" kept
    puts=$(grep -c '^PUT|20.*/hand/' s3.log)
}
by_hand
expect_text cmd.out '^kept/?: [1-9] uploaded now .*, 0 were there, 0 left'
first=$puts
by_hand
expect_text cmd.out '^kept: 0 uploaded now .*, [1-9][0-9]* were there, 0 left'
[ "$puts" -eq "$first" ] || fail "sent again"

# Each kind of file that --warc-compress makes, and nothing else.
mkdir kinds
one=$(find kept -name '*.warc.gz' | head -n 1)
cp "$one" kinds/a.warc.gz
gzip -dc "$one" >kinds/a.warc
zstd -q kinds/a.warc -o kinds/a.warc.zst
touch kinds/a.warc.zst.open kinds/a.cdxj kinds/a.warc.zst.part
expect_code 0 "$build/master" upload --upload s3://archive/kinds \
    --s3-endpoint "http://127.0.0.1:$ngport" kinds
expect_text cmd.out '^kinds: 3 uploaded now .*, 0 left'
[ "$(find bucket/archive/kinds -type f | wc -l)" -eq 3 ] || fail "not 3 files"
for file in a.warc a.warc.gz a.warc.zst; do
    cmp kinds/$file bucket/archive/kinds/$file || fail "not up: $file"
done
# One that S3 takes in no single request is said once, and not waited for.
mkdir large
cp "$one" large/a.warc.gz
truncate -s 6g large/b.warc
expect_code 1 "$build/master" upload --upload s3://archive/large \
    --s3-endpoint "http://127.0.0.1:$ngport" large
expect_text cmd.out '^large: 1 uploaded now .*, 1 left'
expect_text cmd.err '^[^ ]* warn .*: b.warc cannot go .* larger than 5 GB'
[ "$(wc -l <cmd.err)" -eq 1 ] || fail "it was tried again"
rm large/b.warc

# What is not to be.
unset AWS_SECRET_ACCESS_KEY
anew
want=2
crawl --procs 1 --upload s3://archive/x
expect_text crawl.err 'upload needs AWS_SECRET_ACCESS_KEY in the environment'
crawl --procs 1 --upload http://archive/x
expect_text crawl.err 'not of the form s3://BUCKET/PREFIX'
crawl --procs 1 --save files --upload s3://archive/x
expect_text crawl.err 'WARC files go there, and --save has no warc'
crawl --s3-endpoint http://user:pass@127.0.0.1/
expect_no_text crawl.err 'pass@'
