import RuleEngine
import Runner
import Storage
import Testing

struct ImportTests {
    @Test func `rows add up and values are stored as they were typed`() throws {
        let fixture = try ImportFixture()
        let summary = try fixture.load(
            """
            id,email,phone,first_name,plan,seats,score,spent,vip,renewal_date,seen_at,country,language,time_zone,tags
            1,Anna@Example.COM,+49 (0) 30 123456,"Än\u{202E}na",trial,3,1.5,EUR 2.50,yes,2026-03-31,2026-03-31T12:00:00+02:00,de,de_at,Europe/Berlin,"a; b;a"
            2,kai@bücher.example,,,pro,,,,,,,,,,
            3,nonsense,,,pro,,,,,,,,,,
            """
        )
        #expect(summary.rows == 3)
        #expect(summary.created == 2)
        #expect(summary.refused == 1)
        let anna = try fixture.sheet("1")
        #expect(anna.addresses.map(\.address) == ["Anna@example.com", "+4930123456"])
        #expect(anna.addresses.map(\.typed) == ["Anna@Example.COM", "+49 (0) 30 123456"])
        let values = Dictionary(uniqueKeysWithValues: anna.attributes.map { ($0.name, $0.value) })
        #expect(values["first_name"] == "Änna")
        #expect(values["spent"] == "2.5")
        #expect(values["vip"] == "yes")
        #expect(values["renewal_date"] == "2026-03-31")
        #expect(values["seen_at"] == "2026-03-31T10:00:00Z")
        #expect(values["country"] == "DE")
        #expect(values["language"] == "de-AT")
        #expect(values["tags"] == "a; b")
        #expect(try fixture.sheet("2").addresses.map(\.address) == ["kai@xn--bcher-kva.example"])
        #expect(try fixture.key("ANNA@example.com") == fixture.key("1"))
        #expect(try fixture.key("kai@xn--bcher-kva.example") == fixture.key("2"))
        #expect(try fixture.key("+4930123456") == fixture.key("1"))
    }

    @Test func `the same file again changes nothing and leaves the epoch alone`() throws {
        let fixture = try ImportFixture()
        let csv =
            "id,email,plan,consent.email,consent.email.at\n"
            + (0..<9_000).map { "c\($0),p\($0)@example.com,pro,express,2025-01-01\n" }.joined()
        #expect(try fixture.load(csv).created == 9_000)
        let epoch = try fixture.epoch()
        let again = try fixture.load(csv)
        #expect(again.unchanged == 9_000)
        #expect(again.rows == 9_000)
        #expect(try fixture.epoch() == epoch)
        // Other bytes with the same meaning are no change either.
        let quoted = csv.split(separator: "\n").map {
            $0.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ";")
        }
        #expect(try fixture.load(quoted.joined(separator: "\r\n")).unchanged == 9_000)
        let changed = csv.replacing("c7,p7@example.com,pro", with: "c7,p7@example.com,trial")
        let last = try fixture.load(changed)
        #expect(last.updated == 1)
        #expect(last.unchanged == 8_999)
    }

    @Test func `an id twice in a file is refused the second time, new or known`() throws {
        let fixture = try ImportFixture()
        for _ in 0..<2 {
            let summary = try fixture.load("id,email\n1,a@example.com\n2,b@example.com\n1,c@example.com\n")
            #expect(summary.refused == 1)
            #expect(summary.faults == ["C011": 1])
            #expect(
                fixture.refusals.map(\.text) == [
                    "line 4, column 1 (id): C011 the id `1` stands in this file already\n  help: keep one row for each person"
                ]
            )
        }
        #expect(try fixture.sheet("1").addresses.map(\.address) == ["a@example.com"])
    }

    @Test func `without an id the email is the id, then the phone`() throws {
        let fixture = try ImportFixture()
        let summary = try fixture.load("email,phone\nAnna@Example.com,\n,+49301234567\n,\nanna@example.com,\n")
        #expect(summary.created == 2)
        #expect(summary.faults == ["C010": 1, "C011": 1])
        _ = try fixture.sheet("anna@example.com")
        #expect(try fixture.sheet("+49301234567").addresses.count == 1)
    }

    @Test func `strict refuses everything before anything is written`() throws {
        let fixture = try ImportFixture()
        let bad = "id,email\n1,a@example.com\n2,nonsense\n1,c@example.com\n"
        #expect(throws: ImportError.self) { try fixture.load(bad) { $0.isStrict = true } }
        #expect(fixture.refusals.map(\.row) == [2, 3])
        #expect(try fixture.store.openContacts().count() == 0)
        #expect(try fixture.load("id,email\n1,a@example.com\n") { $0.isStrict = true }.created == 1)
    }

    @Test func `refused rows can be mended and imported`() throws {
        let fixture = try ImportFixture()
        let path = fixture.folder.path + "/refused.csv"
        try fixture.load("id;email;first_name\n1;a@example.com;x\n2;nonsense;\"a \"\"b\"\"\nc\"\n1;d@example.com;y\n") {
            $0.refusedFile = path
        }
        let refused = try fixture.folder.read("refused.csv")
        #expect(refused == "id;email;first_name\n2;nonsense;\"a \"\"b\"\"\nc\"\n1;d@example.com;y\n")
        let mended = try fixture.load(refused.replacing("nonsense", with: "b@example.com"))
        #expect(mended.created == 1)
        #expect(mended.updated == 1)
        #expect(try fixture.sheet("2").attributes.first?.value == "a \"b\"\nc")
    }

    @Test func `without a schema the columns are typed from the file`() throws {
        let fixture = try ImportFixture()
        let none = ContactSchema(id: "acme", declared: [], isInferred: true)
        try fixture.load(
            "id,n,d,b,day,zip,empty\n1,12,1.5,yes,2026-01-01,01099,\n2,-3,2,no,2026-02-01,80331,\n",
            schema: none
        )
        let fields = try fixture.store.openContacts().inferredFields()
        #expect(fields.map(\.name) == ["n", "d", "b", "day", "zip", "empty"])
        #expect(fields.map(\.type.type) == [.int, .decimal, .bool, .date, .text, .text])
    }

    @Test func `unknown columns are listed, ignored or kept`() throws {
        let fixture = try ImportFixture()
        let csv = "id,first_nam,shoe\n1,Anna,38\n"
        #expect {
            try fixture.load(csv)
        } throws: { error in
            guard case ImportError.file(let faults) = error else { return false }
            return faults.map(\.message) == [
                "2 unknown columns: `first_nam` (column 2, perhaps `first_name`?), `shoe` (column 3)"
            ]
        }
        #expect(try fixture.load(csv) { $0.extra = .ignore }.created == 1)
        #expect(try fixture.sheet("1").extras.isEmpty)
        #expect(try fixture.load(csv) { $0.extra = .keep }.updated == 1)
        #expect(try fixture.sheet("1").extras.map(\.value) == ["Anna", "38"])
    }

    @Test func `a field whose type changed is refused`() throws {
        let fixture = try ImportFixture()
        try fixture.load("id,seats\n1,3\n")
        let other = ContactSchema(
            id: "acme",
            declared: [ContactField(name: "seats", type: TypeInfo(.text, isOptional: true))]
        )
        #expect(throws: ImportError.self) { try fixture.load("id,seats\n1,3\n", schema: other) }
    }
}
