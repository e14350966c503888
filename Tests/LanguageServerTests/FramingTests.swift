import LanguageServer
import Testing

@Suite struct FramingTests {
    @Test func `a message is cut out`() {
        var framing = MessageFraming()
        framing.add(MessageFraming.framed(["a": 1]))
        #expect(framing.next() == .message(Array("{\"a\":1}".utf8)))
    }
}
