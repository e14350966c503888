import Runner
import Testing

struct CSVReaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        /// Rows as `a|b`; a faulty row as `!fault@line`.
        var rows: [String]
        var delimiter = UInt8(ascii: ",")
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "plain", text: "a,b\nc,d\n", rows: ["a|b", "c|d"]),
        Case(name: "no line end at the end", text: "a,b\nc,d", rows: ["a|b", "c|d"]),
        Case(name: "CRLF and CR", text: "a,b\r\nc,d\re,f", rows: ["a|b", "c|d", "e|f"]),
        Case(name: "empty fields and lines", text: "\n,\n\n\r\n,,\n", rows: ["|", "||"]),
        Case(name: "quotes", text: "\"a,b\",\"c\"\"d\"\"\",\"\"\n", rows: ["a,b|c\"d\"|"]),
        Case(name: "line breaks in quotes", text: "\"a\nb\r\nc\",d\ne,f\n", rows: ["a\nb\r\nc|d", "e|f"]),
        Case(name: "a quote inside a plain field is a letter", text: "5\" disk,b\n", rows: ["5\" disk|b"]),
        Case(name: "semicolons", text: "a;b,c\n", rows: ["a|b,c"], delimiter: UInt8(ascii: ";")),
        Case(name: "tabs", text: "a\tb\n", rows: ["a|b"], delimiter: 0x09),
        Case(
            name: "unclosed quote spoils one row",
            text: "a,\"b\nc,d\ne,f\n",
            rows: ["!unclosedQuote@1", "c|d", "e|f"]
        ),
        Case(name: "unclosed quote at the end", text: "a,b\n\"c", rows: ["a|b", "!unclosedQuote@2"]),
        Case(name: "text after a quote", text: "\"a\"b,c\nd,e\n", rows: ["!textAfterQuote@1", "d|e"]),
        Case(name: "a NUL", text: "a,b\0c\nd,e\n", rows: ["!controlCharacter(0)@1", "d|e"]),
        Case(
            name: "a field too long",
            text: "a," + String(repeating: "x", count: 70) + "\nb,c\n",
            rows: ["!fieldTooLong@1", "b|c"]
        ),
        Case(
            name: "a row too long",
            text: String(repeating: "x,", count: 200) + "\nb,c\n",
            rows: ["!rowTooLong@1", "b|c"]
        ),
        Case(name: "UTF-8", text: "é,漢字,😀\n", rows: ["é|漢字|😀"]),
    ]

    @Test(arguments: cases, [16, 17, 64, 4_096])
    func `rows come out the same whatever the chunks are`(_ example: Case, chunk: Int) throws {
        #expect(try Self.read(Array(example.text.utf8), delimiter: example.delimiter, chunk: chunk) == example.rows)
    }

    @Test(
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80]]
            as [[UInt8]]
    )
    func `bytes that are not UTF-8 are refused`(_ bytes: [UInt8]) throws {
        #expect(try Self.read(Array("a,".utf8) + bytes + Array("\nb,c\n".utf8)) == ["!invalidUTF8@1", "b|c"])
    }

    @Test func `lines are counted through quoted line breaks`() throws {
        var reader = Self.reader(Array("a\n\"b\nc\",\"d\ne\"\n\nf\n".utf8), delimiter: UInt8(ascii: ","), chunk: 16)
        var lines: [[Int]] = []
        while try reader.next() { lines.append([reader.line] + reader.fields.map(\.line)) }
        #expect(lines == [[1, 1], [2, 2, 3], [6, 6]])
    }

    @Test func `a line without an end takes no memory`() throws {
        var left = 64 << 20
        var limits = CSVReader.Limits()
        limits.rowBytes = 10_000
        var reader = CSVReader(limits: limits) { buffer in
            let count = min(left, buffer.count)
            buffer.initializeMemory(as: UInt8.self, repeating: 0x61)
            left -= count
            return count
        }
        #expect(try reader.next())
        #expect(reader.fault == .rowTooLong)
        #expect(try !reader.next())
    }

    static func reader(_ bytes: [UInt8], delimiter: UInt8, chunk: Int) -> CSVReader {
        var limits = CSVReader.Limits()
        limits.fieldBytes = 64
        limits.rowBytes = 300
        var position = 0
        return CSVReader(delimiter: delimiter, limits: limits, chunk: chunk) { buffer in
            // Uneven pieces, as a pipe gives them.
            let count = min(bytes.count - position, max(1, buffer.count - position % 5))
            buffer.copyBytes(from: bytes[position..<position + count])
            position += count
            return count
        }
    }

    static func read(_ bytes: [UInt8], delimiter: UInt8 = UInt8(ascii: ","), chunk: Int = 16) throws -> [String] {
        var reader = reader(bytes, delimiter: delimiter, chunk: chunk)
        var rows: [String] = []
        while try reader.next() {
            if let fault = reader.fault {
                rows.append("!\(fault)@\(reader.line)")
            } else {
                rows.append(reader.fields.indices.map { reader.text($0) }.joined(separator: "|"))
            }
        }
        return rows
    }
}
