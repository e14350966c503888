import Channels
import RuleEngine
import Testing

struct SMSAlphabetTests {
    @Test func `the compiler counts characters of text messages as the channels do`() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let width = GSMAlphabet.width(of: scalar).map { Int($0) }
            if SMSAlphabet.width(of: scalar) != width { Issue.record("U+\(String(value, radix: 16))") }
        }
    }
}
