import TestKit
import Testing

@testable import Channels

/// What every provider must do, in the words of the suite that all of them share.
struct ConformanceTests {
    static let scripts: [ProviderScript] = [
        .twilioSMS, .vonageSMS, .vonageMessages, .sns, .whatsAppCloud, .twilioWhatsApp, .telegram, .messenger,
        .instagram, .sendGrid, .mailgun, .postmark,
    ]

    @Test(arguments: scripts)
    func `A provider does what all of them must`(script: ProviderScript) {
        let rows = ChannelConformance(script).run()
        #expect(rows.count > 25)
        for row in rows {
            #expect(row.fault == nil, "\(row)")
        }
    }
}

extension ProviderScript: CustomTestStringConvertible {
    /// The name of a case in the test's output.
    public var testDescription: String { provider }
}
