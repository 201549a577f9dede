#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds stand-alone projects against an installed copy of this one, and as a subproject.

    run.py SOURCE WORK [--built BUILD] [CONSUMER...]

SOURCE is a git checkout, of which the subproject gets the last commit, and WORK a folder to build in. The copy is installed
from BUILD, a build folder with both kinds of library, where what gets installed is built already; without it, one is built.
Prints a line a consumer, and ends with 1 if any failed.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
GOOD = "consumer: all good"


class Failed(Exception):
    pass


def run(*command, cwd=None, env=None):
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env={**os.environ, **(env or {})}, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}\n{done.stdout[-4000:]}")
    return done.stdout


def expect(condition, text):
    if not condition:
        raise Failed(text)


class Consumers:
    def __init__(self, source, work, built):
        self.source, self.work, self.built, self.prefixes = source, work, built, {}

    def prefix(self, name, *options):
        """An installed copy with these options, made once."""
        if name not in self.prefixes:
            build, prefix = self.work / f"build-{name}", self.work / f"prefix-{name}"
            run("meson", "setup", build, self.source, "--prefix", prefix, "--libdir", "lib", "--buildtype", "plain",
                "-Dtests=disabled", "-Dtools=disabled", *options)
            run("meson", "install", "-C", build, "--quiet")
            self.prefixes[name] = prefix
        return self.prefixes[name]

    def configured(self, kind):
        """What `meson setup` prints and leaves for a kind of library, with all parts; nothing is built."""
        build = self.work / f"configured-{kind}"
        said = run("meson", "setup", build, self.source, "-Dauto_features=enabled", "-Dtests=disabled", "-Dtools=disabled",
                   f"-Ddefault_library={kind}")
        return said, build

    def both(self):
        """The copy with everything in it."""
        if self.built is None:
            return self.prefix("both", "-Dauto_features=enabled", "-Ddefault_library=both")
        if "both" not in self.prefixes:
            stage = self.work / "stage"
            run("meson", "install", "-C", self.built, "--no-rebuild", "--quiet", "--destdir", stage)
            options = json.loads((self.built / "meson-info/intro-buildoptions.json").read_text())
            meant = next(option["value"] for option in options if option["name"] == "prefix")
            prefix = self.work / "prefix-both"
            (stage / pathlib.Path(meant).relative_to("/")).rename(prefix)
            self.move_pkgconfig(prefix, meant)
            self.prefixes["both"] = prefix
        return self.prefixes["both"]

    def libraries(self, prefix):
        """Where they were installed: Debian's Meson has a folder for the architecture."""
        return next(prefix.glob("lib/**/pkgconfig")).parent

    def move_pkgconfig(self, prefix, meant):
        """pkg-config files know the prefix that they were made for; CMake's package finds its own."""
        for text in self.libraries(prefix).glob("pkgconfig/*.pc"):
            words = text.read_text()
            expect(f"prefix={meant}\n" in words, f"{text.name} does not begin with its prefix")
            text.write_text(words.replace(f"prefix={meant}\n", f"prefix={prefix}\n"))

    def fresh(self, name, files):
        """A copy of the consumer's own files, away from this tree."""
        folder = self.work / name
        shutil.copytree(HERE / files if files else HERE / "core-only", folder)
        if files:
            shutil.copy(HERE / "consumer.cpp", folder)
        return folder

    def env(self, prefix):
        folder = self.libraries(prefix)
        return {"PKG_CONFIG_PATH": str(folder / "pkgconfig"), "LD_LIBRARY_PATH": str(folder)}

    def check(self, program, prefix=None):
        out = run(program, env=self.env(prefix) if prefix else None)
        expect(GOOD in out, f"{program} said: {out}")
        return run("ldd", program, env=self.env(prefix) if prefix else None)

    def setup(self):
        said, _ = self.configured("both")
        expect("WARNING" not in said, f"meson setup warns:\n{said}")
        ends = said[said.find("What is built"):]
        for text in ("Libraries", "lark-registration-poco", "Programs", "Tests", "Examples", "Poco", "OpenSSL", "Boost"):
            expect(text in ends, f"the summary has no {text}:\n{said}")

    def pkgconfig_files(self):
        for kind in ("both", "shared", "static"):
            _, build = self.configured(f"{kind}")
            found = sorted((build / "meson-private").glob("*.pc"))
            self.check_pkgconfig(kind, [text for text in found if not text.stem.endswith("-uninstalled")])
        self.check_pkgconfig("installed", sorted(self.libraries(self.both()).glob("pkgconfig/*.pc")))

    def check_pkgconfig(self, kind, files):
        expect(len(files) == 5, f"{kind}: {files}")
        for text in files:
            fields = dict(line.split(": ", 1) for line in text.read_text().splitlines() if ": " in line)
            expect(fields["Cflags"] == "-I${includedir}", f"{kind}, {text.name}: flags leak: {fields['Cflags']}")
            for field in ("Libs", "Libs.private"):
                words = fields.get(field, "").split()
                leaked = [word for word in words if word not in ("-L${libdir}", "-pthread") and not word.startswith("-l")]
                expect(leaked == [], f"{kind}, {text.name}: no names of libraries: {leaked}")
            # Of an archive alone, it is the user who links what it needs.
            public = any("Poco" in word or "qrencode" in word for word in fields["Libs"].split())
            expect(public == (kind == "static" and text.stem != "lark-registration-injected"),
                   f"{kind}, {text.name}: {fields['Libs']}")

    def run_path(self):
        libraries = [path for path in self.libraries(self.both()).glob("liblark*.so.0")]
        expect(len(libraries) == 5, f"{libraries}")
        for library in libraries:
            linked = run("ldd", library)  # and no LD_LIBRARY_PATH
            expect("not found" not in linked, f"{library.name} does not find its neighbours:\n{linked}")

    def meson_pkgconfig(self):
        prefix, folder = self.both(), self.fresh("meson-pkgconfig", "meson-pkgconfig")
        run("meson", "setup", "build", cwd=folder, env=self.env(prefix))
        run("meson", "test", "-C", "build", cwd=folder, env=self.env(prefix))
        linked = self.check(folder / "build/consumer", prefix)
        for name in ("liblark-registration.so.0", "liblark-registration-poco.so.0", "liblark-registration-fake.so.0"):
            expect(name in linked, f"{name} is not linked:\n{linked}")

    def cmake(self):
        prefix, folder = self.both(), self.fresh("cmake", "cmake")
        for kind, static in (("shared", "OFF"), ("static", "ON")):
            build = folder / kind
            run("cmake", "-S", folder, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DLARK_REGISTRATION_STATIC={static}")
            run("cmake", "--build", build)
            linked = self.check(build / "consumer")  # without LD_LIBRARY_PATH
            expect(("liblark" in linked) == (static == "OFF"), f"{kind}:\n{linked}")

    def cmake_twice(self):
        prefix, folder = self.both(), self.fresh("cmake-twice", "cmake-twice")
        for first, static, second in (("shared", "OFF", "static"), ("static", "ON", "shared")):
            try:
                run("cmake", "-S", folder, "-B", folder / first, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DFIRST_STATIC={static}")
            except Failed as e:
                said = " ".join(str(e).split())
                expect(f" is {first} here" in said and f"asks for the {second} one" in said, said)
            else:
                raise Failed(f"a second find_package takes {second} for {first} without a word")

    def plain(self):
        prefix = self.both()
        self.compile_by_hand("plain", prefix, [])

    def static(self):
        # The same copy, with nothing shared of ours left in it.
        both, prefix = self.both(), self.work / "prefix-static"
        shutil.copytree(both, prefix, symlinks=True)
        for library in self.libraries(prefix).glob("*.so*"):
            library.unlink()
        self.move_pkgconfig(prefix, both)
        linked = self.compile_by_hand("static", prefix, ["--static"])
        expect("liblark" not in linked, f"not static:\n{linked}")

    def compile_by_hand(self, name, prefix, how):
        folder = self.work / name
        folder.mkdir()
        flags = run("pkg-config", *how, "--cflags", "--libs", "lark-registration-fake", "lark-registration-poco",
                    "lark-registration-qr", env=self.env(prefix)).split()
        run("g++", "-std=c++20", HERE / "consumer.cpp", "-o", folder / "consumer", *flags)
        return self.check(folder / "consumer", prefix)

    def core_only(self):
        prefix = self.prefix("core", "-Dpoco=disabled", "-Dfake=disabled", "-Dqr=disabled")
        # What the compiler opened while it built them: machines without these headers can do the same.
        opened = run("ninja", "-C", self.work / "build-core", "-t", "deps")
        expect("Poco/JSON/" in opened, "the build tells no headers")
        for name in ("Poco/Net/", "Poco/Crypto/", "/openssl/", "/boost/"):
            expect(name not in opened, f"the core was built with headers of {name}")
        for text in (prefix / "lib/pkgconfig").iterdir():
            expect("openssl" not in text.read_text() and "PocoNet" not in text.read_text(), f"{text.name} asks for more")
        installed = {path.name for path in (prefix / "lib").iterdir()}
        expect(not any("poco" in name or "fake" in name for name in installed), f"too much is installed: {installed}")
        folder = self.fresh("core-only", None)
        flags = run("pkg-config", "--cflags", "--libs", "lark-registration-injected", env=self.env(prefix)).split()
        run("g++", "-std=c++20", folder / "consumer.cpp", "-o", folder / "consumer", *flags)
        linked = self.check(folder / "consumer", prefix)
        print(linked, end="")
        for name in ("PocoNet", "libssl", "libcrypto"):
            expect(name not in linked, f"{name} is linked:\n{linked}")

    def with_subproject(self, name):
        """The consumer of a subproject, which gets the last commit."""
        folder = self.fresh(name, "meson-subproject")
        wrap = folder / "subprojects/lark-registration.wrap"
        revision = run("git", "-C", self.source, "rev-parse", "HEAD").strip()
        text = wrap.with_suffix(".wrap.in").read_text()
        text = text.replace("@URL@", f"file://{self.source}").replace("@REVISION@", revision).replace("depth = 1\n", "")
        wrap.write_text(text)
        return folder

    def meson_subproject(self):
        folder = self.with_subproject("meson-subproject")
        run("meson", "setup", "build", "--buildtype", "plain", cwd=folder)
        run("meson", "test", "-C", "build", cwd=folder)
        self.check(folder / "build/consumer")
        # Options of the subproject belong to it by name; the parent has none that it did not ask for.
        options = json.loads((folder / "build/meson-info/intro-buildoptions.json").read_text())
        own = [option["name"] for option in options if option["section"] == "user" and ":" not in option["name"]]
        expect(own == [], f"options leak: {own}")
        targets = json.loads((folder / "build/meson-info/intro-targets.json").read_text())
        programs = [target["name"] for target in targets if target["type"] == "executable"]
        expect(programs == ["consumer"], f"the subproject builds programs: {programs}")
        tests = run("meson", "test", "-C", "build", "--list", cwd=folder).split("\n")
        expect([line for line in tests if "lark" in line] == [], f"the subproject's tests are the parent's: {tests}")
        for entry in json.loads((folder / "build/compile_commands.json").read_text()):
            if entry["file"].endswith("consumer.cpp"):
                flags = [word for word in entry["command"].split() if word.startswith(("-W", "-f", "-D"))]
                mesons = ("-Wall", "-Winvalid-pch", "-fdiagnostics-color=always", "-D_FILE_OFFSET_BITS=64")
                leaked = [word for word in flags if word not in mesons]
                expect(leaked == [], f"flags leak: {leaked}")
        run("meson", "install", "-C", "build", "--destdir", folder / "installed", cwd=folder)
        installed = [path.name for path in (folder / "installed").rglob("*") if path.is_file()]
        expect(installed == ["consumer"], f"the subproject installs: {installed}")

    def meson_shared_subproject(self):
        folder = self.with_subproject("meson-shared-subproject")
        prefix = folder / "installed"
        run("meson", "setup", "build", "--buildtype", "plain", "--prefix", prefix, "-Dlark-registration:default_library=shared",
            cwd=folder)
        run("meson", "install", "-C", "build", cwd=folder)
        shutil.rmtree(folder / "build")
        linked = self.check(prefix / "bin/consumer")  # without LD_LIBRARY_PATH
        for name in ("liblark-registration.so.0", "liblark-registration-poco.so.0", "liblark-registration-fake.so.0"):
            expect(name in linked, f"{name} is not linked:\n{linked}")
        expect(not (prefix / "include").exists() and not list(prefix.rglob("*.a")), "the subproject installs too much")

    def plain_checkout(self):
        # As the guide says: with a wrap file beside it, with `fallback:`, or where lark-registration was asked for before.
        for name in ("wrap", "fallback", "core-first"):
            folder = self.work / f"plain-checkout-{name}"
            shutil.copytree(HERE / "meson-plain-checkout" / name, folder)
            shutil.copy(HERE / "consumer.cpp", folder)
            checkout = folder / "subprojects/lark-registration"
            run("git", "clone", "--quiet", self.source, checkout)
            run("meson", "setup", "build", cwd=folder)
            targets = json.loads((folder / "build/meson-info/intro-targets.json").read_text())
            expect("consumer" in [target["name"] for target in targets], f"{name}: {targets}")


ALL = ["setup", "pkgconfig_files", "run_path", "meson_pkgconfig", "cmake", "cmake_twice", "plain", "static", "core_only",
       "meson_subproject", "meson_shared_subproject", "plain_checkout"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--built", type=pathlib.Path)
    parser.add_argument("consumers", nargs="*", metavar="consumer")
    arguments = parser.parse_intermixed_args()
    for name in arguments.consumers:
        if name not in ALL:
            parser.error(f"no consumer named '{name}': {' '.join(ALL)}")
    work = arguments.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    consumers, failed = Consumers(arguments.source.resolve(), work, arguments.built and arguments.built.resolve()), 0
    for name in arguments.consumers or ALL:
        begun = time.monotonic()
        try:
            getattr(consumers, name)()
            print(f"consumer {name}: ok, {time.monotonic() - begun:.0f} s", flush=True)
        except Failed as e:
            failed += 1
            print(f"consumer {name}: FAILED\n{e}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
