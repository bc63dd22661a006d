#!/usr/bin/env python3
"""Whole scans beside what people would do otherwise, in the same rounds, on the same files.

    cargo build --release
    cargo bench --bench corpus -- --write DIR 1073741824
    python3 benches/peers.py DIR [--rounds 5] [--write benches/runs/YYYY-MM-DD.md]

Each round runs every program once, so that a ratio compares runs that are close in time; the first
round warms the cache and is thrown away. CPU is user and system time of the process tree, told
beside the wall clock; medians. The program's counts must agree with the corpus' truth.json before
any time is told. The others get the anchors that the program searches (`signatures anchors`). A
tool that is not there is left out. DuckDB and polars are used if this Python has them."""
import argparse, importlib.util, json, os, platform, shutil, statistics, subprocess, sys, tempfile, time

parser = argparse.ArgumentParser()
parser.add_argument("corpus")
parser.add_argument("--program", default="target/release/faultline")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--write", help="file for the table, in Markdown")
options = parser.parse_args()
work = tempfile.mkdtemp()
anchors = os.path.join(work, "anchors.txt")
with open(anchors, "wb") as file:
    subprocess.run([options.program, "signatures", "anchors"], stdout=file, check=True)
truth = json.load(open(os.path.join(options.corpus, "truth.json")))
pattern = "|".join(__import__("re").escape(line) for line in open(anchors, encoding="utf8").read().splitlines())

def run(command):
    begin = time.monotonic()
    # Into a file: grep and its kin stop at the first match where nobody can read what they say.
    with open(os.path.join(work, "said"), "wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "wall": time.monotonic() - begin,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
        "code": process.returncode,
    }

def script(name, text):
    path = os.path.join(work, name + ".py")
    with open(path, "w", encoding="utf8") as file:
        file.write(text)
    return [sys.executable, path]

def has(module):
    return importlib.util.find_spec(module) is not None

def contenders(name, path):
    out = os.path.join(work, "report")
    scan = [options.program, "scan", "--no-state", "-q", path, "-o", out]
    found = {"faultline -j1": scan + ["-j1"], "faultline -j2": scan + ["-j2"]}
    if shutil.which("rg"):
        found["rg -j1"] = ["rg", "-j1", "--count", "-F", "-f", anchors, path]
    if shutil.which("ugrep"):
        found["ugrep -J1"] = ["ugrep", "-J1", "-U", "-c", "-F", "-f", anchors, path]
    reader = {
        "grid.csv": "read_csv('%s', all_varchar=true, header=true, quote='\"', escape='\"')" % path,
        "lines.jsonl": "read_json('%s', format='newline_delimited')" % path,
    }.get(name)
    process = {"grid.csv": "Process", "lines.jsonl": "ProcessName"}.get(name)
    if reader and has("duckdb"):
        sql = pattern.replace("'", "''")
        found["duckdb, 1 thread"] = script("duckdb_" + name, f"""import duckdb
c = duckdb.connect(); c.sql("set threads=1")
rows = c.sql(r'''select {process}, count(*), count(*) filter (regexp_matches(Message, '{sql}')) from {reader} group by all''').fetchall()
print(sum(row[1] for row in rows), sum(row[2] for row in rows))
""")
    if name == "grid.csv" and has("polars"):
        found["polars"] = script("polars_" + name, f"""import polars as p
words = open({anchors!r}, encoding='utf8').read().splitlines()
rows = p.scan_csv({path!r}, infer_schema=False).group_by('Process').agg(p.len(), p.col('Message').str.contains_any(words).sum()).collect(engine='streaming')
print(rows['len'].sum(), rows['Message'].sum())
""")
    return found

def check(name):
    """The counts of the last report."""
    coverage = json.load(open(os.path.join(work, "report", "report.json")))["coverage"]
    told = (coverage["records"]["total"], coverage["records"]["matched"])
    wanted = (truth[name]["records"], truth[name]["failures"])
    assert told == wanted, f"{name}: {told} instead of {wanted}"

def check_other(name, program):
    """Rows and rows with an anchor, of a program that tells both; rows with one, of the others."""
    with open(os.path.join(work, "said"), encoding="utf8") as said:
        told = [int(word) for word in said.read().split()[-2:]]
    least = truth[name]["failures"] if name != "page.json" else 1
    assert told and told[-1] >= least, f"{name}, {program}: {told}"
    assert len(told) == 1 or told[0] == truth[name]["records"], f"{name}, {program}: {told}"

def version(command):
    try:
        return subprocess.run([command, "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return command + ": not there"

lines = [
    f"# {time.strftime('%Y-%m-%d')}: whole scans beside others",
    "",
    f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores; {version(options.program)}; {version('rg')}; {version('ugrep')}.",
    f"Warm cache, medians of {options.rounds} interleaved rounds, {sum(1 for _ in open(anchors))} anchors; counts agree with the truth.",
    "",
    "| input | program | CPU s | wall s | GB/s a core | MiB | CPU of rg to this |",
    "|---|---|---|---|---|---|---|",
]
for name in truth:
    path = os.path.join(options.corpus, name)
    size = os.path.getsize(path)
    programs = contenders(name, path)
    runs = {program: [] for program in programs}
    for turn in range(options.rounds + 1):
        for program, command in programs.items():
            result = run(command)
            if program.startswith("faultline"):
                check(name)
            else:
                check_other(name, program)
            if turn > 0:
                runs[program].append(result)
    middle = lambda program, key: statistics.median(result[key] for result in runs[program])
    for program in programs:
        codes = {result["code"] for result in runs[program]}
        cpu = middle(program, "cpu")
        ratio = f"{middle('rg -j1', 'cpu') / cpu:.2f}" if "rg -j1" in runs else "-"
        note = "" if codes <= {0} else f" (exit {sorted(codes)})"
        lines.append(
            f"| {name}, {size / 2**20:.0f} MiB | {program}{note} | {cpu:.2f} | {middle(program, 'wall'):.2f} "
            f"| {size / cpu / 1e9:.2f} | {max(r['memory'] for r in runs[program]):.0f} | {ratio} |"
        )
        print(lines[-1], flush=True)
lines += ["", "`rg` stops at the first match of a line, and `page.json` is one line: that row is no comparison."]
if options.write:
    os.makedirs(os.path.dirname(options.write) or ".", exist_ok=True)
    with open(options.write, "w", encoding="utf8") as file:
        file.write("\n".join(lines) + "\n")
shutil.rmtree(work)
