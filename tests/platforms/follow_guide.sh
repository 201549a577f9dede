#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs blocks of docs/installing.md on a bare Debian: the install, the program and its compilation, as they stand there. Then
# builds the CMake and a Meson project of tests/consumers over that copy. As root, in the folder of the sources.
set -euo pipefail
guide=docs/installing.md

# block LANGUAGE TEXT: the first block of the guide in that language with this text in it.
block() {
    awk -v fence="\`\`\`$1" -v text="$2" '
        $0 == fence { on = 1; lines = ""; next }
        on && $0 == "```" { on = 0; if (index(lines, text)) { found = 1; printf "%s", lines; exit } }
        on { lines = lines $0 "\n" }
        END { exit !found }' "$guide" || { echo "follow_guide.sh: no block of $1 with '$2' in $guide" >&2; exit 1; }
}

export DEBIAN_FRONTEND=noninteractive
install=$(block sh 'apt-get install')
compile=$(block sh 'g++ -std=c++20 program.cpp')
work=$(mktemp -d)
cp -r tests/consumers "$work"
block cpp 'int main()' >"$work/program.cpp"

bash -exc "$install" < <(yes)  # not by a pipe, whose writer ends with an error
cd "$work"
bash -exc "$compile"
./program

cp consumers/consumer.cpp consumers/cmake
cmake -S consumers/cmake -B cmake
cmake --build cmake
cmake/consumer

cp consumers/consumer.cpp consumers/meson-pkgconfig
meson setup meson consumers/meson-pkgconfig
meson test -C meson
echo "follow_guide.sh: all good"
