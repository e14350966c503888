import Glibc
import Runner
import TestKit
import Testing

@testable import Server

/// The document against what requests are held to: neither is wider than the other.
@Suite struct DocumentTests {
    private static let words = [
        "", "a", "A", "0", "-", ".", "..", "...", " ", "a b", "{{ }}", "<% %>", "{{  }}", "{{ {{", " {{ }}", "{{ }} ",
        "« »", "{{\t}}", "((((( )", "\n", "a\nb", "1-2-3-4", "1-2-3", "1-2-3-4-5", "-1-2-3-4", "+1-2-3-4", "1--2-3",
        "999999999999999999-0-0-0", "9999999999999999999-0-0-0", "mail-prod", "mail_prod.eu", "Mail", "ä", "9a", "a-9",
        String(repeating: "a", count: 64), String(repeating: "a", count: 65), String(repeating: "a", count: 100),
        String(repeating: "a", count: 101), String(repeating: "a", count: 255), String(repeating: "a", count: 256),
        "carillon.yaml", "carillon.yml", "a/carillon.yaml", "templates/a.yaml", "templates/.a.yaml", "../a.yaml",
        "a//b.yaml", "/a.yaml", ".yaml", "a.yml", "a.txt", "a..yaml", "a/b/c/d/e/f/g/h.yaml", "a/b/c/d/e/f/g/h/i.yaml",
        "https://a", "https://", "http://a", "HTTPS://a", "https://hooks.example/x?y=1", "one;two", "one two",
        "\u{0}", "a\u{0}", "\u{7F}", "17", "1.ab.", "1.ab.email", "1.abc.email", "1.ab.email.x", "1.AB.email",
        "x.ab.email",
        "1..email", "1.ab.E",
    ]

    @Test func `a pattern takes what the check takes, and nothing else`() throws {
        for spelling in Spelling.all {
            // As ECMA-262 has it: `$` is the end of the text, and no line.
            let pattern = try Regex(spelling.pattern.replacing("\\u0000", with: "\\x{0}"))
            var taken = 0
            for word in Self.words {
                let isTold =
                    word.unicodeScalars.count <= spelling.most
                    && word.wholeMatch(of: pattern.matchingSemantics(.unicodeScalar)) != nil
                #expect(isTold == spelling.takes(word), "\(spelling.words): \(word.debugDescription)")
                taken += isTold ? 1 : 0
            }
            #expect(taken > 0 && taken < Self.words.count, "\(spelling.words)")
        }
    }

    private static let text = #""channel": "email-main", "contact": "c1", "purpose": "transactional""#
    private static let photo = #""media": "https://shop.example/a.png""#
    private static let place = #""location": {"latitude": 1, "longitude": 2.0}"#

    /// Bodies that the route's shape takes or refuses; what they mean is another question.
    private static let bodies: [(method: String, path: String, schema: String, body: String)] =
        [
            #"{\#(text), "text": "a"}"#, #"{\#(text)}"#, #"{\#(text), "type": "TEXT"}"#,
            #"{\#(text), "html": "<p>a</p>"}"#,
            #"{"channel": "email-main", "text": "a", "purpose": "otp"}"#,
            #"{\#(text), "to": "b@example.com", "text": "a"}"#,
            #"{\#(text), "lead": "L", "text": "a"}"#, #"{\#(text), "template": "hello"}"#,
            #"{\#(text), "template": "hello", "text": "a"}"#, #"{\#(text), "template": "hello", "type": "TEXT"}"#,
            #"{\#(text), "type": "TEMPLATE"}"#, #"{\#(text), "type": "IMAGE", \#(photo)}"#, #"{\#(text), \#(photo)}"#,
            #"{\#(text), "type": "IMAGE", "text": "a"}"#,
            #"{\#(text), "type": "FILE", \#(photo), "file_name": "a.png"}"#,
            #"{\#(text), "text": "a", "file_name": "a.png"}"#, #"{\#(text), "type": "LOCATION", \#(place)}"#,
            #"{\#(text), "type": "LOCATION"}"#, #"{\#(text), "type": "LOCATION", \#(place), \#(photo)}"#,
            #"{\#(text), "text": "a", \#(place)}"#, #"{\#(text), "text": "a", "delimiters": "{{ {{"}"#,
            #"{\#(text), "text": "a", "delimiters": "{{ }}"}"#, #"{\#(text), "text": "a", "valid_for_seconds": 60.0}"#,
            #"{\#(text), "text": "a", "valid_for_seconds": 60.5}"#, #"{\#(text), "text": "a\u0000"}"#,
            #"{\#(text), "text": "a", "colour": "red"}"#, #"{"channel": "", \#(photo)}"#, "[]", "null",
        ].map { ("POST", "/communication/messages", "MessageRequest", $0) }
        + [
            #"{"id": "a1", "source": "template: a1"}"#, #"{"id": "a1", "source": "x", "about": "y"}"#, #"{"id": "a1"}"#,
            #"{"id": "a1", "channels": {}}"#, #"{"id": "a1", "channels": {"email": {}}}"#,
            #"{"id": "a1", "channels": {"email": {}}, "source": "x"}"#, #"{"id": "A", "source": "x"}"#,
        ].map { ("POST", "/communication/templates", "NewTemplate", $0) }
        + [
            #"{"recipients": {"list": "a"}, "template": "nothing", "channel": "email-main"}"#,
            #"{"recipients": {"list": "a"}, "template": "nothing", "channels": []}"#,
            #"{"recipients": {"list": "a"}, "template": "nothing", "channels": ["email-main"]}"#,
            #"{"recipients": {}, "template": "nothing", "channel": "email-main"}"#,
            #"{"recipients": {"everybody": true}, "template": "nothing", "channel": "email-main"}"#,
            #"{"recipients": {"everybody": false}, "template": "nothing", "channel": "email-main"}"#,
            #"{"recipients": {"everybody": true, "list": "a"}, "template": "nothing", "channel": "email-main"}"#,
            #"{"recipients": {"everybody": true, "contacts": []}, "template": "nothing", "channel": "email-main"}"#,
            #"{"recipients": {"contacts": []}, "template": "nothing", "channel": "email-main"}"#,
            #"{"recipients": {"segments": ["readers"]}, "channel": "email-main"}"#,
            #"{"recipients": {"segments": ["readers"]}, "channel": "email-main", "template": "a", "message": {}}"#,
        ].map { ("POST", "/communication/bulk-send", "BulkRequest", $0) }
        + [
            #"{"schedule": {"rhythm": "daily", "time": "09:30", "zone": "Etc/UTC"}, "message": {\#(text), "text": "a"}}"#,
            #"{"schedule": {"rhythm": "daily", "time": "09:30", "zone": "Etc/UTC"}, "message": {\#(text), "text": "a", "scheduled_at": "2027-06-01T10:00:00Z"}}"#,
        ].map { ("POST", "/scheduled-messages", "ScheduledMessageRequest", $0) }
        + [#"{"plan": "pro"}"#, #"{"tags": ["a", "b"]}"#, #"{"tags": ["a;b"]}"#, #"{"plan": {}}"#].map {
            ("PATCH", "/contacts/c1", "ContactMembers", $0)
        }

    /// Codes that refuse a request for its form, and not for what it means in this project.
    private static let formal: Set<String> = [
        "unknown_key", "missing_key", "wrong_value", "bad_delimiters", "bad_name", "malformed",
    ]

    @Test func `a body fits the document where it isn't refused for its form, and nowhere else`() async throws {
        let fixture = try ServiceFixture()
        let document = OpenAPI.document(of: fixture.routes, below: APIRoutes.base)
        let components = try #require(document["components"])
        let replies = try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            return try Self.bodies.map { try call($0.method, $0.path, $0.body) }
        }
        let names = Set(Self.bodies.map(\.schema))
        let schemas = names.sorted().map { name in
            JSON.Entry(
                key: name, value: ["$ref": .string("#/components/schemas/" + name), "components": components])
        }
        let documents = zip(Self.bodies, replies).map { entry, reply -> JSON in
            [
                "schema": .string(entry.schema), "name": .string("\(entry.body): \(reply.status) \(reply.code ?? "")"),
                "valid": JSON(!Self.formal.contains(reply.code ?? "")), "document": .written(entry.body),
            ]
        }
        #expect(documents.contains { $0["valid"]?.flag == true } && documents.contains { $0["valid"]?.flag == false })
        let task: JSON = ["schemas": .object(schemas), "documents": .array(documents)]
        var path = Array("/tmp/carillon-document-XXXXXX".utf8CString)
        let file = mkstemp(&path)
        let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(name) }
        let stream = try #require(fdopen(file, "w"))
        fputs(task.compactText, stream)
        fclose(stream)
        #expect(try Python(script: "check_schemas.py", [name]).finish() == "done \(documents.count)")
    }

    @Test func `what a query must have is told, and asked for`() async throws {
        let fixture = try ServiceFixture()
        let needed = fixture.routes.flatMap { route in
            route.parameters.filter { $0.missing != nil }.map { "\(route.id) \($0.name)" }
        }
        #expect(needed == ["eraseContact because", "listConsents contact"])
        try await fixture.serve { call in
            let erased = try call("DELETE", "/contacts/c1")
            #expect(erased.code == "no_reason")
            #expect(try call("GET", "/consents").code == "no_contact")
            #expect(try call("GET", "/changes?after=1").code == "bad_cursor")
            #expect(try call("PUT", "/credentials/a%20b", #"{"secret": "x"}"#).code == "bad_name")
            #expect(try call("PUT", "/inbox/quick-replies/A", #"{"text": "x"}"#).code == "bad_name")
        }
    }
}
