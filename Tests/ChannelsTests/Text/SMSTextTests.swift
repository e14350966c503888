import Testing

@testable import Channels

struct SMSTextTests {
    struct Vectors: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            let id: String
            let text: String
            let encoding: String
            let code_units: Int
            let segments: Int
            let extension_chars: Int?

            var testDescription: String { id }
        }

        let cases: [Case]
    }

    struct Table: Decodable {
        struct Entry: Decodable {
            let code: Int
            let char: String
        }

        let basic: [Entry]
        let `extension`: [Entry]
    }

    @Test(arguments: VectorFile.read("sms-segments", as: Vectors.self).cases)
    func `Texts are counted as the vectors say`(vector: Vectors.Case) {
        let text = SMSText(vector.text)
        #expect(text.encoding.rawValue == vector.encoding)
        #expect(text.units == vector.code_units)
        #expect(text.segments == vector.segments)
        if let extensions = vector.extension_chars {
            #expect(text.extensions == extensions)
        }
    }

    @Test func `The alphabet is the one of the standard`() {
        let table = VectorFile.read("gsm-03.38-table", as: Table.self)
        #expect(GSMAlphabet.basic.count == 128)
        for entry in table.basic {
            #expect(String(GSMAlphabet.basic[entry.code]) == entry.char, "\(entry.code)")
        }
        #expect(table.extension.count == GSMAlphabet.extended.count)
        for entry in table.extension {
            #expect(
                GSMAlphabet.extended.contains { Int($0.code) == entry.code && String($0.scalar) == entry.char },
                "\(entry.code)"
            )
        }
        #expect(GSMAlphabet.width(of: "\u{FFFF}") == nil && GSMAlphabet.width(of: "\u{1B}") == nil)
    }
}
