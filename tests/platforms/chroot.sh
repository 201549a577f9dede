#!/bin/bash
# SPDX-License-Identifier: MIT
# Other Debians in folders, for `./dev check`. Runs as root and needs debootstrap.
#
#   chroot.sh make FOLDER SUITE ARCHITECTURE         makes a bare Debian there, unless there is one: a copy of one beside it
#   chroot.sh remake FOLDER SUITE ARCHITECTURE       the same, and what was there is lost
#   chroot.sh run FOLDER SOURCES COMMAND [ARGUMENT…] runs the command in it, with SOURCES in /src. What it writes there is
#                                                    lost, except for build-dev, which belongs to FOLDER
#
# Everything is mounted in a mount namespace of the command's own, which ends with it, however it ends. So FOLDER never has
# a mount in it that `rm -rf` could follow.
set -euo pipefail

die() {
    printf 'chroot.sh: %s\n' "$*" >&2
    exit 1
}

# The mirror of this machine's own apt: the one that is reached, and near.
mirror() {
    # $(SITE) and the others are apt's, not the shell's.
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(SITE) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }'
}

# Runs a command in new namespaces for mounts and processes: what it mounts and starts ends with it.
isolated() {
    unshare --mount --pid --fork --kill-child --propagation private "$@" ||
        { local status=$?; unshare --mount --pid --fork true || echo "chroot.sh: needs CAP_SYS_ADMIN" >&2; return "$status"; }
}

# Nothing but what debootstrap makes; all others of the suite are copies.
make_base() {
    local folder=$1 suite=$2 architecture=$3 from
    exec 8>"$folder.lock"
    flock 8
    [[ ! -d $folder ]] || return 0
    from=$(mirror)
    if [[ -z $from ]]; then  # no lists yet
        apt-get -q update
        from=$(mirror)
    fi
    [[ -n $from ]] || die "apt's sources name no mirror of Debian"
    echo "Debian $suite ($architecture) from $from into $folder"
    rm -rf --one-file-system "$folder.part"
    isolated debootstrap --variant=minbase --arch="$architecture" "$suite" "$folder.part" "$from" >"$folder.log" 2>&1 ||
        { tail -n 20 "$folder.log" >&2; die "debootstrap failed; see $folder.log"; }
    # What only costs time here. The release file of a mirror that is a snapshot may have expired.
    cat >"$folder.part/etc/apt/apt.conf.d/99lark" <<'CONF'
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Dpkg::Options { "--force-unsafe-io"; };
CONF
    printf 'path-exclude=/usr/share/%s/*\n' doc man locale >"$folder.part/etc/dpkg/dpkg.cfg.d/lark"
    mv "$folder.part" "$folder"
}

make_chroot() {
    local folder=$1 base
    [[ ! -d $folder ]] || return 0
    base=$(dirname "$folder")/base-$2-$3
    make_base "$base" "$2" "$3"
    rm -rf --one-file-system "$folder.part"
    cp -a --reflink=auto "$base" "$folder.part"
    mv "$folder.part" "$folder"
}

run_in_chroot() {
    local folder=$1 sources=$2
    [[ -x $folder/bin/bash ]] || die "no chroot in $folder"
    mkdir -p "$folder/src" "$folder/var/build-dev" "$sources/build-dev"
    cp --remove-destination -L /etc/resolv.conf "$folder/etc/resolv.conf"
    # shellcheck disable=SC2016  # "$@" is the inner shell's
    isolated bash -euc '
        folder=$1 sources=$2
        shift 2
        mount -t tmpfs tmpfs "$folder/mnt"
        mkdir "$folder/mnt/written" "$folder/mnt/work"
        mount -t overlay -o "lowerdir=$sources,upperdir=$folder/mnt/written,workdir=$folder/mnt/work" overlay "$folder/src"
        mount --bind "$folder/var/build-dev" "$folder/src/build-dev"
        mount -t proc proc "$folder/proc"
        mount -t sysfs -o ro sysfs "$folder/sys"
        mount -t tmpfs -o mode=1777 tmpfs "$folder/tmp"
        dev=$folder/dev
        mount -t tmpfs -o mode=755 tmpfs "$dev"
        for name in null zero full random urandom tty; do
            touch "$dev/$name"
            mount --bind "/dev/$name" "$dev/$name"
        done
        mkdir "$dev/pts" "$dev/shm"
        mount -t devpts -o newinstance,ptmxmode=0666 devpts "$dev/pts"
        mount -t tmpfs -o mode=1777 tmpfs "$dev/shm"
        ln -s pts/ptmx "$dev/ptmx"
        ln -s /proc/self/fd "$dev/fd"
        ln -s fd/0 "$dev/stdin"
        ln -s fd/1 "$dev/stdout"
        ln -s fd/2 "$dev/stderr"
        exec chroot "$folder" env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            ${http_proxy:+http_proxy="$http_proxy"} bash -c "cd /src && exec \"\$@\"" bash "$@"
    ' bash "$folder" "$sources" "${@:3}" 8>&- 9>&-
}

((EUID == 0)) || die "needs root"
(($# >= 4)) || die "see the comment at the beginning of this file"
mkdir -p "$(dirname "$2")"
exec 9>"$2.lock"  # of two checkouts one waits
flock 9
case "$1" in
    make | remake)
        [[ $1 == make ]] || rm -rf --one-file-system "$2"
        make_chroot "${@:2}"
        ;;
    run) run_in_chroot "${@:2}" ;;
    *) die "make, remake or run, not '$1'" ;;
esac
