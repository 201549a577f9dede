#!/bin/bash
# SPDX-License-Identifier: MIT
# The Debian packages of packaging/debian, on a bare Debian as root.
#
#   deb.sh build FOLDER   makes the source package and the binary ones of this tree in FOLDER, from what Build-Depends names,
#                         and puts beside them what `deb.sh try` needs
#   deb.sh try            in such a FOLDER: installs the packages, compiles the first example of README and the CMake project of
#                         tests/consumers against them, and runs what is installed and compiled
set -euo pipefail

build() {
    local folder=$1 tree=$1/lark-registration
    rm -rf "$folder"
    mkdir -p "$tree"
    tar -c --exclude='./build*' --exclude='./.git' . | tar -x -C "$tree"
    cp -r packaging/debian "$tree"
    apt-get -q update
    apt-get -qy install --no-install-recommends build-essential
    apt-get -qy build-dep --no-install-recommends "./$tree"
    # Debugging information of functions and lines alone, as in ./dev: nothing here reads more.
    (cd "$tree" && DEB_CXXFLAGS_APPEND=-g1 DEB_BUILD_OPTIONS="parallel=$(nproc) nocheck noautodbgsym" dpkg-buildpackage -us -uc)
    rm -rf "$tree"
    cp docs/examples/{quick_start.cpp,arguments.hpp} tests/consumers/consumer.cpp tests/consumers/cmake/CMakeLists.txt \
        tests/platforms/deb.sh "$folder"
}

try() {
    # What a user would install: whatever else these need, the packages bring along.
    apt-get -q update
    apt-get -qy install --no-install-recommends ./*.deb g++ pkgconf cmake make
    dpkg -L liblark-registration0 liblark-registration-dev lark-registration-tools | grep -v '^/usr/include/' | sort -u
    local version work
    work=$(mktemp -d)
    set -x
    # shellcheck disable=SC2046  # the flags are words
    g++ -std=c++20 quick_start.cpp -o "$work/quick_start" $(pkg-config --cflags --libs lark-registration-poco)
    ldd "$work/quick_start"
    cmake -S . -B "$work/cmake"
    cmake --build "$work/cmake"
    "$work/cmake/consumer"

    version=$(dpkg-query -W -f='${Version}' lark-registration-tools)
    [[ $(lark-register --version) == "lark-register $version" && $(lark-sandbox --version) == "lark-sandbox $version" ]]
    lark-register --sandbox --approve-after 1 </dev/null

    # The example, against the sandbox of the package.
    local sandbox ready app
    coproc lark-sandbox --json --approve-after 0
    sandbox=$COPROC_PID
    read -r ready <&"${COPROC[0]}"
    [[ $ready =~ \"domain\":\"([^\"]+)\",\"lark_domain\":\"([^\"]+)\" ]]
    app=$("$work/quick_start" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}")
    kill "$sandbox"
    [[ $app == cli_* ]]
    echo "deb.sh: all good"
}

case "${1-}" in
    build) build "$2" ;;
    try) try ;;
    *) echo "deb.sh: build or try, see the comment at the beginning" >&2; exit 2 ;;
esac
