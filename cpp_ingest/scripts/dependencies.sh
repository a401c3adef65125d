#!/usr/bin/env bash
# Installs what the build needs and prints, as its last line on stdout, the prefix that holds librdkafka (empty when the
# system's own is recent enough).
#
#   dependencies.sh [release|tsan] [--tools]     --tools: also clang, clang-tidy and clang-format
set -euo pipefail

variant=release tools=
for argument in "$@"; do
  case $argument in
    release | tsan) variant=$argument ;;
    --tools) tools=yes ;;
    *) echo "dependencies.sh: unknown argument $argument" >&2; exit 2 ;;
  esac
done

# librdkafka's current source comes with Confluent's npm package. Distributions carry one without the fixes that the
# idempotent producer got in 2.3 to 2.5.
package_version=1.10.1
package_sha256=ada7d703bb1d3237e2292bfabf438d663b6160c9f1ac2a2406b5dc4257c81b66
librdkafka_version=2.15.1
librdkafka_minimum=2.8

packages=(g++ make python3 cmake ninja-build pkg-config libgrpc++-dev libgrpc-dev protobuf-compiler
  protobuf-compiler-grpc libprotobuf-dev libspdlog-dev libcli11-dev prometheus-cpp-dev libgtest-dev libgmock-dev
  libbenchmark-dev libjemalloc-dev libssl-dev zlib1g-dev libzstd-dev)
[[ -z $tools ]] || packages+=(clang clang-tidy clang-format)

install_packages() {
  command -v dpkg-query > /dev/null || { echo "not a Debian system: have these at hand: ${packages[*]}" >&2; return; }
  local missing=() name
  for name in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$name" 2> /dev/null | grep -q 'install ok installed' || missing+=("$name")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ $(id -u) != 0 ]]; then
    echo "needed: sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 3
  fi
  echo "installing ${missing[*]}" >&2
  apt-get update -q >&2 || true
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
}

download() { # the package's tarball into $1
  local name=confluentinc-kafka-javascript-$package_version.tgz
  if command -v npm > /dev/null; then
    (cd "$1" && npm pack --silent "@confluentinc/kafka-javascript@$package_version" > /dev/null)
  else
    curl -fsSL --retry 3 -o "$1/$name" \
      "${npm_config_registry:-https://registry.npmjs.org}/@confluentinc/kafka-javascript/-/kafka-javascript-$package_version.tgz"
  fi
  echo "$package_sha256  $1/$name" | sha256sum --check --quiet >&2
  tar -xzf "$1/$name" -C "$1" package/deps/librdkafka
}

build_librdkafka() { # into the prefix $1
  scratch=$(mktemp -d) # not local: the trap outlives the function
  trap 'rm -rf "$scratch"' EXIT
  download "$scratch"
  # TSAN does not know C11's threads, and needs its own instrumentation in the library.
  local options=(--disable-gssapi --disable-lz4-ext --disable-curl --disable-syslog --enable-static)
  if [[ $variant == tsan ]]; then
    options+=(--disable-c11threads --CFLAGS=-fsanitize=thread --LDFLAGS=-fsanitize=thread)
  else
    options+=(--disable-debug-symbols) # they take much of the compiler's time; its functions keep their names
  fi
  echo "building librdkafka $librdkafka_version ($variant), about a minute" >&2
  (
    cd "$scratch/package/deps/librdkafka"
    ./configure --prefix="$1.partial" "${options[@]}"
    make -C src -j"${JOBS:-2}" librdkafka.a rdkafka-static.pc
  ) > "$scratch/log" 2>&1 || { tail -40 "$scratch/log" >&2; exit 3; }
  rm -rf "$1.partial" "$1"
  mkdir -p "$1.partial/lib" "$1.partial/include/librdkafka"
  cp "$scratch"/package/deps/librdkafka/src/{rdkafka,rdkafka_mock}.h "$1.partial/include/librdkafka/"
  cp "$scratch/package/deps/librdkafka/src/librdkafka.a" "$1.partial/lib/"
  cp "$scratch/package/deps/librdkafka/LICENSES.txt" "$1.partial/"
  mv "$1.partial" "$1"
}

install_packages
if [[ $variant == release ]] && pkg-config --atleast-version=$librdkafka_minimum rdkafka 2> /dev/null; then
  echo
  exit 0
fi
suffix=
[[ $variant == release ]] || suffix=-$variant
prefix=${XDG_CACHE_HOME:-$HOME/.cache}/keystone-nexus/librdkafka-$librdkafka_version$suffix
mkdir -p "$(dirname "$prefix")"
exec 9> "$prefix.lock"
flock 9
[[ -f $prefix/lib/librdkafka.a ]] || build_librdkafka "$prefix"
echo "$prefix"
