#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds with what distributions and users switch on, by the machine's own g++; any warning of ours is an error.
#
#   switches.sh FOLDER   the folder to build in
set -euo pipefail
source=$PWD folder=$1
mkdir -p "$folder"
cache=
! command -v ccache >/dev/null || cache='ccache '
export CC="${cache}gcc" CXX="${cache}g++"

# g++ 12 warns falsely of `"text" + string` from -O2 on (GCC's bug 105651).
arguments=
[[ $(g++ -dumpversion) != 12* ]] || arguments=-Wno-restrict

# build NAME [MESON OPTION…]: LTO warns when it links, which -Werror does not catch, so the output is searched as well.
build() {
    local log=$folder/$1.log
    echo "== $1"
    [[ -f $folder/$1/build.ninja ]] || meson setup "$folder/$1" "$source" -Dauto_features=enabled -Dwerror=true "${@:2}" >"$log"
    ninja -C "$folder/$1" >"$log" || { tail -n 60 "$log"; return 1; }
    ! grep -A 5 'warning:' "$log"
}

failed=()
build release --buildtype=release -Ddefault_library=shared -Dtests=disabled -Dcpp_args="-D_FORTIFY_SOURCE=3 $arguments" || failed+=(release)
build lto --buildtype=release -Ddefault_library=static -Dtests=disabled -Db_lto=true -Dunity=on -Dcpp_args="$arguments" || failed+=(lto)
{
    build unity -Dunity=on -Dunity_size=1000 -Doptimization=0 -Ddebug=false -Dcpp_args="-std=c++23 -D_GLIBCXX_ASSERTIONS" &&
        meson test -C "$folder/unity" --print-errorlogs --timeout-multiplier 10  # nothing is optimised
} || failed+=(unity)

# A strict parent, which has us as a subproject. (Meson 1.0 knows no cpp_std=c++23; the last -std counts.)
parent=$folder/parent-source
mkdir -p "$parent/subprojects"
ln -sfn "$source" "$parent/subprojects/lark-registration"
cp tests/consumers/consumer.cpp "$parent"
cat >"$parent/meson.build" <<'MESON'
project('parent', 'cpp', default_options: ['warning_level=3', 'werror=true', 'cpp_std=c++20', 'buildtype=release'])
subproject('lark-registration')
lark = [dependency('lark-registration-fake'), dependency('lark-registration-poco'), dependency('lark-registration-qr')]
test('consumer', executable('consumer', 'consumer.cpp', dependencies: lark))
MESON
source=$parent
{ build parent -Dcpp_args="-std=c++23 $arguments" && meson test -C "$folder/parent"; } || failed+=(parent)

((${#failed[@]} == 0)) || { echo "switches.sh: failed: ${failed[*]}" >&2; exit 1; }
