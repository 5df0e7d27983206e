#!/bin/sh
# setup.sh - installs what Weft needs and is missing, then runs make.
#
# The one home of the package lists.  What is looked for is the thing itself
# (a command, a library's pkg-config file, a header), not a package's name, so
# whatever came another way counts too; when all is there nothing is run as
# root and nothing is asked of the network.
#
# SPDX-License-Identifier: MIT
set -eu

usage() {
    cat <<'EOF'
usage: ./setup.sh deps [--lint]       install what is missing, nothing else
       ./setup.sh TARGET [ARG ...]    install, then make TARGET [ARG ...]
       ./setup.sh --help

  ./setup.sh demo                     crawl the 500 sites of the local test web
  ./setup.sh check                    build and run all tests
  ./setup.sh all MODE=debug           as make all MODE=debug
  ./setup.sh help                     the targets there are

--lint, or WEFT_DEPS=ci in the environment, also installs what make lint, fmt
and fuzz use: clang with libFuzzer, clang-format, cppcheck, shellcheck.

Packages come from apt-get (Debian, Ubuntu), dnf (Fedora), apk (Alpine) or
brew, as root, else by sudo or doas.  Debian 12 is what Weft is tested on.
EOF
}

# group, what shows that it is there, and its package for apt, dnf, apk, brew.
# A dash: nothing to install there.
table() {
    cat <<'EOF'
build cmd:cc               gcc                  gcc                   gcc           -
build header:stdio.h       libc6-dev            glibc-devel           musl-dev      -
build cmd:make             make                 make                  make          -
build cmd:pkg-config       pkg-config           pkgconf-pkg-config    pkgconf       pkgconf
build cmd:git              git                  git-core              git           git
build data:ca-roots        ca-certificates      ca-certificates       ca-certificates -
build lib:hiredis          libhiredis-dev       hiredis-devel         hiredis-dev   hiredis
build lib:libcurl          libcurl4-openssl-dev libcurl-devel         curl-dev      curl
build lib:libssl           libssl-dev           openssl-devel         openssl-dev   openssl@3
build lib:libxml-2.0       libxml2-dev          libxml2-devel         libxml2-dev   libxml2
build lib:libuv            libuv1-dev           libuv-devel           libuv-dev     libuv
build lib:libcares         libc-ares-dev        c-ares-devel          c-ares-dev    c-ares
build lib:libpsl           libpsl-dev           libpsl-devel          libpsl-dev    libpsl
build lib:libarchive       libarchive-dev       libarchive-devel      libarchive-dev libarchive
build lib:libpcre2-8       libpcre2-dev         pcre2-devel           pcre2-dev     pcre2
build lib:libxxhash        libxxhash-dev        xxhash-devel          xxhash-dev    xxhash
build lib:libdeflate       libdeflate-dev       libdeflate-devel      libdeflate-dev libdeflate
build lib:libisal          libisal-dev          isa-l-devel           isa-l-dev     isa-l
build lib:zlib             zlib1g-dev           zlib-devel            zlib-dev      zlib
build lib:libbrotlidec     libbrotli-dev        brotli-devel          brotli-dev    brotli
build lib:libzstd          libzstd-dev          libzstd-devel         zstd-dev      zstd
build lib:libmicrohttpd    libmicrohttpd-dev    libmicrohttpd-devel   libmicrohttpd-dev libmicrohttpd
build lib:inih             libinih-dev          inih-devel            inih-dev      inih
build lib:jansson          libjansson-dev       jansson-devel         jansson-dev   jansson
build lib:libidn2          libidn2-dev          libidn2-devel         libidn2-dev   libidn2
build lib:uchardet         libuchardet-dev      uchardet-devel        uchardet-dev  uchardet
build header:uthash.h      uthash-dev           uthash-devel          uthash-dev    uthash
build lib:cmocka           libcmocka-dev        libcmocka-devel       cmocka-dev    cmocka
run   cmd:redis-server     redis-server         redis                 redis         redis
run   data:public-suffixes publicsuffix         publicsuffix-list-dafsa publicsuffix-list -
test  cmd:redis-cli        redis-tools          redis                 redis         redis
test  cmd:curl             curl                 curl                  curl          curl
test  cmd:ps               procps               procps-ng             procps        -
test  cmd:ss               iproute2             iproute               iproute2      -
test  cmd:python3          python3              python3               python3       python3
test  cmd:tmux             tmux                 tmux                  tmux          tmux
test  cmd:xmllint          libxml2-utils        libxml2               libxml2-utils libxml2
test  cmd:dnsmasq          dnsmasq-base         dnsmasq               dnsmasq       dnsmasq
test  cmd:nginx            nginx                nginx                 nginx         nginx
test  cmd:openssl          openssl              openssl               openssl       openssl
test  cmd:zstd             zstd                 zstd                  zstd          zstd
test  cmd:squid            squid                squid                 squid         squid
test  cmd:danted           dante-server         -                     -             -
test  cmd:vsftpd           vsftpd               vsftpd                vsftpd        vsftpd
test  cmd:htpasswd         apache2-utils        httpd-tools           apache2-utils -
test  cmd:wget             wget                 wget                  wget          wget
test  cmd:zstd             zstd                 zstd                  zstd          zstd
test  cmd:jq               jq                   jq                    jq            jq
test  cmd:bash             bash                 bash                  bash          bash
test  cmd:zsh              zsh                  zsh                   zsh           zsh
test  cmd:mandoc           mandoc               mandoc                mandoc        mandoc
test  cmd:fish             fish                 fish                  fish          fish
test  cmd:chromium         chromium             chromium              chromium      -
test  cmd:chromedriver     chromium-driver      chromedriver          chromium-chromedriver -
test  cmd:promtool         prometheus           -                     prometheus    prometheus
test  cmd:ssh              openssh-client       openssh-clients       openssh-client -
test  cmd:sshd             openssh-server       openssh-server        openssh-server -
bench cmd:wget2            wget2                wget2                 -             -
bench cmd:unshare          util-linux           util-linux            util-linux    -
bench cmd:httrack          httrack              httrack               -             -
bench cmd:scrapy           python3-scrapy       -                     -             -
bench cmd:strace           strace               strace                strace        -
bench cmd:valgrind         valgrind             valgrind              valgrind      -
lint  cmd:bash             bash                 bash                  bash          bash
lint  cmd:clang            clang                clang                 clang         llvm
lint  data:libfuzzer       libclang-rt-dev      compiler-rt           compiler-rt   -
lint  cmd:clang-format     clang-format         clang-tools-extra     clang-extra-tools clang-format
lint  cmd:cppcheck         cppcheck             cppcheck              cppcheck      cppcheck
lint  cmd:shellcheck       shellcheck           ShellCheck            shellcheck    shellcheck
EOF
}

say() {
    echo "setup.sh: $*"
}

die() {
    echo "setup.sh: $*" >&2
    exit 1
}

manager() {
    for m in apt-get dnf apk brew; do
        if command -v "$m" >/dev/null 2>&1; then
            echo "$m"
            return
        fi
    done
    echo none
}

any_file() {
    for f in "$@"; do
        [ ! -e "$f" ] || return 0
    done
    return 1
}

# is_there KIND:NAME
is_there() {
    name=${1#*:}
    case $1 in
    cmd:*) # servers are often where only root looks
        command -v "$name" >/dev/null 2>&1 ||
            any_file "/usr/sbin/$name" "/usr/local/sbin/$name"
        ;;
    lib:*) pkg-config --exists "$name" 2>/dev/null ;;
    header:*)
        echo "#include <$name>" | ${CC:-cc} -E -x c - >/dev/null 2>&1
        ;;
    data:ca-roots)
        any_file /etc/ssl/certs/ca-certificates.crt \
            /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem
        ;;
    data:libfuzzer)
        echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
            clang -fsanitize=fuzzer,address -x c -o /dev/null - >/dev/null 2>&1
        ;;
    data:public-suffixes)
        any_file /usr/share/publicsuffix/public_suffix_list.dafsa \
            /usr/share/publicsuffix/public_suffix_list.dat
        ;;
    esac
}

# Fills missing (what is not there) and packages (what brings it).
look() {
    missing='' packages=''
    while read -r group thing apt dnf apk brew; do
        case " $groups " in *" $group "*) ;; *) continue ;; esac
        case $manager in
        apt-get) package=$apt ;;
        dnf) package=$dnf ;;
        apk) package=$apk ;;
        brew) package=$brew ;;
        none) package=${thing#*:} ;;
        esac
        [ "$package" != - ] || continue
        if is_there "$thing"; then continue; fi
        missing="$missing $thing"
        case " $packages " in
        *" $package "*) ;;
        *) packages="$packages $package" ;;
        esac
    done <<EOF
$(table)
EOF
    missing=${missing# }
    packages=${packages# }
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    elif command -v doas >/dev/null 2>&1; then
        doas "$@"
    else
        die "not root, and neither sudo nor doas is here; as root, run:" \
            "$manager $verb $packages"
    fi
}

# Debian starts a service when its package is installed.  Weft's master starts
# a redis-server of its own, and a test an sshd, so none shall run, nor be
# enabled for next boot.
policy=/usr/sbin/policy-rc.d
own_policy=
policy_put() {
    [ ! -e $policy ] || return 0 # the owner of this machine has one
    # 101: "action forbidden by policy"
    as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
    own_policy=yes
}

policy_end() {
    [ -n "$own_policy" ] || return 0
    own_policy=
    as_root rm -f $policy
}

apt_install() {
    trap policy_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    policy_put
    as_root apt-get -q update ||
        say "apt-get update failed; going on with the lists that are here"
    # shellcheck disable=SC2086 # package names, one word each
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 install --no-install-recommends $packages ||
        die "apt-get could not install: $packages"
    for service in redis-server openssh-server nginx squid dante-server \
        prometheus vsftpd; do
        case " $packages " in *" $service "*) ;; *) continue ;; esac
        case $service in
        openssh-server) service=ssh ;;
        dante-server) service=danted ;;
        esac
        if command -v systemctl >/dev/null 2>&1; then
            as_root systemctl disable $service >/dev/null 2>&1 || :
        else
            as_root update-rc.d $service disable >/dev/null 2>&1 || :
        fi
    done
    policy_end
    trap - EXIT INT TERM HUP
}

install_missing() {
    say "installing $packages"
    # shellcheck disable=SC2086
    case $manager in
    apt-get) apt_install ;;
    dnf) as_root dnf -y install $packages || die "dnf could not install: $packages" ;;
    apk) as_root apk add $packages || die "apk could not install: $packages" ;;
    brew) brew install $packages || die "brew could not install: $packages" ;;
    esac
}

deps() {
    manager=$(manager)
    case $manager in apk) verb=add ;; *) verb=install ;; esac
    look
    if [ -z "$packages" ]; then
        return 0
    fi
    if [ "$manager" = none ]; then
        die "no apt-get, dnf, apk or brew here; please install: $missing" \
            "(lib: a library with its headers and pkg-config file)"
    fi
    install_missing
    look
    [ -z "$packages" ] ||
        die "still missing after the installation: $missing ($packages)"
    return 0
}

cd "$(dirname "$0")"
groups='build run test'
if [ "${WEFT_DEPS:-}" = ci ]; then groups="$groups lint"; fi
case ${1:-} in
'')
    usage >&2
    exit 2
    ;;
-h | --help)
    usage
    exit 0
    ;;
-*)
    usage >&2
    exit 2
    ;;
deps)
    case ${2:-} in
    '') ;;
    --lint) groups='build run test lint' ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
    deps
    say "all there"
    exit 0
    ;;
lint | fmt | fuzz) groups='build run test lint' ;;
bench) groups='build run test bench' ;;
esac
deps
exec make -j"$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)" "$@"
