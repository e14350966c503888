"""The service under load: events and messages over HTTP, memory, and how soon it is there. Standard library only; the load
comes from `wrk` and `h2load` (apt-get install wrk nghttp2-client)."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

RULES = 1_000
EVENTS = 100
CONTACTS = 100_000
SCOPES = [
    "can_trigger_events", "can_send_email", "can_manage_templates", "can_manage_campaigns", "can_manage_contacts",
    "can_import_export", "can_manage_consent", "can_manage_credentials", "can_manage_users", "can_view_reports",
    "can_view_pii", "can_view_audit", "can_operate", "can_kill", "can_approve_campaigns",
]

LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %(key)s"
local seeded = false
request = function()
  if not seeded then math.randomseed(os.time() + tonumber(tostring({}):match("0x(%%x+)"), 16) %% 100000); seeded = true end
  return wrk.format(nil, nil, nil, %(body)s)
end
local bad = 0
response = function(status) if status >= 300 then bad = bad + 1; print("status", status) end end
"""
EVENT = """'{"contact":"' .. string.format("c%%07d", math.random(0, %d)) .. '","event":"e' .. math.random(0, %d) .. '","fields":{"n":1}}'"""
MESSAGE = (
    """'{"channel":"mail","contact":"' .. string.format("c%%07d", math.random(0, %d)) .. '","purpose":"transactional","subject":"Hi","text":"It is '"""
    """ .. math.random(1, 1000000) .. '."}'"""
)


def make(folder, project):
    project.make_project(folder, 25)
    events = "".join(f"  e{number}:\n    n: int\n" for number in range(EVENTS))
    project.write(folder, "schema.yaml", project.SCHEMA + "events:\n" + events)
    project.write(folder, "channels/mail.yaml", "channel: mail\nkind: email\nprovider: outbox\nfolder: out\nfrom: B <b@b.example>\n")
    for number in range(RULES):
        # One in a hundred begins with an event, and asks something first, as rules do.
        project.write(
            folder,
            f"campaigns/rule-{number}.yaml",
            f"rule: rule-{number}\npurpose: transactional\ntrigger: {{event: e{number % EVENTS}, where: contact.seats > {40 + number // EVENTS}}}\n"
            "runs: many\nsteps:\n  - tag: {name: seen, for: 1d}\n",
        )


class Server:
    def __init__(self, carillon, folder, *options):
        begin = time.monotonic()
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [carillon, "serve", "--port", "0", "--project", folder, "--json", "--key-rate", "1000000", *options],
            stdout=subprocess.PIPE, stderr=self.errors,
        )
        self.address = json.loads(self.process.stdout.readline())["address"]
        while True:
            try:
                with urllib.request.urlopen(self.address + "/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                time.sleep(0.002)
        self.start = time.monotonic() - begin

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def end_if_refused(count):
    """A refusal costs next to nothing: a rate with refusals in it says nothing about the work."""
    if count:
        raise SystemExit(f"{count} requests were refused: nothing was measured")


def wrk(folder, url, key, body, connections=128, seconds=10):
    script = os.path.join(folder, "load.lua")
    with open(script, "w", encoding="utf-8") as file:
        file.write(LUA % {"key": key, "body": body})
    output = subprocess.run(
        ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency", "-s", script, url],
        capture_output=True, text=True, check=True,
    ).stdout
    end_if_refused(output.count("status\t"))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", output)
    milliseconds = float(p99.group(1)) * {"us": 0.001, "ms": 1, "s": 1000}[p99.group(2)]
    return rate, milliseconds


def paced(folder, url, key, body, rate, seconds=10):
    """The 99th percentile in milliseconds at a steady rate."""
    data, log = os.path.join(folder, "body.json"), os.path.join(folder, "latency.log")
    with open(data, "w", encoding="utf-8") as file:
        file.write(body)
    if os.path.exists(log):
        os.remove(log)
    clients = 20
    subprocess.run(
        ["h2load", "--h1", "-c", str(clients), "-m", "1", "-n", str(rate * seconds), "--rps", str(rate // clients),
         "-d", data, "-H", "content-type: application/json", "-H", f"authorization: Bearer {key}", "--log-file", log, url],
        capture_output=True, text=True, check=True,
    )
    times, refused = [], 0
    with open(log, encoding="utf-8") as file:
        for line in file:
            _, status, micros = line.split("\t")[:3]
            times.append(int(micros) / 1000)
            refused += not 200 <= int(status) < 300
    end_if_refused(refused)
    times.sort()
    return times[int(len(times) * 0.99)]


def measure(table, carillon, folder, contacts, run, project):
    for tool in ("wrk", "h2load"):
        if shutil.which(tool) is None:
            print(f"  service   {tool} is not installed: nothing is measured (scripts/setup.sh bench)")
            return
    make(folder, project)
    run([carillon, "contacts", "import", contacts, "--project", folder, "--json"])
    key = run([carillon, "keys", "create", "bench", "--scope", "can_trigger_events", "can_send_email", "--project", folder])["out"].strip()
    server = Server(carillon, folder)
    table.add("service", "start to ready, 100,000 contacts, nothing live", server.start * 1000, "ms", "<= 300 ms")
    time.sleep(2)
    table.add("service", "memory at rest", server.memory(), "MB", "<= 64 MB")
    server.end()
    run([carillon, "activate", "--all", "--project", folder])
    server = Server(carillon, folder)
    table.add("service", "start to ready, 1,000 rules live", server.start * 1000, "ms")
    time.sleep(2)
    table.add("service", "memory at rest, 1,000 rules live", server.memory(), "MB", "<= 64 MB")
    events = server.address + "/api/v1/events"
    one = EVENT % (CONTACTS - 1, EVENTS - 1)
    rate, p99 = wrk(folder, events, key, one)
    table.add("service", "events, one a request, durable, 1,000 rules", rate, "events/s", ">= 10,000", p99=p99)
    many = "(function() local t = {} for i = 1, 100 do t[i] = " + one + " end return '[' .. table.concat(t, ',') .. ']' end)()"
    rate, p99 = wrk(folder, events, key, many, connections=16)
    table.add("service", "events, a hundred a request", rate * 100, "events/s", ">= 50,000", p99=p99)
    p99 = paced(folder, events, key, '{"contact": "c0000077", "event": "e1", "fields": {"n": 1}}', 2_000)
    table.add("service", "an event at 2,000/s, 99 of 100", p99, "ms", "<= 50 ms")
    rate, p99 = wrk(folder, server.address + "/api/v1/communication/messages", key, MESSAGE % (CONTACTS - 1))
    table.add("service", "single messages accepted", rate, "messages/s", ">= 5,000", p99=p99)
    table.add("service", "memory after all of it", server.memory(), "MB")
    server.end()
