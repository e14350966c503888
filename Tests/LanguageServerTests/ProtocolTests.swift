import LanguageServer
import TestKit
import Testing

@Suite struct ProtocolTests {
    static let values: [(String, JSONValue)] = [
        ("null", JSONValue.null), (" [1, -2, 3.5] ", [1, -2, .real(3.5)]), (#"{"a":{"b":[]}}"#, ["a": ["b": []]]),
        (#""\u00e4\ud83c\udf3b\n\/""#, "ä🌻\n/"), (#""\ud83c""#, "\u{FFFD}"),
        ("12345678901234567890", .real(12_345_678_901_234_567_168)),
        ("-0", 0), ("1e3", .real(1000)), (#"{"a":1,"a":2}"#, ["a": 2]),
    ]

    @Test(arguments: values)
    func `JSON is read`(text: String, value: JSONValue) throws {
        #expect(try JSONParser.parse(Array(text.utf8)) == value)
    }

    @Test(arguments: [
        "", "nul", "01", "-", "1.", "1e", "[1,]", "[1 2]", "{\"a\"}", "{a:1}", "\"", "\"\u{1}\"", #""\x""#, #""\u12""#,
        "1 2", "'a'", "+1", "NaN", String(repeating: "[", count: 200_000),
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: JSONParser.Fault.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: JSONParser.Fault.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
    }

    @Test func `what is written reads the same`() throws {
        let value: JSONValue = ["a": [1, nil, true, "ä\"\\\u{7F}\n🌻"], "b": ["c": -7]]
        #expect(try JSONParser.parse(value.bytes) == value)
    }

    @Test func `however a stream is cut, the messages are the same`() {
        let stream = MessageFraming.framed(["a": 1]) + Array("content-type: x\r\nCONTENT-LENGTH:2\r\n\r\n{}".utf8)
        var random = SeededRandom(seed: 3)
        for _ in 0..<200 {
            var framing = MessageFraming()
            var found: [MessageFraming.Piece] = []
            var rest = stream[...]
            // Pieces of random length, each asked for what is complete.
            while !rest.isEmpty {
                let count = 1 + random.below(9)
                framing.add(rest.prefix(count))
                rest = rest.dropFirst(count)
                while let piece = framing.next() { found.append(piece) }
            }
            #expect(found == [.message(Array(#"{"a":1}"#.utf8)), .message(Array("{}".utf8))])
        }
    }

    /// The mark stands before the offset that the position means.
    @Test(arguments: [
        ("ab⟦⟧c", 0, 2, 2), ("ä🌻⟦⟧x", 0, 3, 6), ("a\r\nb⟦⟧", 1, 1, 1), ("a\rb⟦⟧c", 1, 1, 1), ("\n\n⟦⟧", 2, 0, 0),
        ("a⟦⟧\nb", 0, 1, 1),
    ])
    func `positions and offsets are each other's way back`(text: String, line: Int, utf16: Int, utf8: Int) {
        let marked = SpanMarkers(text)
        let offset = marked.ranges[0].lowerBound
        for (encoding, character) in [(LineTable.Encoding.utf16, utf16), (.utf8, utf8)] {
            let lines = LineTable(Array(marked.text.utf8), encoding)
            let position: JSONValue = ["line": .integer(line), "character": .integer(character)]
            #expect(lines.position(of: offset) == position)
            #expect(lines.offset(of: position) == offset)
        }
    }

    @Test func `a position behind a line's end is its end, one in a character its beginning`() {
        let lines = LineTable(Array("a🌻\r\nb".utf8), .utf16)
        #expect(lines.offset(of: ["line": 0, "character": 99]) == 5)
        #expect(lines.offset(of: ["line": 9, "character": 0]) == 8)
        #expect(lines.offset(of: ["line": 0, "character": 2]) == 1)
        #expect(LineTable(Array("a🌻".utf8), .utf8).offset(of: ["line": 0, "character": 3]) == 1)
        #expect(lines.offset(of: ["line": -1, "character": 0]) == nil)
        #expect(lines.offset(of: "0:0") == nil)
    }

    @Test(arguments: [
        ("file:///a/b%20c.yaml", "/a/b c.yaml"), ("file://localhost/x", "/x"), ("FILE:///x/", "/x"),
        ("file:///%C3%A4", "/ä"),
    ])
    func `addresses of files are paths`(uri: String, path: String) {
        #expect(FileURI.path(of: uri) == path)
        #expect(FileURI.path(of: FileURI.uri(of: path)) == path)
    }

    @Test(arguments: ["untitled:1", "file://host/x", "file:relative", "https://x/y", "file:///%00", "file:///%FF", ""])
    func `other addresses are none of ours`(uri: String) {
        #expect(FileURI.path(of: uri) == nil)
    }
}
