"""Kills `carillon run` at random moments while a sequence and a rule are live, and checks the books against the sandbox.

    python3 bench/kill_journeys.py CARILLON [KILLS] [PEOPLE] [SEED]

Prints one JSON object. Exits 1 when a message came twice or not at all, a run was lost, or a call was made under two names.
"""

import collections
import http.server
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import project  # noqa: E402

UNCERTAIN, ACCEPTED = 4, 10

SCHEMA = project.SCHEMA + """events:
  trial_started: {plan: text}
  cart_updated: {cart_id: text}
  order_placed: {order_id: {type: text, unique: true}, cart_id: text}
"""

SEQUENCE = """sequence: onboarding
purpose: marketing
brand: bench
lawful_basis: consent
policy: bench-policy
enter: {event: trial_started, again: never}
via: [mail]
steps:
  - send: news
    name: first
  - wait_for: order_placed
    up_to: 2s
    then:
      - tag: buyer
    else:
      - send: news
        name: second
  - wait: 1s
  - send: news
    name: third
"""

RULE = """rule: carts
purpose: marketing
brand: bench
lawful_basis: consent
policy: bench-policy
trigger: {event: cart_updated}
runs: {mode: restart, key: event.cart_id}
via: [mail]
steps:
  - wait: 1s
  - call: crm.cart
    body: {cart: '<<entry.cart_id>>'}
    retry: {at_most: 5, over: 1m}
  - send: news
"""


def free_ports():
    """Two ports behind each other: the sandbox takes mail at the second."""
    while True:
        with socket.socket() as probe, socket.socket() as behind:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            try:
                behind.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue


class Receiver(http.server.BaseHTTPRequestHandler):
    """The outside system: answers late, and badly now and then."""

    protocol_version = "HTTP/1.1"
    carts = collections.defaultdict(set)
    chance = random.Random(3)
    lock = threading.Lock()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with Receiver.lock:
            Receiver.carts[body["cart"]].add(self.headers["idempotency-key"])
            fails = Receiver.chance.random() < 0.1
        time.sleep(0.02)
        self.send_response(503 if fails else 204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that was killed has closed its connections; nobody need hear of it."""


def main(carillon, kills, people, seed):
    chance = random.Random(seed)
    folder = tempfile.mkdtemp(prefix="carillon-kill-journeys-")
    data, sandbox_folder = os.path.join(folder, ".carillon"), os.path.join(folder, "sandbox")
    port = free_ports()
    project.make_project(folder, port + 1, extra="secret: mail\n")
    project.write(folder, "schema.yaml", SCHEMA)
    project.write(folder, "sequences/onboarding.yaml", SEQUENCE)
    project.write(folder, "rules/carts.yaml", RULE)
    with open(os.path.join(folder, "carillon.yaml"), "a", encoding="utf-8") as file:
        file.write("endpoints:\n  crm:\n    calls:\n      cart: {method: POST, path: /carts}\n")
    project.make_contacts(os.path.join(folder, "contacts.csv"), people)
    receiver = Quiet(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    environment = dict(
        os.environ,
        CARILLON_ENDPOINT_CRM=f"http://127.0.0.1:{receiver.server_address[1]}",
        CARILLON_PRIVATE_ENDPOINTS="crm",
        CARILLON_SECRET_MAIL="sandbox:sandbox-password",
    )
    sandbox = subprocess.Popen(
        [carillon, "sandbox", "--port", str(port), "--folder", sandbox_folder, "--unlimited", "--json"],
        stdout=subprocess.PIPE,
    )
    sandbox.stdout.readline()
    report, problems = collections.Counter(), []

    def run(*arguments, **options):
        return subprocess.run([carillon, *arguments, "--project", folder], env=environment, **options)

    def send(events):
        lines = "".join(json.dumps(event) + "\n" for event in events)
        done = run("events", "send", input=lines, text=True, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            problems.append("events send failed")

    try:
        run("contacts", "import", os.path.join(folder, "contacts.csv"), check=True, stdout=subprocess.DEVNULL)
        run("activate", "--all", check=True, stdout=subprocess.DEVNULL)
        waiting = [f"c{n:07d}" for n in range(people)]
        step = max(1, people // max(1, kills))
        begun = 0
        while report["kills"] < kills and not problems:
            batch, waiting = waiting[:step], waiting[step:]
            events = [{"contact": c, "event": "trial_started", "id": f"t-{c}", "fields": {"plan": "pro"}} for c in batch]
            events += [{"contact": c, "event": "cart_updated", "id": f"c-{c}", "fields": {"cart_id": f"k-{c}"}} for c in batch]
            buyers = [c for c in batch if chance.random() < 0.3]
            events += [
                {"contact": c, "event": "order_placed", "id": f"o-{c}", "fields": {"order_id": f"o-{c}", "cart_id": "x"}}
                for c in buyers
            ]
            # What was sent before is sent again now and then: it must begin nothing.
            events += chance.sample(events, len(events) // 5)
            if events:
                send(events)
            begun += len(batch)
            # By SMTP, so that the sandbox takes a message twice that is sent twice: its journal is the oracle.
            process = subprocess.Popen(
                [carillon, "run", "--project", folder], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            time.sleep(0.1 + chance.random() * 1.2)
            if chance.random() < 0.5:
                # Another process that opens the data folder beside the runner and ends before it.
                run("status", "onboarding", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(chance.random() * 0.5)
            if process.poll() is not None:
                problems.append(f"run ended with {process.returncode}: {process.stderr.read().decode()[-400:]}")
                break
            process.send_signal(signal.SIGKILL)
            process.wait()
            report["kills"] += 1
            with sqlite3.connect(f"file:{data}/carillon.db?mode=ro", uri=True) as database:
                count = database.execute("SELECT count(*) FROM delivery WHERE state = 2").fetchone()[0]
                calls = database.execute("SELECT count(*) FROM call_order WHERE state = 1").fetchone()[0]
            report["kills_while_sending"] += count > 0
            report["most_in_flight"] = max(report["most_in_flight"], count)
            report["kills_while_calling"] += calls > 0
        end = time.time() + 240
        while time.time() < end and not problems:
            run("run", "--until-idle", stdout=subprocess.DEVNULL)
            with sqlite3.connect(f"file:{data}/carillon.db?mode=ro", uri=True) as database:
                if database.execute("SELECT count(*) FROM run WHERE ended_at IS NULL").fetchone()[0] == 0:
                    break
            time.sleep(0.5)
        check(data, os.path.join(sandbox_folder, "journal.jsonl"), begun, report, problems)
    finally:
        sandbox.terminate()
        sandbox.wait()
        receiver.shutdown()
    result = {"seed": seed, "people": people, **report, "problems": problems[:20]}
    print(json.dumps(result, indent=2))
    if problems:
        print(f"kept for a look: {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    return 1 if problems else 0


def check(data, journal, begun, report, problems):
    """No message twice, none that the ledger doesn't know of, and every run at its end."""
    with open(journal, encoding="utf-8") as file:
        messages = [json.loads(line) for line in file]
    references = collections.Counter(message["reference"] for message in messages)
    received = collections.Counter(message["to"] for message in messages)
    for reference, count in references.items():
        if count > 1:
            problems.append(f"{reference} came {count} times")
    with sqlite3.connect(f"file:{data}/carillon.db?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT i.address, d.state, count(*) FROM delivery d JOIN identity i ON i.contact = d.contact"
            " AND i.kind = 'email' GROUP BY 1, 2"
        ).fetchall()
        runs = dict(database.execute("SELECT ifnull(ending, 'open'), count(*) FROM run GROUP BY 1"))
        left = {
            name: database.execute(query).fetchone()[0]
            for name, query in {
                "open messages": "SELECT count(*) FROM delivery WHERE state IN (0, 1, 2, 3)",
                "open orders": "SELECT count(*) FROM send_order",
                "open calls": "SELECT count(*) FROM call_order WHERE state < 2",
                "causes": "SELECT count(*) FROM cause",
                "doubled entries": "SELECT count(*) FROM (SELECT 1 FROM run GROUP BY contact, program HAVING count(*) > 1)",
            }.items()
        }
        calls = database.execute("SELECT count(*) FROM call_order WHERE state = 2").fetchone()[0]
        given_up = database.execute("SELECT count(*) FROM call_order WHERE state = 3").fetchone()[0]
    for name, count in left.items():
        if count:
            problems.append(f"{name}: {count}")
    if sum(runs.values()) != 2 * begun:
        problems.append(f"{2 * begun} runs begun, {sum(runs.values())} there: {runs}")
    accepted, doubtful = collections.Counter(), collections.Counter()
    for address, state, count in rows:
        if state == ACCEPTED:
            accepted[address] += count
        elif state == UNCERTAIN:
            doubtful[address] += count
        else:
            problems.append(f"{count} messages to {address} ended in state {state}")
    for address in set(received) | set(accepted):
        if not accepted[address] <= received[address] <= accepted[address] + doubtful[address]:
            problems.append(
                f"{address} got {received[address]}; the ledger says {accepted[address]} and {doubtful[address]} in doubt"
            )
    for cart, names in Receiver.carts.items():
        if len(names) > 1:
            problems.append(f"{cart} was called under {len(names)} names")
    if len(Receiver.carts) != begun or calls + given_up != begun:
        problems.append(f"{begun} carts, {len(Receiver.carts)} called, {calls} answered, {given_up} given up")
    report.update(
        runs=sum(runs.values()), accepted=sum(accepted.values()), uncertain=sum(doubtful.values()),
        received=len(messages), calls=calls, calls_given_up=given_up,
    )


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[2:]]
    sys.exit(main(os.path.abspath(sys.argv[1]), *(numbers + [100, 2000, 1][len(numbers):])))
