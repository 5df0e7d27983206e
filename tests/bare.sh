#!/bin/sh
# bare.sh [COMMAND] - does a fresh clone work on a bare Debian 12?
#
#   tests/bare.sh './setup.sh check && ./setup.sh demo'       (the default)
#   tests/bare.sh './setup.sh deps && make all'
#
# Makes a chroot by debootstrap (minbase: no make, no compiler, no library),
# clones the last commit into it, runs COMMAND there and takes it all away.
# Exits with COMMAND's code, or 77 after "skipped: why" where it cannot run.
#
#   BARE_KEEP=1     keep the chroot and say where it is
#   BARE_MIRROR=URL take Debian from there, not from where this machine's apt does
#   TMPDIR          where the chroot (1 GB with all packages) is made
#
# What is mounted is mounted in a mount namespace of its own, and what is
# started lives in a PID namespace of its own: both end with the command,
# however it ends, and nothing of this machine is ever bound into the chroot.
# So when the chroot is removed, outside, there is no mount to remove through.
#
# SPDX-License-Identifier: MIT
set -eu

SUITE=bookworm
DEFAULT='./setup.sh check && ./setup.sh demo'

skip() {
    echo "skipped: $*"
    exit 77
}

# "URI SUITE COMPONENT" a line, of the Debian sources that apt uses here.
apt_sources() {
    # shellcheck disable=SC2016 # apt's own fields
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Identifier: Packages' 2>/dev/null |
        awk -v suite=$SUITE '
        $3 == "main" && ($2 == suite || $2 == suite "-updates" ||
                         $2 == suite "-security")' | sort -u
}

# Runs inside the namespaces: $1 the chroot, $2 the mirror, $3 the command.
inside() {
    root=$1 mirror=$2 command=$3
    debootstrap --variant=minbase $SUITE "$root" "$mirror" >"$root.log" 2>&1 || {
        tail -n 20 "$root.log"
        echo "bare: debootstrap failed"
        exit 1
    }
    echo "bare: chroot made, $(du -sm "$root" | cut -f1) MB"
    copy_settings
    git clone -q --no-hardlinks . "$root/root/weft"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sys "$root/sys"
    mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666 pts "$root/dev/pts"
    code=0
    # Not exec: this shell is the namespace's first process and reaps orphans.
    # shellcheck disable=SC2086 # keep is a list of NAME=VALUE without blanks
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" $keep \
        chroot "$root" sh -c "cd /root/weft && $command" || code=$?
    exit $code
}

# How this machine reaches its mirror: names, proxy, roots, sources, dates.
copy_settings() {
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    if [ -n "${BARE_MIRROR:-}" ]; then
        echo "deb $mirror $SUITE main"
    else
        apt_sources | sed 's/^/deb /'
    fi >"$root/etc/apt/sources.list"
    apt-config dump --format '%F "%v";%n' 2>/dev/null |
        grep -E '^Acquire::(https?|Retries|Check-)[A-Za-z:-]* "[^"]+"' \
            >"$root/etc/apt/apt.conf.d/90machine" || :
    roots=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
    if [ -f "$roots" ]; then
        cp -L "$roots" "$root/etc/apt/roots.crt"
        echo 'Acquire::https::CAInfo "/etc/apt/roots.crt";' \
            >>"$root/etc/apt/apt.conf.d/90machine"
    fi
    keep=
    for name in http_proxy https_proxy no_proxy; do
        eval "value=\${$name:-}"
        [ -z "$value" ] || keep="$keep $name=$value"
    done
}

if [ "${1:-}" = --inside ]; then
    shift
    inside "$@"
fi

cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || skip "chroots are made by root only"
for tool in debootstrap unshare chroot git; do
    command -v $tool >/dev/null || skip "$tool is not installed"
done
git rev-parse --git-dir >/dev/null 2>&1 || skip "not a git clone"
unshare --mount --pid --fork true 2>/dev/null ||
    skip "no namespaces of our own here"
mirror=${BARE_MIRROR:-}
if [ -z "$mirror" ]; then
    command -v apt-get >/dev/null || skip "no apt here; set BARE_MIRROR"
    mirror=$(apt_sources | awk -v suite=$SUITE '$2 == suite { print $1; exit }')
    [ -n "$mirror" ] || skip "apt here has no $SUITE; set BARE_MIRROR"
fi

root=$(mktemp -d "${TMPDIR:-/tmp}/weft-bare.XXXXXX")
chmod 755 "$root"
# shellcheck disable=SC2317 # reached by the trap
finish() {
    if [ -n "${BARE_KEEP:-}" ]; then
        echo "bare: kept in $root"
    elif grep -q " $root/" /proc/self/mounts; then
        echo "bare: something is still mounted below $root; not removed"
    else
        rm -rf --one-file-system "$root" "$root.log"
    fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

start=$(date +%s)
code=0
unshare --mount --propagation private --pid --fork --kill-child \
    sh tests/bare.sh --inside "$root" "$mirror" "${1:-$DEFAULT}" || code=$?
echo "bare: exit $code after $(($(date +%s) - start)) s"
exit $code
