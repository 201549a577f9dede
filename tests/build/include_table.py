#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads every #include line of the house and holds it to the table of who may enter which room.

Usage: include_table.py SOURCE_ROOT
Rooms that may not include the system's headers may not call its functions either, which <cstdio>, <cstdlib>, <cstring>, <ctime>
and <csignal> declare beside the standard's on POSIX systems: what stands there compiles anywhere.
The table is RULES below; docs and comments elsewhere only repeat it. Tests and examples may include everything.
"""

import re
import sys
from pathlib import Path

STD = frozenset("""
algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits clocale
cmath codecvt compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib
cstring ctime cuchar cwchar cwctype deque exception execution filesystem forward_list fstream functional future
initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource mutex new
numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore set shared_mutex
span sstream stack stdexcept stop_token streambuf string string_view strstream syncstream system_error thread tuple
type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector version
""".split())

# Standard headers whose whole purpose is a clock's neighbour: threads, files, randomness, global streams.
# The pure part has no use for them.
IMPURE_STD = frozenset("""
barrier condition_variable csignal cstdio filesystem fstream future iostream latch mutex random semaphore shared_mutex
stop_token syncstream thread
""".split())

# What a line includes, by its spelling. First match wins; `<lark/…>` and quoted names are resolved to files instead.
LIBRARIES = [
    (re.compile(r"Poco/(Net|Crypto)/"), "Poco Net/NetSSL"),
    (re.compile(r"Poco/(Util|XML|SAX|DOM|Data|Zip|MongoDB|Redis|JWT|ActiveRecord|Encodings|PDF|SevenZip)/"), "another Poco part"),
    (re.compile(r"Poco/"), "Poco Foundation/JSON"),
    (re.compile(r"boost/(beast|asio|system|optional|core|config|utility|endian|intrusive|mp11|static_string|logic|bind|container_hash)\b"), "Boost.Beast"),
    (re.compile(r"boost/"), "another Boost part"),
    (re.compile(r"openssl/"), "OpenSSL"),
    (re.compile(r"CLI/"), "argument parsing"),
    (re.compile(r"qrencode\.h$"), "QR encoder"),
    (re.compile(r"png\.h$"), "PNG writer"),
    (re.compile(r"(arpa|net|netinet|sys|linux)/|(unistd|fcntl|poll|netdb|pthread|termios|spawn|dlfcn|signal|errno|time|pwd|langinfo|ifaddrs|strings)\.h$"), "system"),
]

# Who may include what. A name stands for the whole room, or for (what, pattern of files) that alone may.
# "own" is the same room: a folder under src/, or one transport or a floor of it, or one tool.
READERS = r"src/(base/json[^/]*|registration/addons[^/]*)$"
SANDBOX = r"transports/fake/(src|include)/.*sandbox"
# A header without a source: what src compiles is hidden in its shared library.
FOR_TRANSPORTS = "src/base/ascii.hpp"
RULES = {
    "include": ["pure std", "include"],
    "src": ["pure std", "include", "own", "src/base", ("Poco Foundation/JSON", READERS), ("QR encoder", r"src/qr/")],
    "transports/injected": ["std", "include", "own"],
    "transports/poco": ["std", "include", "own", "transports/injected", "Poco Foundation/JSON", "Poco Net/NetSSL",
                        "OpenSSL", "transports/poco/src/pool", "transports/poco/src/wire", "transports/poco/src/os"],
    "transports/poco/src/pool": ["std", "include", "own", "transports/injected", "transports/poco", "Poco Net/NetSSL", "OpenSSL",
                                 "transports/poco/src/wire", "transports/poco/src/os"],
    "transports/poco/src/wire": ["std", "include", "own", "transports/poco", "Poco Foundation/JSON", "Poco Net/NetSSL", "Boost.Beast",
                                 "OpenSSL", "transports/poco/src/os", FOR_TRANSPORTS],
    "transports/poco/src/os": ["std", "include", "own", "transports/injected", "Poco Net/NetSSL", "system"],
    "transports/fake": ["std", "include", "own", "transports/injected", FOR_TRANSPORTS, "Poco Foundation/JSON",
                        ("Poco Net/NetSSL", SANDBOX), ("Boost.Beast", SANDBOX), ("OpenSSL", SANDBOX), ("system", SANDBOX),
                        ("transports/poco/src/os", SANDBOX)],
    "tools": ["std", "include", "own", "tools/common", "transports/injected", "transports/poco", "transports/fake",
              "Poco Foundation/JSON", "argument parsing", "PNG writer", "system"],
}

POSIX_CALL = re.compile(r"""(?<![\w.>])(?<!std::)(
    fdopen | fileno | popen | pclose | getline | getdelim | dprintf | mkstemp | mkdtemp | realpath | setenv | unsetenv | putenv
  | strdup | strndup | strnlen | strtok_r | strerror_r | strsignal | strcasecmp | strncasecmp | explicit_bzero | [sl]?random_r | rand_r
  | gmtime_r | localtime_r | timegm | asctime_r | strptime | clock_gettime | nanosleep | usleep
  | kill | sigaction | sigprocmask | sigemptyset | sigaddset | pthread_\w+ | posix_\w+
)\s*\(""", re.VERBOSE)

# Guarded by the name of the clock, which is Linux's; elsewhere the steady clock does. Guarded by SIG_SETMASK; a system without
# signal masks needs none.
GUARDED_CALLS = {("transports/injected/src/http_client.cpp", "clock_gettime"),
                 ("transports/injected/src/signals_blocked.hpp", "pthread_sigmask")}

INCLUDE = re.compile(r"^\s*#\s*include\s*(?:<([^>]+)>|\"([^\"]+)\"|(\S+))")
SUFFIXES = {".hpp", ".cpp", ".h", ".c", ".ipp", ".in"}


def room_of(path):
    """The row of the table, and the room proper, of a file (relative, as a Path)."""
    parts = path.parts
    if parts[0] == "include":
        return "include", "include"
    if parts[0] == "src":
        return "src", "/".join(parts[:2])
    if parts[:3] == ("transports", "poco", "src") and len(parts) > 4:
        return "/".join(parts[:4]), "/".join(parts[:4])
    if parts[0] == "transports":
        return "/".join(parts[:2]), "/".join(parts[:2])
    if parts[0] == "tools":
        return "tools", "/".join(parts[:2])
    return None, None


def public_folders(root):
    return [root / "include", *sorted(root.glob("transports/*/include"))]


def target_of(root, path, angled, quoted):
    """What is included: one of the names that RULES uses, or None if it is unknown."""
    if angled:
        for folder in public_folders(root):
            if (folder / angled).is_file() or (folder / (angled + ".in")).is_file():  # what the build makes
                return room_of((folder / angled).relative_to(root))[1]
        if angled in STD:
            return "impure std" if angled in IMPURE_STD else "pure std"
        return next((name for pattern, name in LIBRARIES if pattern.match(angled)), None)
    row, room = room_of(path)
    beside = (root / path).parent
    roots = [beside, root / "src"] if row == "src" else [beside, root / room / "src", root / room, (root / room).parent, root / "src"]
    for folder in roots:
        candidate = (folder / quoted).resolve()
        if candidate.is_file() and candidate.is_relative_to(root):
            included = candidate.relative_to(root)
            if "include" in included.parts[:-1] and row != "include":
                return f'"{quoted}": public headers are included with <>'
            return str(included) if str(included) == FOR_TRANSPORTS and row != "src" else room_of(included)[1]
    return None


def allowed(path, row, room, target):
    for rule in RULES[row]:
        name, pattern = (rule, None) if isinstance(rule, str) else rule
        if pattern and not re.match(pattern, str(path)):
            continue
        if target == (room if name == "own" else name):
            return True
        if name == "std" and target in ("pure std", "impure std"):
            return True
    return False


def faults(root):
    count = 0
    for folder in ("include", "src", "transports", "tools"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in SUFFIXES or not file.is_file():
                continue
            path = file.relative_to(root)
            row, room = room_of(path)
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                called = POSIX_CALL.search(line.partition("//")[0])
                if called and (str(path), called[1]) not in GUARDED_CALLS and not allowed(path, row, room, "system"):
                    yield f"{path}:{number}: {called[1]} is POSIX's, and not everywhere"
                found = INCLUDE.match(line)
                if not found:
                    continue
                count += 1
                where = f"{path}:{number}: {line.strip()}"
                if found[3]:
                    yield f"{where}: computed includes hide from this test"
                elif row not in RULES:
                    yield f"{where}: the table has no row for '{row}'"
                else:
                    target = target_of(root, path, found[1], found[2])
                    if target is None:
                        yield f"{where}: neither a file of this house nor a library that the table knows"
                    elif not allowed(path, row, room, target):
                        yield f"{where}: {row} may not include {target}"
    if count == 0:
        yield f"no #include line under {root}: wrong folder?"
    print(f"{count} #include lines read")


def main():
    wrong = list(faults(Path(sys.argv[1]).resolve()))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
