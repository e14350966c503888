"""Projects and contacts for the benchmarks, made from nothing but their sizes. Python standard library only."""

import datetime
import json
import os
import random

SCHEMA = """schema: bench
contact:
  first_name: {type: optional text, pii: true}
  last_name: {type: optional text, pii: true}
  plan: one_of(free, trial, pro, team)
  seats: optional int
  renewal_date: optional date
"""

POLICY = """policy: bench-policy
purpose: marketing
packs: [eu.eprivacy]
consent: {email: soft_optin}
"""

# About 1.4 KB of text with six variables, the size of a plain newsletter.
PARAGRAPH = (
    "we have put together what is new this spring: lighter tools, a calmer inbox and three guides that our\n"
    "      readers asked for. Everything below is ready today, nothing needs an update, and each of the links\n"
    "      leads to one page that says what it does, what it costs and how to stop it again.\n"
)
TEMPLATE = (
    """template: news
purpose: marketing
email:
  en:
    subject: 'News for <<contact.first_name | default: "friend">>'
    body: |
      Hello <<contact.first_name | default: "there">> <<contact.last_name | default: "">>,

"""
    + "      "
    + "\n      ".join(PARAGRAPH for _ in range(4))
    + """
      Your plan: <<contact.plan>>, seats: <<contact.seats | default: 1>>.

      <<sender.postal_address>>
      <<unsubscribe.link>>
"""
)

CAMPAIGN = """campaign: news
purpose: marketing
brand: bench
lawful_basis: consent
policy: bench-policy
audience:
  where:
    - contact.plan in ["free", "trial", "pro", "team"]
via: [mail]
send: news
"""

SEGMENT = """segment: active
where:
  - contact.country in ["DE", "AT", "CH", "FR"]
  - contact.plan != "team"
  - contact.seats > 2
  - contact.language is known
"""

SEGMENT_CAMPAIGN = """campaign: segment-news
purpose: marketing
brand: bench
lawful_basis: consent
policy: bench-policy
audience:
  include: [active]
via: [mail]
send: news
"""


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make_project(folder, port, connections=8, host="127.0.0.1", extra=""):
    """A project that sends by SMTP to a server on this machine."""
    write(
        folder,
        "carillon.yaml",
        "project: bench\nlanguage: 1\ntime_zone: Europe/Berlin\ncurrency: EUR\n"
        "public_url: http://127.0.0.1:8087\n"
        'brands:\n  bench: {name: Bench, postal_address: "Hauptstraße 1, 10115 Berlin"}\n',
    )
    write(folder, "schema.yaml", SCHEMA)
    write(folder, "policy.yaml", POLICY)
    write(folder, "templates/news.yaml", TEMPLATE)
    write(folder, "segments/active.yaml", SEGMENT)
    write(folder, "campaigns/news.yaml", CAMPAIGN)
    write(folder, "campaigns/segment-news.yaml", SEGMENT_CAMPAIGN)
    write(
        folder,
        "channels/mail.yaml",
        "channel: mail\nkind: email\nprovider: smtp\nfrom: Bench <news@bench.example>\n"
        f'host: {host}\nport: {port}\ntls: none\nconnections: {connections}\ncost: {{per_message: EUR 0.0001}}\n{extra}',
    )


EVENTS = SCHEMA + """events:
  cart_updated: {cart_id: text, total: money}
  order_placed: {order_id: {type: text, unique: true}, cart_id: optional text, total: money}
"""


def rule(number):
    """A rule of 40 lines. No two are alike."""
    lines = [
        f"rule: rule-{number}",
        f"about: Reminds of cart number {number}",
        "purpose: marketing",
        "brand: bench",
        "lawful_basis: consent",
        "policy: bench-policy",
        f"priority: {number % 1000}",
        "trigger:",
        "  event: cart_updated",
        "  where:",
        f"    - event.total > EUR {number % 90 + 1}",
        '    - contact.country in ["DE", "AT", "CH"]',
        f"    - contact.seats > {number % 7} or contact.plan == \"pro\"",
        "runs: {mode: restart, key: event.cart_id}",
        "via: [mail]",
        "steps:",
        "  - wait_for: order_placed",
        "    where: event.cart_id == entry.cart_id",
        f"    up_to: {number % 20 + 1}h",
        "    then:",
        "      - exit: bought",
        "  - if: not tagged(\"reminded\")",
        "    then:",
        "      - send: news",
        "        name: first",
        f"        valid_for: {number % 20 + 2}h",
        f"      - tag: {{name: reminded, for: {number % 9 + 1}d}}",
        "  - wait: 2d",
        "  - choose:",
        "      - when: opened(first)",
        "        do:",
        "          - tag: reader",
        "      - when:",
        '          - contact.plan in ["pro", "team"]',
        f"          - contact.seats >= {number % 30 + 8}",
        "        do:",
        "          - tag: big-account",
        f"  - if: count(order_placed, last {number % 300 + 30}d) > 3",
        "    then:",
        "      - tag: regular",
    ]
    return "\n".join(lines) + "\n"


def make_rules(folder, count):
    """A project with so many rules, a file each."""
    make_project(folder, 2525)
    write(folder, "schema.yaml", EVENTS)
    for number in range(count):
        write(folder, f"rules/{number // 500:02d}/rule-{number}.yaml", rule(number))


SEQUENCE = """sequence: onboarding
purpose: marketing
brand: bench
lawful_basis: consent
policy: bench-policy
enter:
  event: signed_up
via: [mail]
steps:
  - send: news
    name: first
  - wait: 2d
  - if: opened(first)
    then:
      - tag: reader
  - wait: 3d
  - send: news
    name: second
  - wait_for: order_placed
    up_to: 5d
    then:
      - exit: bought
  - if: contact.plan in ["free", "trial"]
    then:
      - send: news
        name: third
  - wait: 7d
  - tag: onboarded
  - send: news
    name: last
"""


def make_sequence(folder):
    """A sequence of ten steps, which people enter by an event."""
    make_project(folder, 2525)
    write(folder, "schema.yaml", EVENTS + "  signed_up: {}\n")
    write(folder, "sequences/onboarding.yaml", SEQUENCE)


def make_sign_ups(path, count, days):
    """One for each contact, over so many days; a tenth orders within two weeks."""
    chance = random.Random(11)
    start = datetime.datetime(2027, 3, 1, tzinfo=datetime.timezone.utc)
    happenings = []
    for n in range(count):
        at = start + datetime.timedelta(seconds=chance.randrange(days * 86400))
        happenings.append((at, n, "signed_up", {}))
        if n % 10 == 0:
            at += datetime.timedelta(seconds=chance.randrange(14 * 86400))
            happenings.append((at, n, "order_placed", {"order_id": f"o{n}", "total": "EUR 40"}))
    with open(path, "w", encoding="utf-8") as file:
        for at, n, event, fields in sorted(happenings, key=lambda entry: entry[:2]):
            line = {"contact": f"c{n:07d}", "event": event, "at": at.isoformat(), "fields": fields}
            file.write(json.dumps(line) + "\n")


FIRST = ["Anna", "Jürgen", "Chloé", "Łukasz", "Maria", "", "John", "Zoë", "Søren", "Ines"]
LAST = ["Müller", "Schmidt", "Dupont", "Nowak", "Rossi", "", "Smith", "Jensen", "García", "Kim"]
COUNTRIES = ["DE", "AT", "CH", "FR", "IT", "PL", "GB", "US", "NL", "SE"]
LANGUAGES = ["de", "de-AT", "de-CH", "fr", "it", "pl", "en", "en-US", "nl", "sv"]
PLANS = ["free", "trial", "pro", "team"]


def make_contacts(path, count):
    """`count` reachable contacts: everybody has an address, a consent and its proof."""
    chance = random.Random(7)
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            "id,email,first_name,last_name,country,language,plan,seats,renewal_date,"
            "consent.email,consent.email.at,consent.email.source\n"
        )
        for start in range(0, count, 10000):
            lines = []
            for n in range(start, min(start + 10000, count)):
                c = chance.getrandbits(30)
                k = c % 10
                lines.append(
                    f"c{n:07d},user{n}@example.com,{FIRST[c // 10 % 10]},{LAST[c // 100 % 10]},{COUNTRIES[k]},"
                    f"{LANGUAGES[k]},{PLANS[c // 1000 % 4]},{c // 4000 % 9},2027-0{c // 40000 % 9 + 1}-15,"
                    "express,2026-03-01T10:00:00Z,sign-up form\n"
                )
            file.write("".join(lines))
