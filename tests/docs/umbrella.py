#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The code blocks of README that name headers of ours need no others of ours.

    umbrella.py ROOT [FOLDER OF HEADERS]... -- COMPILER...

Each is compiled alone, after the standard's headers and the names of the reader's own program.
"""
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is

import markdown  # noqa: E402

STANDARD = "".join(f"#include <{name}>\n" for name in ("chrono", "iostream", "stop_token", "string", "vector"))
OWN = """
using namespace std::chrono_literals;
[[maybe_unused]] static const lark::registration::handlers handlers{.on_qr_code = [](const lark::registration::qr_code&) {}};
struct { lark::http_result post(auto&&...) { return lark::transport_failure{}; } } my_stack;
"""


def main():
    cut = sys.argv.index("--")
    root, folders, compiler = pathlib.Path(sys.argv[1]), sys.argv[2:cut], sys.argv[cut + 1:]
    document = markdown.read(root / "README.md")
    compiled, wrong = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for block in document.blocks:
            lines = block.code.splitlines()
            includes = [line for line in lines if line.startswith("#include <lark/")]
            if block.language != "cpp" or not includes:
                continue
            code = "\n".join(line for line in lines if not line.startswith("#include"))
            source = pathlib.Path(folder) / "block.cpp"
            source.write_text(STANDARD + "\n".join(includes) + OWN + f"void block() {{\n{code}\n}}\n", encoding="utf-8")
            run = subprocess.run([*compiler, "-std=c++20", "-fsyntax-only", *(f"-I{f}" for f in folders), str(source)],
                                 capture_output=True, text=True, stdin=subprocess.DEVNULL)
            compiled += 1
            if run.returncode != 0:
                wrong += 1
                print(f"README.md:{block.line}: does not compile with {' '.join(includes)} alone\n{run.stderr[:3000]}")
    print(f"{compiled} blocks")
    return 1 if wrong or compiled < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
