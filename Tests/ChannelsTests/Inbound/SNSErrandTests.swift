import TestKit
import Testing

@testable import Channels

/// The way of Amazon's requests as a whole: the certificate is fetched from the name that it lies under, over TLS, and
/// the subscription is confirmed there.
@Suite(.serialized, .enabled(if: TLSFixture.isPossible))
struct SNSErrandTests {
    private static let now = 1_735_689_660

    private static var certificate: String {
        InboundData.read("aws-sns-notification.json")["certificate_pem"]?.string ?? ""
    }

    private static func vector(_ name: String) throws -> InboundData.Case {
        try #require(InboundData.cases("aws-sns-notification.json").first { $0.name == name })
    }

    private func receiver(_ vector: InboundData.Case) -> SNSReceiver {
        SNSReceiver(InboundData.settings(["topic_arns": [vector.text("expected_topic_arn")], "max_age": ["3600"]]))
    }

    private func errands(_ fixture: TLSFixture, allowsPrivate: Bool = true) -> ProviderErrands {
        let policy = GuardedEgress.Policy(
            allowsPrivate: allowsPrivate, authorityFile: fixture.folder + "/ca.pem", timeout: 5)
        return ProviderErrands(
            GuardedEgress(
                policy, lookup: { _ in EgressAddress("127.0.0.1").map { .addresses([$0]) } ?? .failed(code: "") }))
    }

    /// Its port is the one of every certificate's address, so another server there leaves nothing to test.
    private func amazon(_ pem: String = certificate) -> TLSFixture? {
        TLSFixture(host: "sns.us-east-1.amazonaws.com", port: 443, pem: pem)
    }

    @Test func `A notification is taken once its certificate was fetched`() throws {
        guard let fixture = amazon() else { return }
        let vector = try Self.vector("notification-v2")
        let (receiver, errands) = (receiver(vector), errands(fixture))
        guard case .needsCertificate(let url) = receiver.verify(vector.request(), errands.context(now: Self.now)) else {
            Issue.record("no certificate was asked for")
            return
        }
        #expect(errands.carryOut(.certificate(url: url)) == .done)
        #expect(fixture.nextPath()?.hasSuffix(".pem") == true)
        #expect(receiver.verify(vector.request(), errands.context(now: Self.now)) == .genuine)
    }

    @Test func `A subscription is confirmed by one call, and taken after it`() throws {
        guard let fixture = amazon() else { return }
        let vector = try Self.vector("subscription-confirmation-v2")
        let (receiver, errands) = (receiver(vector), errands(fixture))
        var called: [ProviderErrands.Errand] = []
        var reception = receiver.verify(vector.request(), errands.context(now: Self.now))
        for _ in 0..<2 {
            switch reception {
            case .needsCertificate(let url): called.append(.certificate(url: url))
            case .confirm(let url): called.append(.confirmation(url: url))
            case .genuine, .answer, .refused: break
            }
            if let last = called.last { #expect(errands.carryOut(last) == .done) }
            reception = receiver.verify(vector.request(), errands.context(now: Self.now))
        }
        #expect(reception == .genuine)
        #expect(called.count == 2)
        _ = fixture.nextPath()
        #expect(fixture.nextPath()?.contains("Action=ConfirmSubscription") == true)
    }

    @Test func `A name of Amazon's that leads home is not called, and a wrong certificate is not kept`() throws {
        guard let fixture = amazon("<html>log in to the airport's network</html>") else { return }
        let url = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem"
        #expect(
            errands(fixture, allowsPrivate: false).carryOut(.certificate(url: url))
                == .failed(code: "address_refused"))
        let errands = errands(fixture)
        #expect(errands.carryOut(.certificate(url: url)) == .failed(code: "no_certificate"))
        #expect(errands.context(now: Self.now).certificates.isEmpty)
        // Signed by the right authority for another name.
        let other = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
        #expect(errands.carryOut(.certificate(url: other)) == .failed(code: "tls_certificate_refused"))
    }

    @Test func `What a stranger's topic names is never fetched`() throws {
        let vector = try Self.vector("neg-topic")
        #expect(receiver(vector).verify(vector.request(), WebhookContext(now: Self.now)) == .refused(.foreign))
    }
}
