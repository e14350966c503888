import LanguageServer
import Runner
import TestKit
import Testing

/// Whatever comes, every request has its one answer and nothing else happens. In the test's own process, where a trap would
/// be seen at once.
@Suite struct NonsenseTests {
    private static let features = [
        "hover", "completion", "definition", "references", "prepareRename", "rename", "formatting", "codeAction",
        "documentSymbol",
    ].map { "textDocument/" + $0 }

    @Test(arguments: 1...6)
    func `every request is answered once`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var server = LanguageServer(disk: Self.disk)
        try Self.check(
            &server, ["jsonrpc": "2.0", "id": 0, "method": "initialize", "params": ["rootUri": "file:///p"]])
        for id in 1...400 {
            let path = random.pick(SampleProject.files.map(\.path) + ["none.yaml", "no.txt"])
            let uri = JSONValue.text("file:///p/" + path)
            let position = Self.position(&random)
            let message: JSONValue
            switch random.below(4) {
            case 0:
                let text = Self.text(&random)
                message = [
                    "method": "textDocument/didOpen",
                    "params": ["textDocument": ["uri": uri, "version": 1, "text": .text(text)]],
                ]
            case 1:
                let changes: JSONValue = [
                    [
                        "range": [
                            "start": position, "end": random.chance(1, in: 2) ? position : Self.position(&random),
                        ], "text": .text(Self.text(&random, limit: 12)),
                    ]
                ]
                message = [
                    "method": "textDocument/didChange",
                    "params": ["textDocument": ["uri": uri, "version": .integer(id)], "contentChanges": changes],
                ]
            default:
                message = [
                    "id": .integer(id), "method": .text(random.pick(Self.features)),
                    "params": [
                        "textDocument": ["uri": uri], "position": position,
                        "newName": .text(random.pick(["x", "y-z", "", "ä"])),
                        "range": ["start": position, "end": position], "context": random.chance(1, in: 2) ? .null : [:],
                    ],
                ]
            }
            try Self.check(&server, message)
        }
    }

    /// Every place of a text, for what looks at the text around a cursor.
    @Test(arguments: SampleProject.files.map(\.path))
    func `every place of every file can be asked about, and every beginning of it`(path: String) throws {
        let text = try #require(SampleProject.files.first { $0.path == path }?.text)
        var server = LanguageServer(disk: Self.disk)
        try Self.check(
            &server, ["jsonrpc": "2.0", "id": 0, "method": "initialize", "params": ["rootUri": "file:///p"]])
        let uri = JSONValue.text("file:///p/" + path)
        let lines = LineTable(Array(text.utf8), .utf16)
        for offset in stride(from: 0, through: text.utf8.count, by: 3) {
            let beginning = String(decoding: text.utf8.prefix(offset), as: UTF8.self)
            try Self.check(
                &server,
                [
                    "method": "textDocument/didOpen",
                    "params": ["textDocument": ["uri": uri, "version": 1, "text": .text(beginning)]],
                ])
            for (index, feature) in ["completion", "hover"].enumerated() {
                try Self.check(
                    &server,
                    [
                        "id": .integer(offset * 2 + index + 1), "method": .text("textDocument/" + feature),
                        "params": ["textDocument": ["uri": uri], "position": lines.position(of: offset)],
                    ])
            }
        }
    }

    private static func check(_ server: inout LanguageServer, _ message: JSONValue) throws {
        server.receive(message.bytes)
        server.work()
        if let project = server.nextUnsettled() { server.settle(project.settled()) }
        var framing = MessageFraming()
        framing.add(server.takeOutput())
        var answers = 0
        while case .message(let bytes)? = framing.next() {
            if try JSONParser.parse(bytes)["id"] != .null { answers += 1 }
        }
        #expect(answers == (message["id"] == .null ? 0 : 1), "\(String(decoding: message.bytes, as: UTF8.self))")
    }

    private static func position(_ random: inout SeededRandom) -> JSONValue {
        if random.chance(1, in: 20) { return random.pick([.null, 7, ["line": -1, "character": 0], ["line": "1"]]) }
        return ["line": .integer(random.below(30)), "character": .integer(random.below(60))]
    }

    private static func text(_ random: inout SeededRandom, limit: Int = 4000) -> String {
        var text = random.pick(SampleProject.files.map(\.text))
        let pieces = [
            "<<", ">>", "{", "[", "\"", "'", "|\n", "- ", ": ", "\n", "\t", "🌻", "---\n", "  ", "contact.", "&a ", "*a",
            "\\", "(", "\r",
        ]
        for _ in 0..<random.below(6) {
            let at = text.unicodeScalars.index(text.startIndex, offsetBy: random.below(text.unicodeScalars.count))
            text.unicodeScalars.insert(contentsOf: Array(random.pick(pieces).unicodeScalars), at: at)
        }
        return String(text.suffix(limit - random.below(limit)))
    }

    static let disk = ProjectDisk(
        locate: { $0.hasPrefix("/p") ? "/p" : nil },
        paths: { _ in SampleProject.files.map(\.path).sorted() },
        bytes: { path in SampleProject.files.first { "/p/" + $0.path == path }.map { Array($0.text.utf8) } },
        catalog: { _ in .standard() },
        sizeAsSMS: { "\($0.utf8.count)" })
}
