#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the objects of the pure part to being pure: no clock, sleep, socket, thread, random or file symbol is undefined there.

Usage: purity.py NM ARCHIVE…
C functions must be on a list of harmless ones, so that whatever else the system offers is caught without being named.
C++ names must not come from the parts of the standard library and of Poco that do I/O, tell the time, or run threads.
"""

import re
import subprocess
import sys

HARMLESS_C = re.compile(r"""
    _GLOBAL_OFFSET_TABLE_ | __dso_handle | __stack_chk_fail | __tls_get_addr
  | __cxa_\w+ | __g(xx|cc)_personality_v0 | _Unwind_\w+ | __dynamic_cast
  | __assert_fail                                   # a broken invariant ends the process
  | __errno_location
  | __libc_single_threaded | __cxa_thread_atexit    # shared_ptr's counters
  | (__)?mem(cpy|move|set|cmp|chr|rchr|mem)(_chk)? | bcmp | (__)?explicit_bzero(_chk)?
  | str(len|nlen|cmp|ncmp|casecmp|ncasecmp|chr|rchr|str|pbrk|spn|cspn)
  | (__isoc23_)?strto(d|f|ld|l|ul|ll|ull) | (__)?v?snprintf(_chk)?   # text and numbers in memory
  | __u?(div|mod|divmod)[dt]i[34]                    # libgcc's division of what is longer than a register
  | abort | malloc | free | calloc | realloc
  | ceilf?l? | floorf?l? | truncf?l? | roundf?l? | ldexpf?l? | powf?l? | fmodf?l? | l?lroundf?l? | log(2|10)?f?l? | expf?l?
  | QRcode_\w+ | QRinput_\w+
  | __(asan|ubsan|tsan|sanitizer|gcov|llvm|start___|stop___)\w* | llvm_gcda_\w+ | __sancov\w*
""", re.VERBOSE)

IMPURE_CXX = re.compile(r"""
    std::(__\w+::|_V2::)*chrono::(_V2::)?\w+_clock::now
  | std::(this_thread|thread|jthread|condition_variable|mutex|timed_mutex|recursive_mutex|future|promise|__future_base|random_device)\b
  | std::(filesystem|basic_[io]?fstream|basic_filebuf|basic_file|__basic_file)\b
  | std::(cin|cout|cerr|clog|wcin|wcout|wcerr|wclog)\b     # not ios_base::Init: Poco's headers bring <iostream>
  | Poco::(Net|Crypto|Util|Data)::
  | Poco::(Timestamp::Timestamp\(\)|Timestamp::update\(\)|DateTime::DateTime\(\)|DateTime::makeLocal)   # these read the clock
  | Poco::(Thread|ThreadPool|Runnable|Timer|TimerTask|Activity|ActiveMethod|Event|Mutex|FastMutex|RWLock|Semaphore|Condition
          |Clock|Stopwatch|Timezone|Random|RandomInputStream|RandomBuf|UUIDGenerator|File|Path|TemporaryFile
          |FileStream|FileInputStream|FileOutputStream|Directory\w*|Process\w*|Pipe\w*|Environment|Logger|Channel|ConsoleChannel
          |SharedLibrary|SharedMemory|NamedEvent|NamedMutex)(Impl)?(::|\b$)
""", re.VERBOSE)


def undefined_symbols(nm, archive):
    """The undefined symbols, as (object, mangled name, demangled name)."""
    lines = [subprocess.run([nm, "-A", "-u", *flags, archive], check=True, capture_output=True, text=True).stdout.splitlines()
             for flags in ([], ["-C"])]
    for plain, demangled in zip(*lines, strict=True):
        place, _, name = plain.rpartition(" ")
        mark = re.search(r" [UwWvV] ", demangled)
        yield place.split(" ")[0].rstrip(":"), name, demangled[mark.end():]


def main():
    nm, *archives = sys.argv[1:]
    status = 0
    for archive in archives:
        symbols = list(undefined_symbols(nm, archive))
        if not symbols:
            print(f"{archive}: nothing is undefined there, which cannot be")
            status = 1
        for place, name, demangled in symbols:
            pure = not IMPURE_CXX.match(demangled) if name.startswith("_Z") else HARMLESS_C.fullmatch(name)
            if not pure:
                print(f"{place}: {demangled} has no place in the pure part")
                status = 1
        print(f"{archive}: {len(symbols)} undefined symbols read")
    return status


if __name__ == "__main__":
    sys.exit(main())
