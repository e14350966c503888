import Testing

@testable import Channels

struct HTTPRetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT
    private static let now = 784_111_777

    @Test(arguments: [
        ("0", 0.0), ("120", 120), (" 30 \r\n", 30), ("99999999999999999999", 86_400),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
        ("Sun Nov  6 08:50:37 1994", 60), ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("Sun, 06 Nov 2044 08:00:00 GMT", 86_400),
    ])
    func `Seconds and dates are read`(text: String, seconds: Double) {
        #expect(HTTPRetryAfter.seconds(text, now: HTTPRetryAfterTests.now) == seconds)
    }

    @Test(arguments: ["", " ", "soon", "-1", "1.5", "1e3", "Someday", "12 parrots"])
    func `Anything else is not`(text: String) {
        #expect(HTTPRetryAfter.seconds(text, now: HTTPRetryAfterTests.now) == nil)
    }
}
