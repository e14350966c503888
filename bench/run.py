"""Measures Carillon beside the machine's own limits, in the same run.

    python3 bench/run.py [--only smtp,plan] [--smtp HOST:PORT] [--recipients N] [--large N] [--out bench/results.json]

Prints a table and writes all figures as JSON. Nothing here fails because a figure is low: the table says what was
aimed at, and neighbours on a shared machine can halve any rate. `--smtp` sends to a server of your own.
Python standard library only; build first with `make build`.
"""

import argparse
import base64
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import project  # noqa: E402
import service  # noqa: E402

ROOT = os.path.dirname(HERE)


class Table:
    def __init__(self):
        self.rows = []

    def add(self, group, name, value, unit, target="", **more):
        self.rows.append({"group": group, "name": name, "value": value, "unit": unit, "target": target, **more})
        shown = f"{value:,.0f}" if isinstance(value, (int, float)) and abs(value) >= 100 else f"{value:.4g}"
        print(f"  {group:<9} {name:<58} {shown:>12} {unit:<14} {target}", flush=True)


def timed(arguments, **options):
    """Runs a command; gives its wall and CPU seconds, its largest resident size in MB, its code and its output."""
    start = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    # The output is small; a pipe holds it until the process has ended.
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    output, errors = process.stdout.read().decode(), process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "rss": usage.ru_maxrss / 1024,
        "code": process.returncode,
        "out": output,
        "err": errors,
    }


def must(result, what, codes=(0,)):
    if result["code"] not in codes:
        sys.exit(f"{what} ended with {result['code']}\n{result['out'][-2000:]}\n{result['err'][-2000:]}")
    return result


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def compile_tool(name, folder):
    path = os.path.join(folder, name)
    subprocess.run(["cc", "-O2", "-o", path, os.path.join(HERE, name + ".c")], check=True)
    return path


class Sink:
    """A counting SMTP sink on this machine."""

    def __init__(self, tool, folder, count, pipelining=True):
        self.port = free_port()
        self.out = os.path.join(folder, f"sink-{self.port}.json")
        arguments = [tool, "-m", "smtp", "-p", str(self.port), "-n", str(count), "-i", "20", "-w", "300", "-o", self.out]
        self.process = subprocess.Popen(
            arguments + ([] if pipelining else ["-N"]), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.process.stderr.readline()

    def finish(self):
        self.process.wait(timeout=60)
        with open(self.out, encoding="utf-8") as file:
            return json.load(file)


class Editor:
    """The editor's side of `carillon lsp`."""

    def __init__(self, command, folder):
        self.folder = folder
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.unread = b""

    def send(self, message):
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self.process.stdin.flush()

    def receive(self):
        while True:
            head, found, rest = self.unread.partition(b"\r\n\r\n")
            if found:
                length = int(head.split(b":")[1])
                if len(rest) >= length:
                    self.unread = rest[length:]
                    return json.loads(rest[:length])
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            if not more:
                sys.exit("carillon lsp ended")
            self.unread += more

    def begin(self):
        """Seconds until everything is known: a mistake in the first file is found then."""
        bad = os.path.join(self.folder, "rules/00/rule-0.yaml")
        with open(bad, "a", encoding="utf-8") as file:
            file.write("  - send: nothing-of-this-name\n")
        start = time.monotonic()
        self.send({"id": 1, "method": "initialize", "params": {"rootUri": "file://" + self.folder, "capabilities": {}}})
        self.send({"method": "initialized", "params": {}})
        while self.receive().get("method") != "textDocument/publishDiagnostics":
            pass
        return time.monotonic() - start

    def type(self, path, count, pause, at=None):
        """Seconds from each of so many letters to its findings."""
        with open(os.path.join(self.folder, path), encoding="utf-8") as file:
            text = file.read()
        uri = f"file://{self.folder}/{path}"
        document = {"uri": uri, "languageId": "yaml", "version": 0, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        self.answer(uri, 0)
        lines = text.split("\n")
        times = []
        for version in range(1, count + 1):
            line = 0 if at else version % len(lines)
            place = {"line": line, "character": at or len(lines[line])}
            change = {"range": {"start": place, "end": place}, "text": "x"}
            if version % 2 == 0:
                # Takes the last letter back.
                line = 0 if at else (version - 1) % len(lines)
                start = at or len(lines[line])
                change = {
                    "range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": start + 1}},
                    "text": "",
                }
            time.sleep(pause)
            start = time.monotonic()
            params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
            self.send({"method": "textDocument/didChange", "params": params})
            self.answer(uri, version)
            times.append(time.monotonic() - start)
        self.send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}})
        return times

    def answer(self, uri, version):
        while True:
            params = self.receive().get("params") or {}
            if params.get("uri") == uri and params.get("version") == version:
                return

    def end(self):
        self.send({"id": 2, "method": "shutdown"})
        self.send({"method": "exit"})
        _, _, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = 0
        return usage.ru_maxrss / 1024


class Bench:
    def __init__(self, options):
        self.options = options
        self.table = Table()
        self.folder = tempfile.mkdtemp(prefix="carillon-bench-")
        self.carillon = os.path.join(ROOT, ".build", options.build, "carillon")
        self.micro = os.path.join(ROOT, ".build", options.build, "carillon-bench")
        self.csv = {}

    def contacts(self, count):
        if count not in self.csv:
            path = os.path.join(self.folder, f"contacts-{count}.csv")
            project.make_contacts(path, count)
            self.csv[count] = path
        return self.csv[count]

    def imported(self, name, count, port):
        folder = os.path.join(self.folder, name)
        if not os.path.exists(folder):
            project.make_project(folder, port)
            result = must(
                timed([self.carillon, "contacts", "import", self.contacts(count), "--project", folder, "--json"]), "import"
            )
            return folder, result
        project.make_project(folder, port)
        return folder, None

    # Each group stands alone.

    def conditions(self):
        self.from_micro("conditions")

    def templates(self):
        self.from_micro("templates")

    def journeys(self):
        self.from_micro("journeys")

    def history(self):
        self.from_micro("history")

    def events(self):
        self.from_micro("events")

    def waits(self):
        self.from_micro("waits")

    def sleepers(self):
        self.from_micro("sleepers")

    def from_micro(self, group):
        result = must(timed([self.micro, group, "--json"]), group)
        for row in json.loads(result["out"]):
            self.table.add(group, row["name"], row["value"], row["unit"], row["target"])

    def start(self):
        times = [must(timed([self.carillon, "--version"]), "--version")["wall"] * 1000 for _ in range(21)]
        self.table.add("start", "carillon --version, median of 21", statistics.median(times), "ms", "<= 20 ms")

    def check(self):
        folder = os.path.join(self.folder, "check")
        project.make_project(folder, 2525)
        lines = "".join(f"    - contact.seats > {n} or contact.plan == \"pro\"\n" for n in range(50))
        for n in range(1000):
            text = project.CAMPAIGN.replace("campaign: news", f"campaign: news-{n}")
            text = text.replace("  where:\n", "  where:\n" + lines)
            project.write(folder, f"many/news-{n}.yaml", text)
        count = sum(text.count("\n") for text in [text])
        runs = [must(timed([self.carillon, "check", "--project", folder]), "check")["wall"] for _ in range(5)]
        self.table.add("check", f"1,000 files of {count} lines, median of 5", statistics.median(runs), "s", "<= 0.5 s")
        folder = os.path.join(self.folder, "check-rules")
        project.make_rules(folder, self.options.rules)
        runs = [must(timed([self.carillon, "check", "--project", folder]), "check") for _ in range(5)]
        name = f"{self.options.rules:,} rule files of 40 lines"
        wall, size = statistics.median(run["wall"] for run in runs), max(run["rss"] for run in runs)
        self.table.add("check", f"{name}, median of 5", wall, "s", "<= 3 s")
        self.table.add("check", f"{name}: largest resident size", size, "MB", "<= 300 MB")

    def editor(self):
        count = self.options.rules
        folder = os.path.join(self.folder, "rules")
        project.make_rules(folder, count)
        editing = Editor([self.carillon, "lsp"], folder)
        name = f"{count:,} rule files of 40 lines"
        self.table.add("editor", f"{name}: until the whole is checked", editing.begin(), "s")
        typed = editing.type(f"rules/00/rule-{min(count - 1, 123)}.yaml", 400, pause=0)
        for part, share in (("p50", 0.5), ("p99", 0.99)):
            value = sorted(typed)[int(len(typed) * share)] * 1000
            self.table.add("editor", f"{name}: an edit until its findings, {part}", value, "ms", "<= 50 ms")
        # With pauses, in which the rest of the project is looked at on another thread.
        paused = editing.type(f"rules/00/rule-{min(count - 1, 124)}.yaml", 20, pause=0.3)
        self.table.add("editor", f"{name}: the slowest of 20 after pauses", max(paused) * 1000, "ms", "<= 50 ms")
        # The first line names the rule: while it is typed, a name goes and another comes.
        named = editing.type(f"rules/00/rule-{min(count - 1, 125)}.yaml", 40, pause=0, at=10)
        self.table.add("editor", f"{name}: renaming a rule, slowest of 40", max(named) * 1000, "ms")
        self.table.add("editor", f"{name}: largest resident size", editing.end(), "MB")

    def importing(self):
        count = self.options.large
        folder, result = self.imported("large", count, 2525)
        if result:
            self.table.add("import", f"{count:,} contacts", result["wall"], "s", "<= 20 s per 1,000,000")
            self.table.add("import", "largest resident size", result["rss"], "MB", "flat")

    def plan(self):
        count = self.options.large
        folder, _ = self.imported("large", count, 2525)
        result = must(
            timed([self.carillon, "plan", "campaigns/segment-news.yaml", "--project", folder, "--json"]), "plan", (0, 4)
        )
        self.table.add("plan", f"{count:,} contacts, 4-condition segment", result["wall"], "s", "<= 8 s per 1,000,000")
        self.table.add("plan", "largest resident size", result["rss"], "MB", "< 96 MB")
        self.table.add("plan", "audience", json.loads(result["out"])["audience"], "contacts")

    def versions(self):
        """Two versions of a campaign over the same contacts."""
        count = self.options.large
        folder, _ = self.imported("large", count, 2525)
        other = os.path.join(self.folder, "other.yaml")
        changed = project.SEGMENT_CAMPAIGN.replace("include: [active]", "include: [active]\n  where:\n    - contact.seats < 8")
        with open(other, "w", encoding="utf-8") as file:
            file.write(changed)
        result = must(
            timed([self.carillon, "plan", "campaigns/segment-news.yaml", "--against", other, "--project", folder, "--json"]),
            "plan --against", (0, 4),
        )
        self.table.add("versions", f"plan of two versions over {count:,} contacts", result["wall"], "s", "<= 15 s per 1,000,000")
        self.table.add("versions", "largest resident size", result["rss"], "MB")

    def simulate(self):
        folder = os.path.join(self.folder, "simulate")
        project.make_sequence(folder)
        count, happenings = 100_000, os.path.join(self.folder, "sign-ups.jsonl")
        project.make_sign_ups(happenings, count, 20)
        result = must(
            timed(
                [self.carillon, "simulate", "onboarding", "--days", "30", "--contacts", self.contacts(count)]
                + ["--events", happenings, "--seed", "7", "--project", folder, "--json"]
            ),
            "simulate",
        )
        self.table.add("simulate", f"{count:,} contacts x 30 days x 10 steps", result["wall"], "s", "<= 20 s")
        self.table.add("simulate", "largest resident size", result["rss"], "MB")

    def smtp(self):
        count = self.options.recipients
        if self.options.smtp:
            host, port = self.options.smtp.rsplit(":", 1)
            folder = os.path.join(self.folder, "given")
            project.make_project(folder, int(port), host=host)
            must(timed([self.carillon, "contacts", "import", self.contacts(count), "--project", folder]), "import")
            result = self.run_campaign(folder)
            self.table.add("smtp", f"to {self.options.smtp}", count / result["wall"], "messages/s")
            return
        sink_tool, limit_tool = compile_tool("sink", self.folder), compile_tool("limit_smtp", self.folder)
        sizes = {}
        for pipelining in (True, False):
            name = "pipelined" if pipelining else "plain"
            sink = Sink(sink_tool, self.folder, count, pipelining)
            raw = must(
                timed([limit_tool, str(sink.port), "8", str(count), "1700", "1" if pipelining else "0"]), "limit_smtp"
            )
            sink.process.terminate()
            limit = float(re.match(r"(\d+) msg/s", raw["out"]).group(1))
            sink = Sink(sink_tool, self.folder, count, pipelining)
            folder, _ = self.imported(f"smtp-{name}", count, sink.port)
            result = self.run_campaign(folder)
            seen = sink.finish()
            if seen["unique"] != count or seen["duplicates"]:
                sys.exit(f"{count} recipients, the sink has {seen}")
            sizes[count] = result["rss"]
            aim = ">= 30,000/s and >= 25 % of raw" if pipelining else ">= 60 % of raw"
            self.table.add("smtp", f"{name}: raw C client", limit, "messages/s")
            self.table.add("smtp", f"{name}: {count:,} recipients", seen["rate"], "messages/s", aim)
            self.table.add("smtp", f"{name}: of the raw client's rate", 100 * seen["rate"] / limit, "%", aim)
            self.table.add("smtp", f"{name}: CPU per 1,000", result["cpu"] / count * 1000, "s", "<= 0.04 s")
            self.table.add("smtp", f"{name}: whole command", result["wall"], "s", bytes=seen["bytes"] / seen["messages"])
            self.table.add("smtp", f"{name}: bytes a message on the wire", seen["bytes"] / seen["messages"], "bytes")
            self.table.add("memory", f"run, {count:,} recipients, {name}", result["rss"], "MB", "< 96 MB")

    def memory(self):
        count = self.options.large
        sink = Sink(compile_tool("sink", self.folder), self.folder, count)
        folder, _ = self.imported("large", count, sink.port)
        result = self.run_campaign(folder)
        seen = sink.finish()
        self.table.add("memory", f"run, {count:,} recipients", result["rss"], "MB", "< 96 MB, within 10 %")
        self.table.add("memory", f"rate at {count:,} recipients", seen["rate"], "messages/s")

    def run_campaign(self, folder):
        return must(
            timed([self.carillon, "run", "campaigns/news.yaml", "--yes", "--json", "--project", folder]), "run"
        )

    def kill(self):
        self.killed("kill", "kill.py", [self.options.kills], ["launches"])

    def kill_journeys(self):
        """A sequence and a rule; as many people as that many kills can meet in the middle of something."""
        kills = max(1, self.options.kills * 2 // 5)
        self.killed("journeys", "kill_journeys.py", [kills, kills * 10, 1], ["kills_while_calling", "runs", "most_in_flight"])

    def killed(self, group, script, numbers, more):
        result = timed([sys.executable, os.path.join(HERE, script), self.carillon, *map(str, numbers)])
        figures = json.loads(result["out"])
        for name in ["kills", "kills_while_sending", "received", "accepted", "uncertain"] + more:
            self.table.add(group, name.replace("_", " "), figures.get(name, 0), "", "")
        self.table.add(group, "recipients lost, doubled or unaccounted", len(figures["problems"]), "", "0")
        if figures["problems"]:
            print("\n".join(figures["problems"]))


    def sandbox(self):
        port = free_port() & ~1
        folder = os.path.join(self.folder, "sandbox")
        os.makedirs(folder)
        script = os.path.join(folder, "silent.json")
        with open(script, "w", encoding="utf-8") as file:
            # Nothing is told during the measuring: what is measured is taking messages.
            json.dump({"model": {"pace": 1000}}, file)
        url = f"http://127.0.0.1:{port}"
        server = subprocess.Popen(
            [self.carillon, "sandbox", "--port", str(port), "--folder", folder, "--script", script, "--unlimited", "--json"],
            stdout=subprocess.PIPE,
        )
        try:
            server.stdout.readline()
            body, count = os.path.join(folder, "body"), 60_000
            result = must(timed([self.micro, "sandbox", url, str(count), body, "--json"]), "sandbox")
            rows = json.loads(result["out"])
            for row in rows:
                self.table.add("sandbox", row["name"], row["value"], row["unit"], row["target"])
            if not shutil.which("h2load"):
                return print("  h2load is missing (apt install nghttp2-client): no limit beside it")
            account = "AC5a4db0c00000000000000000005a4db0"
            login = base64.b64encode(f"{account}:sandbox-auth-token".encode()).decode()
            # As many connections as the session has.
            raw = must(
                timed(
                    ["h2load", "--h1", "-n", str(count), "-c", "32", "-t", "1", "-d", body]
                    + ["-H", f"Authorization: Basic {login}", "-H", "Content-Type: application/x-www-form-urlencoded"]
                    + [f"{url}/twilio/bench/2010-04-01/Accounts/{account}/Messages.json"]
                ),
                "h2load",
            )
            failed = re.search(r"status codes: (\d+) 2xx", raw["out"])
            if not failed or int(failed.group(1)) != count:
                sys.exit(f"h2load was refused\n{raw['out']}")
            limit = float(re.search(r"([\d.]+) req/s", raw["out"]).group(1))
            self.table.add("sandbox", "h2load with the same bodies, 32 connections", limit, "requests/s")
            self.table.add("sandbox", "of h2load's rate", 100 * rows[0]["value"] / limit, "%", ">= 60 %")
        finally:
            server.terminate()
            server.wait(timeout=20)

    def webhooks(self):
        for row in json.loads(must(timed([self.micro, "webhooks", "--json"], cwd=self.folder), "webhooks")["out"]):
            self.table.add("webhooks", row["name"], row["value"], row["unit"], row["target"])
        folder, port = os.path.join(self.folder, "webhooks"), free_port()
        project.make_project(folder, 25)
        # Its events have the plain form of Standard Webhooks.
        project.write(folder, "channels/hooks.yaml", "channel: hooks\nkind: email\nprovider: outbox\nfolder: out\n")
        server = subprocess.Popen(
            [self.carillon, "serve", "--no-runner", "--port", str(port), "--project", folder, "--json", "--sandbox"],
            stdout=subprocess.PIPE,
        )
        try:
            server.stdout.readline()
            rows = must(timed([self.micro, "webhooks", f"http://127.0.0.1:{port}", "hooks", "60000", "--json"]), "webhooks")
            for row in json.loads(rows["out"]):
                self.table.add("webhooks", row["name"], row["value"], row["unit"], row["target"])
        finally:
            server.terminate()
            server.wait(timeout=20)

    def service(self):
        service.measure(
            self.table, self.carillon, os.path.join(self.folder, "service"), self.contacts(service.CONTACTS),
            lambda arguments: must(timed(arguments), " ".join(arguments[1:3])), project)

    def api(self):
        """Requests made from /openapi.json by schemathesis: what is answered is held to the document."""
        own = os.path.join(ROOT, ".build/schemathesis/bin/schemathesis")
        tool = own if os.path.exists(own) else shutil.which("schemathesis")
        if tool is None:
            print("  api       schemathesis is not installed: nothing is tried (scripts/setup.sh bench)")
            return
        folder = os.path.join(self.folder, "api")
        service.make(folder, project)
        must(timed([self.carillon, "contacts", "import", self.contacts(1_000), "--project", folder]), "import")
        scopes = ["--scope", *service.SCOPES]
        key = must(timed([self.carillon, "keys", "create", "api", *scopes, "--project", folder]), "keys")["out"].strip()
        server = service.Server(self.carillon, folder)
        try:
            environment = {**os.environ, "SCHEMATHESIS_HOOKS": os.path.join(HERE, "schemathesis_hooks.py")}
            result = subprocess.run([
                tool, "--config-file", os.path.join(HERE, "schemathesis.toml"), "run", server.address + "/openapi.json",
                "--header", f"Authorization: Bearer {key}", "--checks", "all", "--continue-on-failure", "--no-shrink",
                "--max-examples", "15", "--phases", "examples,coverage,fuzzing", "--request-timeout", "20",
                # A stream has no end.
                "--exclude-operation-id", "streamChanges", "--no-color"],
                env=environment, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            cases = re.search(r"([\d,]+) generated", result.stdout)
            failures = re.search(r"([\d,]+) unique failures?", result.stdout)
            if cases is None:
                sys.exit(f"schemathesis ended with {result.returncode}\n{result.stdout[-4000:]}")
            count = int(failures.group(1).replace(",", "")) if failures else 0
            self.table.add("api", "schemathesis: cases", int(cases.group(1).replace(",", "")), "cases")
            self.table.add("api", "schemathesis: answers that the document doesn't tell", count, "failures", "0")
            if count or result.returncode:
                print(result.stdout[-20_000:])
        finally:
            server.end()


GROUPS = [
    "start", "conditions", "templates", "journeys", "history", "events", "waits", "sleepers", "check", "editor",
    "importing", "plan", "versions", "simulate", "smtp", "sandbox", "webhooks", "service", "api", "memory", "kill",
    "kill_journeys",
]


def machine():
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "load_before": os.getloadavg()[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default=",".join(GROUPS), help="groups: " + ", ".join(GROUPS))
    parser.add_argument("--smtp", help="HOST:PORT of a server to send to instead of the sink")
    parser.add_argument("--recipients", type=int, default=200_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--build", choices=["release", "debug"], default="release", help="whose programs are measured")
    parser.add_argument("--out", default=os.path.join(HERE, "results.json"))
    options = parser.parse_args()
    bench = Bench(options)
    about = machine()
    print(f"{about['cpu']}, {about['cores']} cores, load {about['load_before']:.2f}\n")
    try:
        for group in options.only.split(","):
            if group not in GROUPS:
                sys.exit(f"there is no group `{group}`; there are {', '.join(GROUPS)}")
            getattr(bench, group)()
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump({"machine": about, "results": bench.table.rows}, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
