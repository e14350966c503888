import Runner
import Testing

/// Every reason for leaving a row out, with its exact words.
struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var column: String
        var value: String
        var text: String
        var testDescription: String { "\(column): \(text.prefix(40))" }

        init(_ column: String, _ value: String, _ text: String) {
            self.column = column
            self.value = value
            self.text = text
        }
    }

    static let cases: [Case] = [
        Case(
            "email",
            "\"x",
            "C001 the quote that opens here is never closed\n  help: close it, or double it where it is part of the text"
        ),
        Case(
            "email",
            "\"x\"y",
            "C002 text follows the closing quote\n  help: double every quote that is part of the text, as in `\"a \"\"b\"\" c\"`"
        ),
        Case(
            "first_name",
            String(repeating: "x", count: 70_000),
            "C004 the field has more than 65,536 bytes\n  help: shorten it; an unclosed quote further up may be the cause"
        ),
        Case("first_name", "a\u{1F}b", "C006 a control character (U+001F) stands in the text\n  help: remove it"),
        Case(
            "first_name",
            "a\u{85}b",
            "C006 a control character (U+0085) stands in the text\n  help: save the file as UTF-8: it was probably converted from Windows-1252"
        ),
        Case("id", String(repeating: "x", count: 129), "C012 the id has more than 128 bytes\n  help: use a shorter id"),
        Case("id", "a\u{200B}b", "C013 the id holds a line end, a tab or an invisible character\n  help: remove it"),
        Case(
            "email",
            "anna",
            "C020 `anna` is not an email address: it has no `@`\n  help: write it like `anna@example.com`"
        ),
        Case(
            "phone",
            "030 1",
            "C021 `030 1` is not a phone number: it has no country calling code\n  help: write it with the country's code, like `+49301234567`, or say `--region` with a country"
        ),
        Case(
            "telegram",
            "a b",
            "C022 `a b` is not a telegram address: it holds a space\n  help: write the address alone"
        ),
        Case("seats", "3.0", "C030 `3.0` is not a whole number\n  help: write digits only, like `12`"),
        Case(
            "score",
            "\"1,5\"",
            "C031 `1,5` is not a number\n  help: write it with a point and at most six places, like `12.5`"
        ),
        Case("spent", "lots", "C032 `lots` is not an amount of money\n  help: write `12.50` or `EUR 12.50`"),
        Case(
            "spent",
            "USD 2",
            "C032 `USD 2` is not an amount in EUR\n  help: write the amount in the project's currency, like `12.50` or `EUR 12.50`"
        ),
        Case("vip", "ja", "C033 `ja` is not yes or no\n  help: write `yes` or `no`"),
        Case("allow.email", "ja", "C033 `ja` is not yes or no\n  help: write `yes` or `no`"),
        Case(
            "renewal_date",
            "31.03.2026",
            "C034 `31.03.2026` is not a date\n  help: write year, month and day, like `2026-03-31`"
        ),
        Case(
            "renewal_date",
            "2026-02-30",
            "C034 `2026-02-30` is not a date\n  help: write year, month and day, like `2026-03-31`"
        ),
        Case(
            "seen_at",
            "2026-03-31T12:00",
            "C035 `2026-03-31T12:00` is not a point in time\n  help: write it like `2026-03-31T14:30:00Z`"
        ),
        Case("plan", "Trail", "C036 `Trail` is not one of free, trial, pro\n  help: write `trial`"),
        Case(
            "language",
            "german",
            "C037 `german` is not a language tag\n  help: write a tag like `de` or `pt-BR` (BCP 47)"
        ),
        Case("country", "UK", "C038 `UK` is not a country\n  help: write `GB`"),
        Case(
            "country",
            "Germany",
            "C038 `Germany` is not a country\n  help: write its two-letter code (ISO 3166-1), like `DE`"
        ),
        Case("time_zone", "Europe/Berln", "C039 `Europe/Berln` is not a time zone\n  help: write `Europe/Berlin`"),
        Case("preferred_channel", "emial", "C040 `emial` is not a kind of channel\n  help: write `email`"),
        Case(
            "first_name",
            String(repeating: "x", count: 9_000),
            "C042 the text has more than 8192 bytes\n  help: shorten it"
        ),
        Case("consent.email", "expres", "C050 `expres` is not a level of consent\n  help: write `express`"),
    ]

    @Test(arguments: cases)
    func `a bad cell is refused with its place and what to write`(_ example: Case) throws {
        let fixture = try ImportFixture()
        let isID = example.column == "id"
        let csv = isID ? "id\n\(example.value)\ngood\n" : "id,\(example.column)\n1,\(example.value)\n2,\n"
        let summary = try fixture.load(csv)
        #expect(summary.rows == 2)
        #expect(summary.created == 1)
        let place = "line 2, column \(isID ? 1 : 2) (\(example.column)): "
        #expect(fixture.refusals.map(\.text) == [place + example.text])
    }

    @Test func `faults of whole rows`() throws {
        let fixture = try ImportFixture()
        try fixture.load(
            "id,email,consent.email,consent.email.at\n1,a@example.com\n,,,\n2,,,2025-01-01\n3,,express,soon\n4,,express,2999-01-01\n5,b@,express,never\n"
        )
        #expect(
            fixture.refusals.map(\.text) == [
                "line 2: C003 the row has 2 fields, the header has 4\n  help: write an empty field for each missing value",
                "line 3: C010 the row has no id, no email and no phone\n  help: give at least one of them",
                "line 4, column 3 (consent.email): C053 there is proof, but `consent.email` is empty\n  help: write `none`, `soft_optin`, `express` or `express_written`",
                "line 5, column 4 (consent.email.at): C051 `soon` is not a date or a point in time\n  help: write it like `2026-03-31` or `2026-03-31T14:30:00Z`",
                "line 6, column 4 (consent.email.at): C052 `2999-01-01` lies in the future\n  help: write when the consent was given",
                "line 7, column 2 (email): C020 `b@` is not an email address: nothing stands after the `@`\n  help: write it like `anna@example.com`\nline 7, column 4 (consent.email.at): C051 `never` is not a date or a point in time\n  help: write it like `2026-03-31` or `2026-03-31T14:30:00Z`",
            ]
        )
    }

    @Test(arguments: [
        ("", "C104 the file is empty"), ("\u{FEFF}", "C104 the file is empty"),
        ("PK\u{3}\u{4}", "C107 the file is an archive or a spreadsheet"),
        ("first_name\nx\n", "C108 the file has no column `id`, `email` or `phone`"),
        ("id,id\n1,2\n", "C102 `id` is the name of columns 1 and 2"), ("id,\n1,2\n", "C103 column 2 has no name"),
        ("id,consent.email.at\n", "C105 the file has proof of consent for `email`, but no column `consent.email`"),
        ("id,consent.fax\n", "C101 an unknown column: `consent.fax` (column 2, perhaps `consent.sms`?)"),
    ])
    func `a bad file is refused whole`(_ csv: String, _ expected: String) throws {
        let fixture = try ImportFixture()
        #expect {
            try fixture.load(csv)
        } throws: { error in
            guard case ImportError.file(let faults) = error else { return false }
            return faults.map { "\($0.code) \($0.message)" }.contains { $0.hasPrefix(expected) }
        }
    }

    /// Whatever is done to a file, the import ends, and its figures add up.
    @Test(arguments: 1...40)
    func `mutilated files never trap and always add up`(_ seed: Int) throws {
        let fixture = try ImportFixture()
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let header = Array(
            "id,email,phone,first_name,plan,seats,tags,consent.email,consent.email.at,allow.email\n".utf8
        )
        var body: [UInt8] = []
        for row in 0..<200 {
            body += Array(
                "\(row),p\(row)@example.com,+4930123\(1_000 + row),\"Änn \"\"\(row)\"\"\",pro,\(row),\"a;b\",express,2025-01-01,yes\r\n"
                    .utf8
            )
        }
        let alphabet: [UInt8] = [
            0, 0x0A, 0x0D, 0x1F, 0x22, 0x2C, 0x3B, 0x09, 0x40, 0x41, 0x80, 0xC3, 0xE2, 0xFF, 0x2E, 0x31,
        ]
        for _ in 0..<next(120) + 1 {
            let place = next(body.count)
            switch next(4) {
            case 0: body[place] = alphabet[next(alphabet.count)]
            case 1: body.insert(alphabet[next(alphabet.count)], at: place)
            case 2: body.removeSubrange(place..<min(body.count, place + next(40) + 1))
            default: body.insert(contentsOf: body[place..<min(body.count, place + 30)], at: next(body.count))
            }
        }
        for _ in 0..<2 {
            let summary = try fixture.load(header + body) { $0.rowsPerBatch = 7 }
            #expect(summary.rows == summary.created + summary.updated + summary.unchanged + summary.refused)
            #expect(summary.refused == fixture.refusals.count)
        }
    }
}
