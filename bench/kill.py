"""Kills `carillon run` at random moments and checks the books against what the server received.

    python3 bench/kill.py CARILLON [KILLS] [RECIPIENTS] [SEED]

Prints one JSON object. Exits 1 when a recipient was lost, got a message twice, or the counts don't add up.
"""

import collections
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
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import project  # noqa: E402

SENDING, UNCERTAIN, ACCEPTED = 2, 4, 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def states(data):
    with sqlite3.connect(f"file:{data}/carillon.db?mode=ro", uri=True) as database:
        launch = "(SELECT max(id) FROM launch)"
        return dict(database.execute(f"SELECT state, count(*) FROM delivery WHERE launch = {launch} GROUP BY state"))


def main(carillon, kills, recipients, seed):
    chance = random.Random(seed)
    folder = tempfile.mkdtemp(prefix="carillon-kill-")
    data = os.path.join(folder, ".carillon")
    port, journal = free_port(), os.path.join(folder, "journal")
    project.make_project(folder, port)
    project.make_contacts(os.path.join(folder, "contacts.csv"), recipients)
    open(journal, "w").close()
    oracle = subprocess.Popen(
        [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "smtp_oracle.py"), str(port), journal],
        stdout=subprocess.PIPE,
    )
    oracle.stdout.readline()
    command = [carillon]

    def run(*arguments, **options):
        return subprocess.run([*command, *arguments, "--project", folder], **options)

    report = collections.Counter()
    problems = []
    try:
        run("contacts", "import", os.path.join(folder, "contacts.csv"), check=True, stdout=subprocess.DEVNULL)
        launches = 0
        while report["kills"] < kills:
            launches += 1
            open(journal, "w").close()
            arguments = [*command, "run", "campaigns/news.yaml", "--yes", "--project", folder]
            if launches > 1:
                arguments.append("--new-launch")
            while True:
                size = os.path.getsize(journal)
                process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                arguments = [a for a in arguments if a != "--new-launch"]
                # Some kills hit planning and start-up, most hit sending.
                if report["kills"] < kills and chance.random() < 0.9:
                    end = time.time() + 20
                    while os.path.getsize(journal) == size and process.poll() is None and time.time() < end:
                        time.sleep(0.002)
                if report["kills"] < kills:
                    time.sleep(chance.random() * 0.25)
                    if process.poll() is None:
                        process.send_signal(signal.SIGKILL)
                        process.wait()
                        report["kills"] += 1
                        now = states(data)
                        report["kills_while_sending"] += now.get(SENDING, 0) > 0
                        report["most_in_sending"] = max(report["most_in_sending"], now.get(SENDING, 0))
                        continue
                errors = process.stderr.read().decode()
                if process.wait() not in (0, 3):
                    problems.append(f"run ended with {process.returncode}: {errors[-400:]}")
                break
            report["launches"] += 1
            check(data, journal, recipients, report, problems)
            status = run("status", "news", "--verify", "--json", capture_output=True, text=True)
            if status.returncode not in (0, 3):
                problems.append(f"status --verify: {status.stdout[-400:]}{status.stderr[-400:]}")
            if problems:
                break
            # Nobody knows of these; only a person may say so, and then the campaign can begin anew.
            run("uncertain", "settle", "news", "--as", "give_up", stdout=subprocess.DEVNULL)
            run("run", "campaigns/news.yaml", "--yes", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    finally:
        oracle.kill()
        oracle.wait()
    result = {"seed": seed, "recipients": recipients, **report, "problems": problems}
    print(json.dumps(result, indent=2))
    if problems:
        print(f"kept for a look: {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    return 1 if problems else 0


def check(data, journal, recipients, report, problems):
    """Nobody is lost, nobody doubled, and what the ledger calls accepted the server has."""
    with open(journal, encoding="utf-8") as file:
        received = collections.Counter(line.strip() for line in file)
    with sqlite3.connect(f"file:{data}/carillon.db?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT i.address, d.state FROM delivery d JOIN identity i ON i.contact = d.contact AND i.kind = 'email'"
            " WHERE d.launch = (SELECT max(id) FROM launch)"
        ).fetchall()
    by_address = dict(rows)
    if len(rows) != recipients:
        problems.append(f"{recipients} recipients, {len(rows)} rows")
    for address, count in received.items():
        if count > 1:
            problems.append(f"{address} got {count} messages")
        if by_address.get(address) not in (ACCEPTED, UNCERTAIN):
            problems.append(f"{address} got a message, the ledger says {by_address.get(address)}")
    for address, state in by_address.items():
        if state == ACCEPTED and not received[address]:
            problems.append(f"{address} is accepted, the server has nothing")
        if state not in (ACCEPTED, UNCERTAIN):
            problems.append(f"{address} ended in state {state}")
    report["accepted"] += sum(state == ACCEPTED for state in by_address.values())
    report["uncertain"] += sum(state == UNCERTAIN for state in by_address.values())
    report["received"] += sum(received.values())
    del problems[20:]


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[2:]]
    sys.exit(main(os.path.abspath(sys.argv[1]), *(numbers + [100, 20000, 1][len(numbers):])))
