#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every code block of README and docs, from the documents themselves.

    blocks.py --root ROOT --emit FILE DOCUMENT...     writes a program of the blocks that can be run
    blocks.py --root ROOT [--tool NAME=PROGRAM]... [--include FOLDER]... [DOCUMENT...] -- COMPILER...

C++ is compiled, in one translation unit. JSON and Python are parsed. An excerpt (`<!-- from FILE -->`) is held to
the file. Commands of our programs are held to their `--help`, those of ./dev to `./dev help`, options and names of the
build to meson_options.txt and the build files. The Chinese documents are not compiled: twins.py holds them to the English.
"""
import argparse
import ast
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is

import markdown  # noqa: E402

# Blocks of these languages are looked at; one without a language holds commands, one of `text` or `mermaid` is free.
SHELL = ("", "sh", "bash", "console")
FREE = ("text", "mermaid", "xml", "diff")
# What a function cannot hold: then the block stands in a namespace as it is.
AT_FILE_SCOPE = re.compile(r"^(int main\(|class |struct |namespace |template\b|BOOST_\w+\(|[\w:<>]+ \w+\(.*\) \{$)", re.M)
BUILTIN_OPTIONS = {"default_library", "buildtype", "werror", "cpp_std", "b_sanitize", "b_lundef", "b_lto", "strip",
                   "auto_features", "prefix", "libdir"}
FOREIGN_OPTIONS = {"--static", "--prefix", "--libdir"}  # of pkg-config and Meson
CMAKE_VARIABLES = {"CMAKE_PREFIX_PATH", "CMAKE_BUILD_TYPE", "LARK_REGISTRATION_STATIC"}


class Checker:
    def __init__(self, root, tools, includes, compiler):
        self.root, self.includes, self.compiler = root, includes, compiler
        self.faults, self.counts = [], {}
        self.help = {name: self.options_of(program) for name, program in tools.items()}
        self.build_options = set(re.findall(r"^option\('(\w+)'", (root / "meson_options.txt").read_text(), re.M))
        builds = [root / "src", root / "transports"]
        self.libraries = {name for folder in builds for path in folder.rglob("meson.build")
                          for name in re.findall(r"override_dependency\('([\w-]+)'", path.read_text())}
        self.packages = set(re.findall(r"^Package: (.+)$", (root / "packaging/debian/control").read_text(), re.M))
        dev = subprocess.run([root / "dev", "help"], capture_output=True, text=True, check=True).stdout
        self.dev_commands = set(re.findall(r"^\./dev (\w+)", dev, re.M))

    @staticmethod
    def options_of(program):
        text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True,
                              stdin=subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8"}).stdout
        return set(re.findall(r"(?<![\w-])(--?[A-Za-z][\w-]*)", text))

    def fault(self, path, line, text):
        self.faults.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def count(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1

    # C++ ------------------------------------------------------------------------------------------------------------

    def unit(self, documents, wanted=lambda block: True):
        """One translation unit with the C++ blocks; #line lets the compiler name the documents' lines. Returns the calls too."""
        all_includes, all_bodies, calls = ['#include "prelude.hpp"\n'], [], []
        for number, document in enumerate(documents):
            includes, bodies, names = self.parts(document, wanted, f"document_{number}_")
            all_includes += includes
            all_bodies += bodies
            calls += [f'    std::cout << "{document.path.name}:{line}" << std::endl;\n    {name}();\n' for line, name in names]
        return "".join(all_includes + all_bodies), "".join(calls)

    def program(self, documents):
        """One program that runs every block marked with <!-- run -->."""
        unit, calls = self.unit(documents, lambda block: block.runs)
        return f"{unit}int main() {{\n{calls}}}\n"

    def parts(self, document, wanted, prefix):
        includes, bodies, names = [], [], []
        for index, block in enumerate(document.blocks):
            if block.language != "cpp" or not wanted(block):
                continue
            self.count("C++")
            code = []
            for number, line in enumerate(block.code.splitlines(), block.line):
                if line.startswith("#include"):
                    includes.append(f'#line {number} "{document.path}"\n{line}\n')
                    code.append("")
                else:
                    code.append(line)
            text, scope = "\n".join(code), f"{prefix}block_{index}"
            line_directive = f'#line {block.line} "{document.path}"\n'
            if AT_FILE_SCOPE.search(text):
                # Only `main` may end without a return.
                text = re.sub(r"^int main\((.*?)^\}", r"int main_of_block(\1return 0; }", text, flags=re.M | re.S)
                names.append((block.line, f"the_readers_own::{scope}::main_of_block"))
                bodies.append(f"namespace the_readers_own::{scope} {{\n{line_directive}{text}\n}}\n")
            else:
                names.append((block.line, f"the_readers_own::{scope}"))
                bodies.append(f"namespace the_readers_own {{\nvoid {scope}();\nvoid {scope}() {{\n"
                              f"using namespace lark;\n{line_directive}{text}\n}}\n}}\n")
        return includes, bodies, names

    def compile(self, documents, folder):
        source = pathlib.Path(folder) / "blocks.cpp"
        source.write_text(self.unit(documents)[0], encoding="utf-8")
        here = pathlib.Path(__file__).resolve().parent
        command = [*self.compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable",
                   "-Wno-unused-but-set-variable", "-Wno-unused-parameter", "-Wno-unused-function", "-DBOOST_TEST_DYN_LINK",
                   f"-I{here}",
                   *(f"-I{folder}" for folder in self.includes), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            self.faults.append(f"a block does not compile:\n{done.stderr}")

    # Everything else ------------------------------------------------------------------------------------------------

    def commands(self, path, line, text):
        """Holds a line of shell to what our programs know."""
        text = re.sub(r"\s#\s.*", "", text.removeprefix("$ "))
        for name in re.findall(r"-D(\w+)=", text):
            if name not in self.build_options | BUILTIN_OPTIONS | CMAKE_VARIABLES:
                self.fault(path, line, f"no option of the build: {name}")
        for call in re.split(r"[|;<>()`&]|\$\(", text):
            try:
                words = shlex.split(call)
            except ValueError:
                continue
            while words and re.match(r"\w+=", words[0]):
                words = words[1:]
            if words and words[0] == "./dev" and len(words) > 1 and words[1] not in self.dev_commands:
                self.fault(path, line, f"no command of ./dev: {words[1]}")
            name = pathlib.PurePath(words[0]).name if words else ""
            if name in self.help:
                self.count("command")
                for word in words[1:]:
                    if re.match(r"--?[A-Za-z]", word) and word.split("=")[0] not in self.help[name]:
                        self.fault(path, line, f"{name} has no option {word}")

    def block(self, document, block):
        path = document.path
        if block.source:
            self.excerpt(path, block)
        if block.language == "json":
            self.count("JSON")
            try:
                json.loads(block.code)
            except ValueError:
                for number, line in enumerate(block.code.splitlines(), block.line):
                    try:
                        json.loads(line)
                    except ValueError as e:
                        self.fault(path, number, f"no JSON: {e}")
        elif block.language == "python":
            self.count("Python")
            try:
                ast.parse(block.code)
            except SyntaxError as e:
                self.fault(path, block.line + (e.lineno or 1) - 1, f"no Python: {e.msg}")
        elif block.language in SHELL:
            joined = re.sub(r"\\\n", " \\\\\n", block.code)
            lines = joined.splitlines()
            number = 0
            while number < len(lines):
                first, text = number, lines[number]
                while text.endswith("\\") and number + 1 < len(lines):
                    number += 1
                    text = text[:-1] + lines[number]
                self.commands(path, block.line + first, text)
                number += 1
        elif block.language in ("meson", "cmake", "ini"):
            if not block.source:
                self.fault(path, block.line, f"a block of {block.language} says of which file it is: <!-- from FILE -->")
        elif block.language != "cpp" and block.language not in FREE:
            self.fault(path, block.line, f"blocks of {block.language} are not checked")

    def excerpt(self, path, block):
        """Each line stands in the file, which a test or CI builds."""
        self.count("excerpt")
        lines = (self.root / block.source).read_text(encoding="utf-8").splitlines()
        known = [re.sub("@[A-Z]+@", r"\\S+", re.escape(" ".join(line.split()))) for line in lines]  # what is filled in: @URL@
        for number, line in enumerate(block.code.splitlines(), block.line):
            if line.strip() and not any(re.fullmatch(pattern, " ".join(line.split())) for pattern in known):
                self.fault(path, number, f"not in {block.source}: {line.strip()}")

    def names_every_option(self, path):
        text = path.read_text(encoding="utf-8")
        for name in sorted(self.build_options):
            if f"`{name}`" not in text:
                self.fault(path, 1, f"the option {name} of meson_options.txt is missing")

    def prose(self, document):
        """Commands and names in code spans, and links into the tree."""
        for number, line in document.prose:
            for span in re.findall(r"`([^`]+)`", line):
                self.commands(document.path, number, span)
                option = re.match(r"(--[a-z][\w-]*)", span)
                if option and not any(option[1] in known for known in self.help.values()) and option[1] not in FOREIGN_OPTIONS:
                    self.fault(document.path, number, f"none of our programs has the option {option[1]}")
                for name in re.findall(r"\blark-registration-(\w+)\b(?!/)", span):
                    known = {library.removeprefix("lark-registration-") for library in self.libraries}
                    if name not in known | {"cpp", "config"} and f"lark-registration-{name}" not in self.packages:
                        self.fault(document.path, number, f"no library: lark-registration-{name}")
            for target in re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", line):
                self.link(document, number, target[0] or target[1])

    def link(self, document, number, target):
        if re.match(r"\w+:", target):
            return
        self.count("link")
        name, _, anchor = target.partition("#")
        file = (document.path.parent / name).resolve() if name else document.path
        if not file.exists():
            self.fault(document.path, number, f"leads nowhere: {target}")
        elif anchor and anchor not in markdown.anchors(markdown.read(file)):
            self.fault(document.path, number, f"no such heading: {target}")

    def check(self, document):
        path = document.path
        for block in document.blocks:
            self.block(document, block)
        self.prose(document)
        if path.stem.startswith("installing"):
            self.names_every_option(path)


def main():
    arguments, compiler = sys.argv[1:], []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, compiler = arguments[:cut], arguments[cut + 1:]
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--tool", action="append", default=[])
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--emit", type=pathlib.Path)
    parser.add_argument("documents", nargs="*", type=pathlib.Path)
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    paths = options.documents or [root / "README.md", root / "README.zh.md", *sorted((root / "docs").glob("*.md")),
                                  *sorted((root / "docs/internals").glob("*.md"))]
    documents = [markdown.read(path.resolve()) for path in paths]
    checker = Checker(root, dict(tool.split("=", 1) for tool in options.tool), options.include, compiler)
    if options.emit:
        options.emit.write_text(checker.program(documents), encoding="utf-8")
        return 0
    for document in documents:
        checker.check(document)
    with tempfile.TemporaryDirectory() as folder:
        checker.compile([document for document in documents if not document.path.name.endswith(".zh.md")], folder)
    for fault in checker.faults:
        print(fault, file=sys.stderr)
    print(", ".join(f"{count} × {kind}" for kind, count in sorted(checker.counts.items())))
    if not checker.counts.get("C++") and not options.documents:
        print("not one C++ block was found: is this the right tree?", file=sys.stderr)
        return 1
    return 1 if checker.faults else 0


if __name__ == "__main__":
    sys.exit(main())
