#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the benchmarks and prints their tables, as docs/internals/measurements.md shows them.

run.py BUILD_FOLDER [--quick]      --quick: 100 registrations at once in place of 1, 1,000 and 5,000
run.py BUILD_FOLDER --scale        only 5,000, 20,000 and 50,000 at once, which takes six minutes
run.py BUILD_FOLDER --overload     only 1,500 registrations with few descriptors and replies after 2 s, which takes nine minutes
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def lines_of(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def run(program, *arguments):
    return subprocess.run([str(program), *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


def micro(program, *arguments):
    report = json.loads(run(program, "--benchmark_format=json", *arguments))
    return {b["name"].split("/")[0]: b for b in report["benchmarks"]}


def table(title, head, rows):
    print(f"\n### {title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    sys.stdout.flush()


def core(folder):
    # In turns, so that what disturbs the machine disturbs the floor as well.
    report = json.loads(run(folder / "bench-core", "--benchmark_format=json", "--benchmark_repetitions=30", "--benchmark_min_time=0.1",
                            "--benchmark_enable_random_interleaving=true"))
    best = {}  # of the repetitions: the others were disturbed
    for b in report["benchmarks"]:
        if b["run_type"] == "iteration":
            kind = b["name"].split("/")[0]
            best[kind] = min(best.get(kind, b), b, key=lambda one: one["cpu_time"])
    floor, cycle = best["bare_parse"], best["poll_cycle"]
    waiting = best["waiting_flow_bytes"]
    save, resume, text_floor = best["snapshot_save"], best["snapshot_resume"], best["snapshot_bare_parse"]
    ratio = cycle["cpu_time"] / floor["cpu_time"]
    table("The core", ["figure", "value", "floor"], [
        ["one poll: wait over, request out, pending reply in, status drained", f"{cycle['cpu_time']:.0f} ns ({ratio:.2f} times the floor)",
         f"{floor['cpu_time']:.0f} ns: Poco's SAX parser over the same body, with a handler that does nothing"],
        ["allocations in that poll", f"{cycle['allocations']:.0f}", f"{floor['allocations']:.0f}: of the parser"],
        ["a waiting flow", f"{waiting['bytes']:.0f} bytes ({waiting['sizeof']:.0f} itself, {waiting['heap']:.0f} on the heap)", "–"],
        ["a snapshot of it", f"{save['bytes']:.0f} bytes", "–"],
        ["saved, as text", f"{save['cpu_time'] / 1000:.1f} µs", "–"],
        ["parsed, as a flow", f"{resume['cpu_time'] / 1000:.1f} µs",
         f"{text_floor['cpu_time'] / 1000:.1f} µs: Poco's SAX parser over the same text"],
    ])


def fake(folder):
    program = folder / "bench-fake"
    if program.exists():
        one = micro(program, "--benchmark_min_time=1")["ten_poll_registration"]
        table("Over the fake", ["figure", "value"], [
            ["whole registrations with init, begin and ten polls, on one core", f"{one['registrations/s']:,.0f} a second"]])


def flow_set(folder, quick):
    [result] = lines_of(run(folder / "bench-flow-set", 10_000 if quick else 100_000))
    table(f"flow_set, {result['n']:,} registrations at once on one thread", ["figure", "value", "floor"], [
        ["CPU per registration (begin, two pending polls, the app)", f"{result['cpu_us']:.1f} µs",
         f"{result['cpu_us_flows_alone']:.1f} µs: the same flows by hand, one after the other"],
        ["memory per waiting registration, set and loop included", f"{result['waiting_bytes']} bytes", "–"],
        ["peak memory of the process", f"{result['peak_rss_kb'] / 1024:.0f} MB", "–"],
    ])


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=lark benchmark", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, stderr=subprocess.DEVNULL)


def against_server(folder, files, delay, program, *arguments, interval=5, pending=2):
    """One run: (last result of the program, which gets the port; result of the server, with the time from the start of the program's
    process to its first request)."""
    server = subprocess.Popen([folder / "lean-server", f"{files}/cert.pem", f"{files}/key.pem", str(delay), str(interval), str(pending)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        port = json.loads(server.stdout.readline())["port"]
        began = time.monotonic()
        client = lines_of(run(folder / program, *(argument.format(port=port) for argument in arguments)))[-1]
        figures = lines_of(server.communicate()[0])[-1]
        figures["first_request_ms"] = (figures["first_request_s"] - began) * 1000
    finally:
        server.kill()
        server.wait()
    return client, figures


def at_once(folder, files, count, delay, descriptors=0, **service):
    url = "https://127.0.0.1:{port}"
    return against_server(folder, files, delay, "registrations", "--domain", url, "--lark-domain", url,
                          "--cacert", f"{files}/cert.pem", "--count", str(count), "--descriptors", str(descriptors), **service)


def many(folder, counts, delays):
    if not (folder / "registrations").exists():
        return
    rows = []
    with tempfile.TemporaryDirectory() as files:
        certificate(files)
        bare, _ = against_server(folder, files, 0, "lean-client", "{port}", str(5 * max(counts)))
        base = None  # what the process needs for one
        for delay in delays:
            for count in counts:
                client, server = at_once(folder, files, count, delay)
                if client["ok"] != count or client["distinct"] != count:
                    sys.exit(f"{count} at once, {delay} ms: {client}")
                if base is None:
                    base, _ = at_once(folder, files, 1, 0) if count != 1 else (client, None)
                memory = "–" if count == 1 else f"{(client['peak_rss_kb'] - base['peak_rss_kb']) / count:.1f} KB"
                rows.append([f"{count:,}", f"{delay} ms", f"{client['cpu_s'] / count * 1000:.3f} ms", memory,
                             f"{client['peak_rss_kb'] / 1024:.1f} MB", server["full_handshakes"], server["resumed"],
                             f"{server['late_ms_median']:.1f} ms", f"{server['late_ms_p99']:.1f} ms"])
    table("Many at once over loopback TLS, two pending replies at an interval of 5 s", [
        "at once", "reply after", "CPU per registration", "peak memory per registration", "peak memory", "full handshakes", "resumed",
        "a poll is late, median", "99th percentile"], rows)
    print(f"\nFloor, without any library, of five exchanges at the same pace over connections that are there: "
          f"{bare['cpu_s'] / bare['exchanges'] * 5000:.3f} ms.")


def first_request(folder, times):
    if not (folder / "registrations").exists():
        return
    with tempfile.TemporaryDirectory() as files:
        certificate(files)
        took = [at_once(folder, files, 1, 0, interval=1, pending=0)[1]["first_request_ms"] for _ in range(times)]
    table("From the start of a process to its first request", ["over loopback TLS", "fastest", "median"], [
        ["exec, libraries, options, certificates to trust, connection, handshake", f"{min(took):.1f} ms", f"{statistics.median(took):.1f} ms"]])


def overload(folder, count, delay, limits):
    if not (folder / "registrations").exists():
        return
    rows = []
    with tempfile.TemporaryDirectory() as files:
        certificate(files)
        for descriptors in limits:
            began = time.monotonic()
            client, _ = at_once(folder, files, count, delay, descriptors)
            rows.append([f"{count:,}", f"{delay} ms", descriptors, client["ok"], client["errors"] or "–", f"{time.monotonic() - began:.0f} s",
                         f"{client['cpu_s'] / count * 1000:.3f} ms"])
    table("Few descriptors", ["at once", "reply after", "`ulimit -n`", "succeeded", "failed", "time", "CPU per registration"], rows)


def cancel(folder, quick):
    if (folder / "cancel-latency").exists():
        results = lines_of(run(folder / "cancel-latency", 20 if quick else 200))
        table("Cancel", ["phase", "median", "99th percentile"],
              [[r["phase"], f"{r['median_ms']:.2f} ms", f"{r['p99_ms']:.2f} ms"] for r in results])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("build", type=pathlib.Path)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--scale", action="store_true")
    arguments.add_argument("--overload", action="store_true")
    given = arguments.parse_args()
    folder = given.build / "tests" / "bench"
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if given.overload:
        overload(folder, 1500, 2000, [256, 128])
        return
    if given.scale:
        many(folder, [5000, 20_000, 50_000], [0])
        return
    core(folder)
    fake(folder)
    flow_set(folder, given.quick)
    many(folder, [100] if given.quick else [1, 1000, 5000], [0, 200] if given.quick else [0, 200, 2000])
    first_request(folder, 3 if given.quick else 20)
    overload(folder, 200, 200, [64])
    cancel(folder, given.quick)


if __name__ == "__main__":
    main()
