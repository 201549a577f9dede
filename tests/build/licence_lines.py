#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every source file says its licence in a line that tools read: licence_lines.py SOURCE_ROOT

`SPDX-License-Identifier: MIT` stands in the first line, or in the second after `#!`, in the comment of its language.
licence_lines.py SOURCE_ROOT --write adds it where it is missing.
"""

import shutil
import subprocess
import sys
from pathlib import Path

TEXT = "SPDX-License-Identifier: MIT"
COMMENTS = {
    ".cpp": "// {}", ".hpp": "// {}", ".h": "// {}", ".js": "// {}", ".cjs": "// {}",
    ".css": "/* {} */", ".sql": "-- {}",
    ".py": "# {}", ".sh": "# {}", ".pl": "# {}", ".build": "# {}", ".toml": "# {}",
}
NAMES = {"meson_options.txt": "# {}", "CMakeLists.txt": "# {}"}
# Made by a build from these: their names end in another way.
TEMPLATES = {".in"}


def comment_of(path, first_line):
    """The line that the file should have, or None if it is no source file."""
    name = Path(path.name.removesuffix(path.suffix)) if path.suffix in TEMPLATES else path
    form = NAMES.get(name.name) or COMMENTS.get(name.suffix)
    if form is None and not path.suffix and first_line.startswith("#!"):
        form = "# {}"  # a script without an ending, such as ./dev
    return form and form.format(TEXT)


def sources(root):
    """The files under version control; all files of a source tree without one."""
    git = shutil.which("git")
    listed = git and subprocess.run([git, "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                    capture_output=True, text=True)
    if listed and listed.returncode == 0:
        return sorted(root / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in root.rglob("*") if not path.relative_to(root).parts[0].startswith(("build", ".")))


def main():
    root, write = Path(sys.argv[1]).resolve(), "--write" in sys.argv[2:]
    count, missing = 0, []
    for path in sources(root):
        if not path.is_file() or path.is_symlink():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, or an input of the fuzzer
        lines = text.split("\n")
        wanted = comment_of(path, lines[0])
        if wanted is None:
            continue
        count += 1
        at = 1 if lines[0].startswith("#!") else 0
        if len(lines) > at and lines[at] == wanted:
            continue
        if write:
            path.write_text("\n".join(lines[:at] + [wanted] + lines[at:]), encoding="utf-8")
        else:
            missing.append(f"{path.relative_to(root)}: line {at + 1} should be: {wanted}")
    print("\n".join(missing[:50]))
    print(f"{count} source files, {len(missing)} without the line")
    return 1 if missing or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
