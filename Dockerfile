# Weft's image: master and worker, and a redis-server for either way to use it
# (the master's private one, or the service of docker-compose.yml).
#
#   docker build -t weft .
#   docker run --rm -v weft:/data weft master --level 0 \
#       /usr/local/share/weft/top-sites.csv
#
# BUILD_BASE and RUN_BASE may be a Debian 12 made here, where nothing can be
# pulled: tests/compose.sh makes one by debootstrap.
#
# SPDX-License-Identifier: MIT
ARG BUILD_BASE=debian:12
ARG RUN_BASE=debian:12-slim

FROM ${BUILD_BASE} AS build
WORKDIR /src
# The lists of packages first: this layer is kept while only sources change.
COPY setup.sh ./
RUN ./setup.sh deps && rm -rf /var/lib/apt/lists/*
COPY . .
# .git stays outside: --build-arg VERSION="$(git describe --tags)"
ARG VERSION=
RUN make -j"$(nproc)" install DESTDIR=/out LDFLAGS=-s \
    ${VERSION:+VERSION="$VERSION"}
# The packages that hold the libraries which the two programs name.
RUN objdump -p /out/usr/local/bin/* | awk '$1 == "NEEDED" { print $2 }' | \
    sort -u | while read -r lib; do \
        file=$(ldconfig -p | awk -v lib="$lib" '$1 == lib { print $NF; exit }'); \
        dpkg -S "$(readlink -f "$file")" "$file" 2>/dev/null | \
            sed 's/:.*//' | head -n 1 | grep . || echo "no-package-of-$lib"; \
    done | grep -v '^libc6$' | sort -u >/out/usr/local/share/weft/packages && \
    cat /out/usr/local/share/weft/packages

# What tests/compose.sh crawls; never part of the image.
FROM build AS testweb
RUN make build/release/testweb
ENTRYPOINT ["/src/build/release/testweb"]

FROM ${RUN_BASE}
COPY --from=build /out/usr/local/ /usr/local/
# Beside the libraries: TLS roots, the public suffix list, Redis, and tini,
# which compose uses to tell "a limit was reached" from an error.
RUN export DEBIAN_FRONTEND=noninteractive && apt-get -q update && \
    xargs apt-get -q -y install --no-install-recommends \
        ca-certificates publicsuffix redis-server tini \
        </usr/local/share/weft/packages && \
    rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/share/doc/* \
        /usr/share/man/* /usr/share/locale/* && \
    useradd --uid 10001 --user-group --no-create-home --home-dir /data weft && \
    install -d -o weft -g weft /data /redis
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
# Both programs touch the file each second as long as their threads turn; it
# says nothing of Redis, which both wait for.
ENV WEFT_OUTPUT=/data WEFT_HEALTH_FILE=/tmp/weft-health
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD find "$WEFT_HEALTH_FILE" -mmin -0.5 | grep -q .
STOPSIGNAL SIGTERM
CMD ["master", "--help"]
