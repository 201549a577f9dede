#!/usr/bin/env python3
"""Builds stand-alone projects against an installed copy of this one, and as a subproject: `run.py SOURCE WORK [CONSUMER...]`.

SOURCE is a git checkout, WORK a folder to build in. Prints a line a consumer, and ends with 1 if any failed.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

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
    def __init__(self, source, work):
        self.source, self.work, self.prefixes = source, work, {}

    def prefix(self, name, *options):
        """An installed copy with these options, made once."""
        if name not in self.prefixes:
            build, prefix = self.work / f"build-{name}", self.work / f"prefix-{name}"
            run("meson", "setup", build, self.source, "--prefix", prefix, "--libdir", "lib", "--buildtype", "plain",
                "-Dtests=disabled", "-Dtools=disabled", *options)
            run("meson", "install", "-C", build, "--quiet")
            self.prefixes[name] = prefix
        return self.prefixes[name]

    def both(self):
        return self.prefix("both", "-Ddefault_library=both")

    def fresh(self, name, files):
        """A copy of the consumer's own files, away from this tree."""
        folder = self.work / name
        shutil.copytree(HERE / files if files else HERE / "core-only", folder)
        if files:
            shutil.copy(HERE / "consumer.cpp", folder)
        return folder

    @staticmethod
    def env(prefix):
        return {"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"), "LD_LIBRARY_PATH": str(prefix / "lib")}

    def check(self, program, prefix=None):
        out = run(program, env=self.env(prefix) if prefix else None)
        expect(GOOD in out, f"{program} said: {out}")
        return run("ldd", program, env=self.env(prefix) if prefix else None)

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
            linked = self.check(build / "consumer", prefix)
            expect(("liblark" in linked) == (static == "OFF"), f"{kind}:\n{linked}")

    def plain(self):
        prefix = self.both()
        self.compile_by_hand("plain", prefix, [])

    def static(self):
        # The same copy, with nothing shared of ours left in it.
        both, prefix = self.both(), self.work / "prefix-static"
        shutil.copytree(both, prefix, symlinks=True)
        for library in prefix.glob("lib/*.so*"):
            library.unlink()
        for text in prefix.glob("lib/pkgconfig/*.pc"):
            text.write_text(text.read_text().replace(str(both), str(prefix)))
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
        installed = {path.name for path in (prefix / "lib").iterdir()}
        expect(not any("poco" in name or "fake" in name for name in installed), f"too much is installed: {installed}")
        folder = self.fresh("core-only", None)
        flags = run("pkg-config", "--cflags", "--libs", "lark-registration-injected", env=self.env(prefix)).split()
        run("g++", "-std=c++20", folder / "consumer.cpp", "-o", folder / "consumer", *flags)
        linked = self.check(folder / "consumer", prefix)
        print(linked, end="")
        for name in ("PocoNet", "libssl", "libcrypto"):
            expect(name not in linked, f"{name} is linked:\n{linked}")

    def meson_subproject(self):
        folder = self.fresh("meson-subproject", "meson-subproject")
        wrap = folder / "subprojects/lark-registration.wrap"
        revision = run("git", "-C", self.source, "rev-parse", "HEAD").strip()
        text = wrap.with_suffix(".wrap.in").read_text()
        text = text.replace("@URL@", f"file://{self.source}").replace("@REVISION@", revision).replace("depth = 1\n", "")
        wrap.write_text(text)
        run("meson", "setup", "build", cwd=folder)
        run("meson", "test", "-C", "build", cwd=folder)
        self.check(folder / "build/consumer")
        tests = run("meson", "test", "-C", "build", "--list", cwd=folder).split("\n")
        expect([line for line in tests if "lark" in line] == [], f"the subproject's tests are the parent's: {tests}")
        for entry in json.loads((folder / "build/compile_commands.json").read_text()):
            if entry["file"].endswith("consumer.cpp"):
                expect("-Wconversion" not in entry["command"], f"flags leak: {entry['command']}")
        run("meson", "install", "-C", "build", "--destdir", folder / "installed", cwd=folder)
        expect(not (folder / "installed").exists(), "the subproject installs")


ALL = ["meson_pkgconfig", "cmake", "plain", "static", "core_only", "meson_subproject"]


def main():
    source, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    consumers, failed = Consumers(source, work), 0
    for name in sys.argv[3:] or ALL:
        try:
            getattr(consumers, name)()
            print(f"consumer {name}: ok", flush=True)
        except Failed as e:
            failed += 1
            print(f"consumer {name}: FAILED\n{e}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
