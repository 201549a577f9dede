#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants each bug of mutants.toml in a copy of the sources, and expects a suite of its room to fail.

usage: run.py BUILD_FOLDER [NAME…]     BUILD_FOLDER is made if it is not there, and can be used again
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# By the beginning of the file's path: the suites in the order in which they are asked, the quickest first. The first failure
# catches the bug.
CORE = ["tests/registration/test-registration", "tests/registration/links/links-test",
        "tests/registration/test-allocation", "tests/registration/test-exploration",
        "tests/open_platform/open-platform-test"]
# A suite may have arguments. These four need a build folder with everything in it; the second is run by a script.
CARRIED_ON = "tests/transports/fake/fake-service-test --run_test=carried_on_over_the_fake"
TASK = "tests/transports/injected_background/injected-background-task-test"
RESUME = "tools/lark-register/lark-register"
POOL = "tests/transports/poco/poco-exchange-pool-test"
POCO_MEMORY = "tests/transports/poco/poco-memory-test"
WITH_EVERYTHING = (CARRIED_ON, RESUME, POOL, POCO_MEMORY)
SCRIPTS = {RESUME: "tools/resume_test.py"}
SUITES = {
    "src/open_platform/": CORE[-1:] + CORE[:-1],
    "src/": CORE,
    "transports/injected/src/client": ["tests/transports/injected_client/injected-client-test",
                                       "tests/transports/injected_client/injected-client-scripts-test"],
    "transports/injected/src/async_": ["tests/transports/injected_async_client/test-injected-async-client",
                                       "tests/transports/injected_async_client/test-injected-async-client-scripts"],
    "transports/injected/src/shared_loop": ["tests/transports/injected_shared_loop/test-injected-shared-loop",
                                            "tests/transports/injected_shared_loop/test-injected-shared-loop-scripts"],
    "transports/injected/src/sleep": ["tests/transports/injected/injected-test"],
    "transports/injected/src/snapshots": [CARRIED_ON],
    "transports/injected/src/callback_queue": [TASK],
    "transports/injected/src/registration_task": [TASK],
    "transports/injected/": ["tests/transports/injected_flow_set/test-injected-flow-set",
                             "tests/transports/injected_flow_set/test-injected-flow-set-scripts"],
    "transports/poco/src/pool/": [POOL],
    "tools/lark-register/state_file": [RESUME],
}
# By what an entry says itself, in `suite`.
NAMED_SUITES = {"carried on": [CARRIED_ON], "memory": ["tests/transports/injected/injected-memory-test"],
                "memory over Poco": [POCO_MEMORY]}
LONGEST = 120  # seconds for a suite; a hang is a bug that was noticed


def load():
    with open(HERE / "mutants.toml", "rb") as file:
        mutants = tomllib.load(file)["mutant"]
    names = [mutant["name"] for mutant in mutants]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        sys.exit(f"mutants.toml: names that stand there twice: {', '.join(sorted(twice))}")
    return mutants


def pattern_of(find):
    """The text of an entry as a pattern. Blanks and line breaks do not count, so that the formatter may move a line."""
    tokens = re.findall(r"\w+|[^\w\s]", find)
    return re.compile(r"\s*".join(map(re.escape, tokens)))


def planted(mutant):
    """The text of the file with the bug in it. An entry that does not match exactly once is an error."""
    text = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    changed, count = pattern_of(mutant["find"]).subn(lambda _: mutant["replace"].strip("\n"), text)
    if count != 1:
        sys.exit(f"{mutant['name']}: the text to be replaced stands {count} times in {mutant['file']}, not once; "
                 "bring mutants.toml up to date")
    return changed


def copy_sources(tree):
    """Copies what differs only, so that a second run builds little."""
    wanted = set()
    for source in ROOT.iterdir():
        if source.name.startswith((".", "build")) or source.is_symlink():
            continue
        files = [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
        for path in files:
            target = tree / path.relative_to(ROOT)
            wanted.add(target)
            if not target.exists() or target.read_bytes() != path.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)
                target.touch()
    for path in [path for path in tree.rglob("*") if path.is_file()]:
        if path not in wanted:
            path.unlink()


class DoesNotBuild(Exception):
    pass


def suites_of(mutant):
    if "suite" in mutant:
        return NAMED_SUITES[mutant["suite"]]
    return next(suites for room, suites in SUITES.items() if mutant["file"].startswith(room))


def build_of(folder, suite):
    """The build folder of a suite, which is made if it is not there."""
    core_alone = [f"-D{name}=disabled" for name in ("poco", "fake", "qr", "tools")]
    name, options = ("build-all", ["-Dunity=on"]) if suite in WITH_EVERYTHING else ("build", core_alone)
    if not (folder / name / "build.ninja").exists():
        subprocess.run(["meson", "setup", folder / name, folder / "tree", "--buildtype=plain", "-Dcpp_args=-O1", *options],
                       check=True)
    return folder / name


def caught_by(folder, suites):
    """The first suite that fails; each is built when its turn comes."""
    for suite in suites:
        build = build_of(folder, suite)
        target, *arguments = suite.split()
        built = subprocess.run(["ninja", "-C", build, target], capture_output=True, text=True)
        if built.returncode != 0:
            raise DoesNotBuild(built.stdout[-4000:])
        command = ([sys.executable, HERE.parent / SCRIPTS[suite], build / target] if suite in SCRIPTS
                   else [build / target, *arguments, "--log_level=nothing", "--report_level=no"])
        try:
            if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, timeout=LONGEST).returncode != 0:
                return suite
        except subprocess.TimeoutExpired:
            return suite + " (hang)"
    return None


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]).resolve()
    all_mutants = load()
    chosen = [mutant for mutant in all_mutants if not sys.argv[2:] or mutant["name"] in sys.argv[2:]]
    if not chosen or len(chosen) < len(sys.argv[2:]):
        sys.exit("no mutant of that name; there are: " + " ".join(mutant["name"] for mutant in all_mutants))
    texts = {mutant["name"]: planted(mutant) for mutant in all_mutants}  # all of them first: fail before the long part

    tree = folder / "tree"
    copy_sources(tree)
    all_suites = list(dict.fromkeys(suite for mutant in chosen for suite in suites_of(mutant)))
    if (suite := caught_by(folder, all_suites)) is not None:
        sys.exit(f"{suite} fails without any bug planted")

    missed = []
    for number, mutant in enumerate(chosen, 1):
        began = time.monotonic()
        target = tree / mutant["file"]
        sound_text = target.read_text(encoding="utf-8")
        try:
            target.write_text(texts[mutant["name"]], encoding="utf-8")
            suite = caught_by(folder, suites_of(mutant))
        except DoesNotBuild as error:
            sys.exit(f"{mutant['name']} does not build:\n{error}")
        finally:
            target.write_text(sound_text, encoding="utf-8")
        if suite is None:
            missed.append(mutant)
        print(f"{number:3}/{len(chosen)} {mutant['name']}: {'MISSED' if suite is None else 'caught by ' + suite.rpartition('/')[2]}"
              f" ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} planted bugs caught")
    for mutant in missed:
        print(f"MISSED {mutant['name']} in {mutant['file']}: {mutant['why']}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    try:
        main()
    except DoesNotBuild as error:
        sys.exit(f"the sources do not build without any bug planted:\n{error}")
