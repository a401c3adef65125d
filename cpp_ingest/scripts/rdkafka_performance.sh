#!/usr/bin/env bash
# Builds librdkafka's own benchmark, rdkafka_performance, on the librdkafka that the server is built on, and prints
# where it is.
set -euo pipefail

# Confluent's npm package has the library's source without its examples; this one has them. Only the tool's source and
# the private headers that it includes are of this package's librdkafka (2.12.0).
package=node-rdkafka
package_version=3.6.1
package_sha256=148f7e7b65c510314c70762d8f1be052c8fe1fdf03a128e6c78083a729a57a30

download() { # the package into $1
  local name=$package-$package_version.tgz
  if command -v npm > /dev/null; then
    (cd "$1" && npm pack --silent "$package@$package_version" > /dev/null)
  else
    curl -fsSL --retry 3 -o "$1/$name" "${npm_config_registry:-https://registry.npmjs.org}/$package/-/$name"
  fi
  echo "$package_sha256  $1/$name" | sha256sum --check --quiet >&2
  tar -xzf "$1/$name" -C "$1" package/deps/librdkafka
}

build() { # $1: the binary; $2: librdkafka's prefix, empty for the system's
  scratch=$(mktemp -d) # not local: the trap outlives the function
  trap 'rm -rf "$scratch"' EXIT
  download "$scratch"
  cd "$scratch/package/deps/librdkafka"
  ./configure --disable-gssapi --disable-curl > "$scratch/log" 2>&1 || { tail -20 "$scratch/log" >&2; exit 3; }
  local include=(-I "$2/include/librdkafka") libraries=("$2/lib/librdkafka.a" -lssl -lcrypto -lz -lzstd -lm -ldl -pthread)
  if [[ -z $2 ]]; then
    include=(-I "$(pkg-config --variable=includedir rdkafka)/librdkafka")
    read -ra libraries < <(pkg-config --libs rdkafka)
  fi
  mkdir -p "$(dirname "$1")"
  cc -O2 -w "${include[@]}" -I src -o "$1.partial" examples/rdkafka_performance.c "${libraries[@]}"
  mv "$1.partial" "$1"
}

librdkafka=$(bash "$(dirname "${BASH_SOURCE[0]}")/dependencies.sh")
tool=${librdkafka:-${XDG_CACHE_HOME:-$HOME/.cache}/keystone-nexus/librdkafka-system}/bin/rdkafka_performance
[[ -x $tool ]] || build "$tool" "$librdkafka"
echo "$tool"
