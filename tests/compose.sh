#!/bin/sh
# SPDX-License-Identifier: MIT
# compose.sh - docker-compose.yml on a machine where nothing can be pulled:
# builds the Dockerfile, crawls the test web in a container of its own, takes
# one worker away by kill -9, goes from 3 workers to 6 and to 1 meanwhile, and
# nothing is lost.  Some 3 minutes, most of them the build.
#
#   make compose-check        the same as  WEFT_COMPOSE=1 tests/compose.sh
#
# Base images: debian:12 and debian:12-slim if the engine has them, else
# weft-base:12, else build/docker/base.tar.  With WEFT_COMPOSE=1 the last is
# made by debootstrap, from where this machine's apt has its packages; without
# it the test is skipped then.
#
# Engine: the one that answers, else one of its own (root) in the test's
# folder.  That one leaves the machine's iptables and forwarding alone: its
# containers share a bridge and need no way out, and builds use the host's
# network.
. "$(dirname "$0")/e2e/lib.sh"

SUITE=bookworm
project=weft$$
tar=$root/build/docker/base.tar
export DOCKER_BUILDKIT=0 # no frontend to be pulled, no plugin needed

step() {
    echo "$(($(date +%s) - start)) s: $*"
}

# shellcheck disable=SC2317 # reached by the trap
compose_exit() {
    code=$?
    trap - EXIT
    set +e
    if [ -f "$work/web.yml" ]; then
        [ "$code" -eq 0 ] || compose logs --no-color --tail=20
        compose down -v --timeout 15 >down.log 2>&1 || cat down.log
    fi
    # A user's engine is left as it was, but for the base.
    [ -z "${images:-}" ] || docker rmi $images >/dev/null 2>&1
    (exit $code)
    at_exit
}

# --- engine ---

engine() {
    docker info >/dev/null 2>&1
}

engine_start() {
    need dockerd iptables unshare
    [ "$(id -u)" -eq 0 ] || skip "no docker engine answers, and only root may start one"
    [ -z "${DOCKER_HOST:-}" ] || skip "no docker engine answers at \$DOCKER_HOST"
    DOCKER_HOST=unix://$work/docker.sock
    export DOCKER_HOST
    network=host
    for driver in overlay2 vfs; do # vfs where there is no overlayfs
        spawn unshare --mount --propagation private dockerd \
            --data-root "$work/docker" --exec-root "$work/exec" \
            --pidfile "$work/docker.pid" -H "$DOCKER_HOST" \
            --storage-driver $driver --bridge=none --iptables=false \
            --ip-forward=false --ip-masq=false >dockerd.log 2>&1
        dockerd=$pid
        deadline=$(($(now_ms) + 30000))
        until engine; do
            sleep 0.2
            if is_gone "$dockerd" || [ "$(now_ms)" -gt $deadline ]; then break; fi
        done
        if engine; then
            step "an engine of our own, $driver"
            return
        fi
        end "$dockerd"
    done
    tail -n 3 dockerd.log
    skip "dockerd does not start here"
}

# --- base ---

# "URI SUITE COMPONENT" a line, of the Debian sources that apt uses here.
apt_sources() {
    # shellcheck disable=SC2016 # apt's own fields
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Identifier: Packages' 2>/dev/null | awk -v suite=$SUITE '
        $3 == "main" && ($2 == suite || $2 == suite "-updates" ||
                         $2 == suite "-security")' | sort -u
}

base_make() {
    need debootstrap apt-get
    [ "$(id -u)" -eq 0 ] || skip "debootstrap is for root"
    mirror=$(apt_sources | awk -v suite=$SUITE '$2 == suite { print $1; exit }')
    [ -n "$mirror" ] || skip "apt here has no $SUITE"
    debootstrap --variant=minbase $SUITE "$work/base" "$mirror" >base.log 2>&1 ||
        fail "debootstrap: $(tail -n 1 base.log)"
    apt_sources | sed 's/^/deb /' >"$work/base/etc/apt/sources.list"
    rm -rf "$work"/base/var/cache/apt/archives/*.deb \
        "$work"/base/var/lib/apt/lists/* "$work"/base/var/log/*
    mkdir -p "$(dirname "$tar")"
    tar -C "$work/base" -cf "$tar.tmp" .
    mv "$tar.tmp" "$tar"
    rm -rf "$work/base"
    step "a base by debootstrap, $(($(wc -c <"$tar") / 1000000)) MB"
}

has_image() {
    docker image inspect "$1" >/dev/null 2>&1
}

# Fills build_base and run_base.
base_find() {
    build_base=debian:12 run_base=debian:12-slim
    if has_image $build_base && has_image $run_base; then return; fi
    build_base=weft-base:12 run_base=weft-base:12
    if has_image $run_base; then return; fi
    [ -f "$tar" ] || base_make
    docker import "$tar" $run_base >/dev/null || fail "docker import $tar"
    step "the base is in"
}

# --- crawl ---

compose() {
    $compose -p "$project" -f docker-compose.yml -f web.yml "$@"
}

scale() {
    compose up -d --scale worker="$1" >up.log 2>&1 || {
        cat up.log
        fail "docker-compose up --scale worker=$1"
    }
    step "$1 workers wanted, $(fetched) of $total pages fetched"
}

fetched() {
    awk '$5 == 200 && $4 != "/robots.txt"' web/web.log | wc -l
}

fetched_some() {
    [ "$(fetched)" -ge "$1" ]
}

# state_of SERVICE FORMAT - a line for each of its containers.
state_of() {
    # shellcheck disable=SC2046 # ids
    docker inspect -f "$2" $(compose ps -q "$1")
}

ended() {
    ! state_of "$1" '{{.State.Status}}' | grep -qvx exited
}

worker_healthy() {
    state_of worker '{{.State.Health.Status}}' | grep -qx healthy
}

worker_restarted() {
    [ "$(docker inspect -f '{{.RestartCount}} {{.State.Status}}' "$1")" = \
        '1 running' ]
}

project_make() {
    cp "$root/docker-compose.yml" .
    mkdir -p lists web
    "$build/testweb" $web_args --list lists/seeds.csv --expect expect.txt \
        --list-only
    total=$(wc -l <expect.txt)
    : >web/web.log
    cat >web.yml <<EOF
version: "3.8"
services:
  web:
    image: $project-testweb
    command: --listen any:8080 --log /web/web.log $web_args
    volumes: ["./web:/web"]
    networks: [default]
EOF
    # Without a password it says what is missing.
    expect_code 1 compose config
    expect_text cmd.err 'put REDIS_PASSWORD=... into .env \(see .env.example\)'
    cp "$root/.env.example" .env
    expect_code 1 compose config
    cat >>.env <<EOF
REDIS_PASSWORD=s3cret-$$
LISTS=./lists
LIST=seeds.csv
WEFT_IMAGE=$project
WEFT_LEVEL=-1
WEFT_ALLOW_PRIVATE=yes
WEFT_CONNECT_TO=::web:8080
WEFT_DELAY=$delay
WEFT_HEARTBEAT_LIMIT=5
WEFT_NAME=t
EOF
}

images_make() {
    for target in testweb ''; do
        name=$project${target:+-$target}
        docker build ${network:+--network $network} -t "$name" \
            ${target:+--target $target} --build-arg BUILD_BASE=$build_base \
            --build-arg RUN_BASE=$run_base "$root" >build.log 2>&1 || {
            tail -n 30 build.log
            fail "docker build $target"
        }
        images="$images $name"
    done
    size=$(docker image inspect -f '{{.Size}}' "$project")
    step "images are built: weft has $((size / 1000000)) MB with its base"
}

expect_files() {
    docker cp "$(compose ps -q master)":/data "$work/data"
    out=$work/data
    [ "$(find data/warc -name '*.open' | wc -l)" -eq 0 ] ||
        fail "a WARC file was left open"
    for file in data/warc/*.warc.gz; do
        gzip -t "$file" || fail "$file is not whole"
    done
    # Fetched pages, by each of the three that know.
    expect_complete
    gzip -dc data/warc/*.warc.gz | awk '
        /^WARC\/1\.1/ { uri = type = "" }
        /^WARC-Type: / { type = $2 }
        /^WARC-Target-URI: / { uri = $2 }
        /^\r?$/ && type == "response\r" { sub(/\r/, "", uri); print uri; type = "" }
        ' | grep -v '/robots\.txt$' | sort -u >stored.txt
    expect_same expect.txt stored.txt
    for file in data/log/*.jsonl; do
        ! grep -vq '^{.*}$' "$file" || fail "$file has half a line"
    done
    sed -n 's/.*"url":"\([^"]*\)".*"outcome":"OK".*/\1/p' data/log/*.jsonl |
        grep -v '/robots\.txt$' | sort -u >logged.txt
    expect_same expect.txt logged.txt
}

# --- the play ---

start=$(date +%s)
images=
network=
delay=0.3
web_args='--hosts 60 --pages 110 --cross 2 --latency 20'
need docker
if command -v docker-compose >/dev/null 2>&1; then
    compose=docker-compose
elif docker compose version >/dev/null 2>&1; then
    compose='docker compose'
else
    skip "neither docker-compose nor docker compose is here"
fi
if [ -z "${WEFT_COMPOSE:-}" ] && [ ! -f "$tar" ] && ! has_image debian:12-slim &&
    ! has_image weft-base:12; then
    skip "no base image here; make compose-check makes one (minutes)"
fi
trap compose_exit EXIT
engine || engine_start
base_find
project_make
images_make

scale 3
wait_for -t 60 fetched_some $((total / 10))
# A crash, as the kernel ends one that has too much memory: it comes back.
victim=$(compose ps -q worker | head -n 1)
kill -KILL "$(docker inspect -f '{{.State.Pid}}' "$victim")"
wait_for -t 30 worker_restarted "$victim"
scale 6
wait_for -t 30 worker_healthy
wait_for -t 60 fetched_some $((total / 2))
scale 1
[ "$(compose ps -q worker | wc -l)" -eq 1 ] || fail "not one worker is left"
wait_for -t 240 ended master
wait_for ended worker
step "finished"
[ "$(state_of master '{{.State.ExitCode}}')" -eq 0 ] || fail "the master failed"
# Finished is finished: it is not started again.
[ "$(state_of worker '{{.State.ExitCode}}')" -eq 0 ] || fail "the worker failed"
compose stop --timeout 30 web >/dev/null 2>&1 # its log is complete then
cp web/web.log web.log
expect_files
expect_spacing 300
step "nothing is lost: $total pages, $(($(fetched) - total)) of them twice"
