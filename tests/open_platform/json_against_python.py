#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""20,000 generated texts, most of them damaged, read by lark::json and by Python's parser: json_against_python.py JSON_ECHO

Both must refuse the same texts, and what the program writes of a value (`json::text`) must mean to Python what the text meant.
The rules of our own (protocol.md, section 1; json.hpp) are applied to Python's value first.
"""
import codecs
import json
import math
import os
import random
import re
import shlex
import struct
import subprocess
import sys

COUNT = 20_000
SEED = 14
DEPTH = 64
REFUSED = 0xFFFFFFFF

NUMBERS = ["0", "-0", "1", "-1", "7", "20001", "0.5", "-2.75", "1e3", "1E+2", "1e-3", "9007199254740991", "9007199254740993",
           "-9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
           "18446744073709551616", "-9223372036854775809", "123456789012345680000", "1e22", "1e300", "1e999", "-1e999", "1e-999",
           "4.9406564584124654e-300", "07758612720948895841731857797", "9E617+", "01", "-", "1.", ".5", "+1", "1e", "1e+", "0x1",
           "00", "-01", "1.e5", "12345678901234567890.5", "NaN", "Infinity", "-Infinity", "nan"]
PIECES = [b"a", b"error", b" ", b"\\n", b'\\"', b"\\\\", b"\\/", b"\\u0041", b"\\u0000", b"\\ud83e\\udd16", b"\\ud800", b"\\udc00",
          b"\\uD800\\uD800", b"\xe4\xb8\xad", b"\xf0\x9f\xa4\x96", b"\xc3", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\x7f",
          b"\\u12", b"\\x", b"\n", b"\x00", b"{", b"]", b":", b","]
USUAL = PIECES[:10] + PIECES[13:15]
DAMAGE = [b"", b"\x00", b"\xff", b"\xe4", b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"0", b"-", b"+", b".", b"e", b" ", b"\n",
          b"\\u0000", b"\\ud800", b"null", b"//", b"'", b"\xef\xbb\xbf", b"\x0b"]


class Refused(Exception):
    pass


def one_by_one(error):
    return "\ufffd", error.start + 1


codecs.register_error("one_by_one", one_by_one)


def string(rng, odd):
    return b'"' + b"".join(rng.choice(PIECES if odd else USUAL) for _ in range(rng.randrange(5))) + b'"'


def blank(rng):
    return rng.choice([b"", b"", b"", b" ", b"\n\t", b"\r\n"])


def value(rng, depth, odd):
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(NUMBERS).encode() if odd else repr(rng.choice([rng.randrange(-10**20, 10**20), rng.random() * 10.0 **
                                                                          rng.randrange(-200, 200), rng.randrange(-9, 99)])).encode()
    if kind < 0.5:
        return string(rng, odd)
    if kind < 0.6 or depth > 6:
        return rng.choice([b"true", b"false", b"null"])
    return container(rng, depth + 1, odd)


def container(rng, depth, odd):
    count = rng.choice([0, 1, 1, 2, 3])
    if rng.random() < 0.5:
        items = [blank(rng) + value(rng, depth, odd) + blank(rng) for _ in range(count)]
        return b"[" + b",".join(items) + b"]"
    items = [blank(rng) + string(rng, odd) + blank(rng) + b":" + blank(rng) + value(rng, depth, odd) + blank(rng)
             for _ in range(count)]
    return b"{" + b",".join(items) + b"}"


def generate(rng):
    text = blank(rng) + container(rng, 1, rng.random() < 0.5) + blank(rng)
    if rng.random() < 0.02:
        depth = rng.randrange(60, 68)
        text = b"[" * depth + b"1" + b"]" * depth
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(DAMAGE) + text[at + rng.randrange(3):]
    return text


def pairs_of(members):
    return ("object", members)


def number(text):
    """As json.hpp reads a number: null out of range, low integers as doubles."""
    if re.fullmatch(r"-?[0-9]+", text):
        whole = int(text)
        if not -2**63 <= whole < 2**64:
            return None
        return float(whole) if whole <= -2**53 else whole
    result = float(text)
    zero = not re.search(r"[1-9]", re.split(r"[eE]", text)[0])
    return None if math.isinf(result) or (result == 0 and not zero) else result


def constant(text):
    raise Refused(text)


def normal(value, depth=1):
    if isinstance(value, (tuple, list)) and depth > DEPTH:
        raise Refused("depth")
    if isinstance(value, tuple):
        return ("object", [(mended(key).replace("\0", "\ufffd"), normal(item, depth + 1)) for key, item in value[1]])
    if isinstance(value, list):
        return [normal(item, depth + 1) for item in value]
    return mended(value) if isinstance(value, str) else value


def mended(text):
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def meaning(text):
    if text.startswith(codecs.BOM_UTF8):
        text = text[3:]
    try:
        value = json.loads(text.decode("utf-8", "one_by_one"), object_pairs_hook=pairs_of, parse_int=number, parse_float=number,
                           parse_constant=constant)
        if not isinstance(value, (tuple, list)):
            raise Refused("not an object or array")
        return normal(value)
    except (ValueError, Refused, RecursionError):
        return Refused


def same(a, b):
    """Equal, integers and doubles distinguished where they differ to a reader."""
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, bool) or isinstance(b, bool) or isinstance(a, str) or a is None:
        return a is b or (type(a) is type(b) and a == b)
    return isinstance(b, (int, float)) and not isinstance(b, bool) and float(a) == float(b) and (
        abs(a) <= 2**53 or type(a) is type(b))


def main():
    rng = random.Random(SEED)
    texts = [generate(rng) for _ in range(COUNT)]
    sent = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    # Meson names what runs a program of another processor.
    program = [*shlex.split(os.environ.get("MESON_EXE_WRAPPER", "")), sys.argv[1]]
    out = subprocess.run(program, input=sent, stdout=subprocess.PIPE, check=True).stdout
    at = accepted = wrong = 0
    for text in texts:
        length, = struct.unpack_from("<I", out, at)
        at += 4
        got = Refused
        if length != REFUSED:
            got = meaning(out[at:at + length])
            at += length
        wanted = meaning(text)
        accepted += wanted is not Refused
        if wanted is got or (Refused not in (wanted, got) and same(wanted, got)):
            continue
        wrong += 1
        if wrong <= 10:
            print(f"{text!r}\n  Python: {wanted!r}\n  lark::json: {got!r}")
    print(f"{COUNT} texts, {accepted} of them JSON, {wrong} read differently")
    if at != len(out):
        sys.exit("the program wrote more than was asked for")
    sys.exit(1 if wrong or not COUNT // 4 < accepted < COUNT * 3 // 4 else 0)


if __name__ == "__main__":
    main()
