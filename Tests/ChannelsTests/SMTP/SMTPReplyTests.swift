import Testing

@testable import Channels

@Suite struct SMTPReplyTests {
    private func steps(_ chunks: [String]) -> [String] {
        var reader = SMTPReplyReader()
        var seen: [String] = []
        for chunk in chunks {
            Array(chunk.utf8).withUnsafeBytes { reader.append($0) }
            var isComplete = false
            while !isComplete {
                switch reader.next() {
                case .reply(let code):
                    seen.append("\(code):" + String(decoding: reader.reply(code: code).text, as: UTF8.self))
                case .malformed: return seen + ["malformed"]
                case .incomplete: isComplete = true
                }
            }
        }
        return seen
    }

    @Test(
        "answers are cut at their ends, however they arrive",
        arguments: [
            (["250 ok\r\n"], ["250:ok"]),
            (["25", "0 o", "k\r", "\n"], ["250:ok"]),
            (["250-a\r\n250-b\r\n250 c\r\n"], ["250:a b c"]),
            (["250-a\r\n", "250 c\n"], ["250:a c"]),
            (["250\r\n"], ["250:"]),
            (["250-a\r\n251 b\r\n"], ["malformed"]),
            (["hello\r\n"], ["malformed"]),
            (["\r\n"], ["malformed"]),
            (["999 x\r\n"], ["malformed"]),
            (["2500 x\r\n"], ["malformed"]),
            (["150 x\r\n"], ["malformed"]),
        ])
    func cuts(_ chunks: [String], _ expected: [String]) {
        #expect(steps(chunks) == expected)
    }

    @Test("a server that goes on without end is cut off")
    func flood() {
        var reader = SMTPReplyReader()
        let lines = Array(String(repeating: "250-more\r\n", count: 1000).utf8)
        var step = SMTPReplyReader.Step.incomplete
        for _ in 0..<10 where step == .incomplete {
            lines.withUnsafeBytes { reader.append($0) }
            step = reader.next()
        }
        #expect(step == .malformed)
    }

    @Test(
        "enhanced codes",
        arguments: [
            ("5.1.1 no", "5.1.1"), ("5.1.10 null MX", "5.1.10"), ("no", nil), ("5.1 x", nil), ("1.2.3 x", nil),
            ("5.7.26", "5.7.26"), ("12:30", nil), ("", nil),
        ] as [(String, String?)])
    func enhanced(_ text: String, _ code: String?) {
        #expect(SMTPReply(code: 550, text: Array(text.utf8)).enhanced == code)
    }
}
