#!/usr/bin/env python3
"""Writes contacts.csv: invented people, the same ones every time.

Names are common ones drawn at random; every mail domain is reserved for documentation, every phone number comes from
a range that is kept free for films and examples. Some rows are wrong on purpose, as in any real list.
"""
import csv
import random
import sys
import unicodedata

rng = random.Random(20260321)

# country: (weight, language, first names, last names)
PEOPLE = {
    "DE": (30, "de", "Anna Lukas Jürgen Mia Sönke Käthe Björn Lena Felix Marlene Günther Zoë Ömer Aylin Paul Jana Renée "
           "Tim Hannah Ruşen Jörg Ute Sabine Frieda".split(), "Müller Schmidt Weiß Schröder Köhler Groß Böhm Yıldız Krüger "
           "Lange Jäger Nowak Strauß Hübner Voß".split()),
    "AT": (7, "de-AT", "Valentina Jakob Magdalena Sebastian Leopold Rosa Xaver".split(),
           "Gruber Huber Pichler Moser Mayr Fürst Wögerbauer".split()),
    "CH": (6, "de-CH", "Luca Noémie Urs Regula Beat Mirjam".split(), "Meier Keller Brunner Zürcher Baumgartner".split()),
    "FR": (9, "fr", "Léa Hugo Chloé François Zoé Gaël Élodie Benoît Maëlle Anaïs".split(),
           "Martin Lefèvre Dubois Noël Garçon Petit D'Aubigné".split()),
    "GB": (10, "en-GB", "Oliver Amelia Siobhán Harry Priya Mohammed Grace Angus".split(),
           "Smith Patel O'Brien Taylor Okafor MacLeod Evans".split()),
    "IE": (2, "en", "Aoife Cillian Niamh Pádraig".split(), "Murphy Ó'Sullivan Kelly".split()),
    "US": (8, "en-US", "Emma Liam Sophia José Tyrone Mei Jack".split(), "Johnson García Nguyen Brown Lee Washington".split()),
    "NL": (4, "nl", "Daan Sanne Femke Joris".split(), "de Vries,van den Berg,Jansen,Bakker".split(",")),
    "SE": (3, "sv", "Åsa Björn Elin Göran".split(), "Ångström Lindström Sjöberg Karlsson".split()),
    "DK": (2, "da", "Søren Mette Jørgen".split(), "Sørensen Ærø Nielsen".split()),
    "NO": (2, "nb", "Håkon Ingrid Øyvind".split(), "Hansen Bjørnson Ødegård".split()),
    "PL": (4, "pl", "Łukasz Zofia Małgorzata Wojciech Żaneta".split(), "Kowalska Wójcik Dąbrowski Łuczak".split()),
    "ES": (3, "es", "Begoña Íñigo Lucía Ángel".split(), "Muñoz Ibáñez Peña García".split()),
    "IT": (3, "it", "Niccolò Giulia Matteo Chiara".split(), "Rossi D'Angelo Esposito".split()),
    "TR": (2, "tr", "Işıl Çağrı Ömer Şule".split(), "Yılmaz Öztürk Çelik".split()),
    "GR": (1, "el", "Νίκος Ελένη Γιώργος".split(), "Παπαδόπουλος Αγγέλου".split()),
    "BR": (2, "pt-BR", "João Conceição Luís".split(), "da Silva,Araújo,Souza".split(",")),
    "JP": (1, "ja", "さくら 太郎 花子".split(), "佐藤 鈴木 高橋".split()),
    "IN": (1, "en-IN", "Aarav Diya Ravi".split(), "Sharma Iyer Singh".split()),
}
ZONES = {"DE": "Europe/Berlin", "AT": "Europe/Vienna", "CH": "Europe/Zurich", "FR": "Europe/Paris", "GB": "Europe/London",
         "US": "America/New_York", "BR": "America/Sao_Paulo", "JP": "Asia/Tokyo"}
# Ranges that the regulators keep free: nobody's telephone rings.
PHONES = {"DE": "+4917139200%02d", "GB": "+44770090%04d", "US": "+12025550%03d", "FR": "+33639980%03d"}
DOMAINS = ["mail.example", "post.example", "inbox.example", "gartenfreunde.example", "example.com", "example.org", "example.net"]
SOURCES = ["checkout", "newsletter form", "trade fair", "loyalty card", "preference page"]
EMOJI = ["🌷", "🌻", "✨", "🐝"]
COLUMNS = ["id", "email", "phone", "first_name", "last_name", "language", "country", "time_zone", "plan", "seats", "orders",
           "last_order", "tags", "preferred_channel", "allow.email", "consent.email", "consent.email.at",
           "consent.email.source", "do_not_contact"]
FOLD = str.maketrans({"ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "æ": "ae", "Æ": "ae", "ı": "i", "'": "", " ": ""})


def ascii_of(name):
    folded = unicodedata.normalize("NFKD", name.translate(FOLD))
    return "".join(c for c in folded if ord(c) < 128 and c.isalnum()).lower() or "hello"


def day(first_year, last_year):
    return "%04d-%02d-%02d" % (rng.randint(first_year, last_year), rng.randint(1, 12), rng.randint(1, 28))


def person(number):
    country = rng.choices(list(PEOPLE), weights=[p[0] for p in PEOPLE.values()])[0]
    _, language, firsts, lasts = PEOPLE[country]
    first, last = rng.choice(firsts), rng.choice(lasts)
    row = dict.fromkeys(COLUMNS, "")
    row.update(id="c-%05d" % number, country=country, language=language, time_zone=ZONES.get(country, ""))
    row["email"] = "%s.%s%d@%s" % (ascii_of(first), ascii_of(last), number, rng.choice(DOMAINS))
    row["first_name"] = first if rng.random() < 0.88 else ""
    row["last_name"] = last if rng.random() < 0.8 else ""
    if row["first_name"] and rng.random() < 0.02:
        row["first_name"] += " " + rng.choice(EMOJI)
    if country in PHONES and rng.random() < 0.25:
        pattern = PHONES[country]
        row["phone"] = pattern % rng.randint(100 if "%03d" in pattern else 0, 99 if "%02d" in pattern else 199)
    row["plan"] = rng.choices(["free", "trial", "pro", "team"], weights=[55, 15, 22, 8])[0]
    row["seats"] = str({"free": 1, "trial": 1, "pro": rng.randint(1, 3), "team": rng.randint(4, 60)}[row["plan"]])
    row["orders"] = str(rng.choices([0, 1, 2, 3, 5, 9], weights=[30, 25, 18, 14, 9, 4])[0])
    if row["orders"] != "0":
        row["last_order"] = day(2024, 2026) if rng.random() < 0.95 else ""
        if row["last_order"] > "2026-11-15":
            row["last_order"] = "2026-11-15"
    tags = [tag for tag, share in (("newsletter", 0.55), ("workshop", 0.1), ("balcony", 0.2), ("agency", 0.004))
            if rng.random() < share]
    row["tags"] = ";".join(tags)
    if rng.random() < 0.3:
        row["preferred_channel"] = rng.choice(["email", "email", "sms"]) if row["phone"] else "email"
    consent(row)
    if rng.random() < 0.02:
        row["email"] = ""  # Known by telephone or by card only.
    return row


def consent(row):
    fate = rng.random()
    if fate < 0.80:
        row["consent.email"] = rng.choices(["soft_optin", "express"], weights=[35, 65])[0]
        row["consent.email.at"] = day(2023, 2025)
        row["consent.email.source"] = rng.choice(SOURCES)
    elif fate < 0.87:
        row["consent.email"] = "express"  # Said yes once, and nobody wrote down when.
    elif fate < 0.92:
        row["consent.email"] = "none"
    if rng.random() < 0.03:
        row["allow.email"] = "no"
    elif rng.random() < 0.1:
        row["allow.email"] = "yes"
    if rng.random() < 0.012:
        row["do_not_contact"] = "yes"


def spoil(row, kind):
    """What real lists contain. Each of these rows is refused, with its line and the reason."""
    if kind == 0:
        row["email"] = row["email"].replace("@", "@@") or "@@"
    elif kind == 1:
        row["email"] = "not an address"
    elif kind == 2:
        row["plan"] = "platinum"
    elif kind == 3:
        row["last_order"] = "2026-13-45"
    elif kind == 4:
        row["country"] = "Deutschland"
    elif kind == 5:
        row["seats"] = "many"
    elif kind == 6:
        row["consent.email"] = "maybe"
    elif kind == 7:
        row["id"] = "c-00001"
    elif kind == 8:
        row["phone"] = "call me"


def special(number, **values):
    row = dict.fromkeys(COLUMNS, "")
    row.update(id="c-%05d" % number, country="DE", language="de", time_zone="Europe/Berlin", plan="pro", seats="1",
               orders="3", last_order="2026-03-18", tags="newsletter;balcony")
    row.update({key.replace("__", "."): value for key, value in values.items()})
    return row


def main():
    proof = {"consent__email": "express", "consent__email__at": "2025-04-02T09:30:00Z",
             "consent__email__source": "newsletter form"}
    rows = [
        special(1, email="anna@example.com", first_name="Anna", last_name="Jäger", **proof),
        special(2, email="kai@example.com", first_name="Kai", last_name="Öztürk", consent__email="none"),
        special(3, email="marie@example.org", first_name="Marie", last_name="Groß", allow__email="no", **proof),
        special(4, email="tom@acme.example", first_name="Tom", last_name="Weiß", **proof),
    ]
    for number in range(5, 6001):
        row = person(number)
        if number % 149 == 0:
            spoil(row, number // 149 % 9)
        rows.append(row)
    with open(sys.argv[1] if len(sys.argv) > 1 else "contacts.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


main()
