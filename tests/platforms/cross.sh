#!/bin/bash
# SPDX-License-Identifier: MIT
# The core's suites for another processor: compiled here, run by qemu-user. In a Debian of its own, as root.
#
#   cross.sh ARCHITECTURE   Debian's name of it: arm64, s390x, …
set -euo pipefail
architecture=$1
folder=build-dev/$architecture
if ! command -v dpkg-architecture >/dev/null || [[ " $(dpkg --print-foreign-architectures | xargs) " != *" $architecture "* ]]; then
    dpkg --add-architecture "$architecture"
    apt-get -q update
    apt-get -qy install --no-install-recommends dpkg-dev
fi
ask() { dpkg-architecture -a "$architecture" -q "$1"; }
triple=$(ask DEB_HOST_GNU_TYPE) processor=$(ask DEB_HOST_GNU_CPU)
apt-get -qy install --no-install-recommends meson ninja-build ccache pkgconf qemu-user "g++-${triple//_/-}" \
    {libpoco-dev,libboost-test-dev,libqrencode-dev}":$architecture"

mkdir -p build-dev
cat >"$folder.ini" <<INI
[binaries]
c = ['ccache', '$triple-gcc']
cpp = ['ccache', '$triple-g++']
ar = '$triple-ar'
nm = '$triple-nm'
strip = '$triple-strip'
pkg-config = 'pkg-config'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-$processor']

[host_machine]
system = 'linux'
cpu_family = '$processor'
cpu = '$processor'
endian = '$(ask DEB_HOST_ARCH_ENDIAN)'

[properties]
pkg_config_libdir = '/usr/lib/$triple/pkgconfig:/usr/share/pkgconfig'
boost_includedir = '/usr/include'
boost_librarydir = '/usr/lib/$triple'
INI
[[ -f $folder/build.ninja ]] || meson setup "$folder" --cross-file "$folder.ini" -Dqr=enabled -Dwerror=true \
    -Doptimization=1 -Ddebug=false -Dpoco=disabled -Dfake=disabled -Dtools=disabled
suites=(--suite registration --suite open_platform --suite qr --suite transports)  # the others read this tree, or need sockets
[[ -n $(meson test -C "$folder" --list "${suites[@]}") ]] || { echo "cross.sh: no tests, since Meson found no Boost.Test" >&2; exit 1; }
meson test -C "$folder" --print-errorlogs --timeout-multiplier 20 "${suites[@]}"
