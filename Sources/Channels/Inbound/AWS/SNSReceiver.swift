import Crypto
import CryptoExtras
import FoundationEssentials

/// Amazon SNS over HTTPS: an envelope signed with RSA, whose certificate lies at an address that the envelope names.
struct SNSReceiver: WebhookReceiver {
    private let topics: [String]
    private let window: FreshnessWindow
    private let allowsVersion1: Bool
    /// Certificates that the operator has pinned: nothing is fetched for them.
    private let pinned: [String]

    init(_ settings: WebhookSettings) {
        topics = settings.secrets("topic_arns")
        // A repeated notification keeps its time, and Amazon goes on for hours.
        window = FreshnessWindow(age: settings.integer("max_age") ?? 86_400, ahead: 3600)
        allowsVersion1 = settings.values("signature_version").first != "2"
        pinned = settings.values("certificate")
    }

    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        guard !topics.isEmpty else {
            return .refused(.unconfigured)
        }
        guard request.method == "POST" else {
            return .refused(.badMethod)
        }
        guard request.body.count <= 1 << 20, let envelope = Envelope(request.body) else {
            return .refused(.malformed)
        }
        // Before anything is fetched: a stranger's topic makes us call nobody.
        guard topics.contains(envelope.topic) else {
            return .refused(.foreign)
        }
        guard Self.isCertificateURL(envelope.certificateURL), let signature = Base64Text.decode(envelope.signature)
        else {
            return .refused(.badSignature)
        }
        let fetched = context.certificates[envelope.certificateURL].map { [$0] } ?? []
        let certificates = fetched + pinned.map { Array($0.utf8) }
        guard !certificates.isEmpty else {
            return .needsCertificate(url: envelope.certificateURL)
        }
        let isSigned = certificates.contains { pem in
            guard let certificate = CertificateReader(pem: pem), certificate.validFrom <= context.now,
                context.now <= certificate.validUntil
            else {
                return false
            }
            return isValid(Data(signature), envelope, certificate.key)
        }
        guard isSigned else {
            return .refused(.badSignature)
        }
        guard let sentAt = InstantReader.text(envelope.timestamp),
            window.admits(Int(sentAt / 1_000_000), now: context.now)
        else {
            return .refused(.stale)
        }
        if envelope.type == "SubscriptionConfirmation" {
            guard let url = envelope.subscribeURL, Self.isServiceURL(url) else {
                return .refused(.badHandshake)
            }
            return context.confirmed.contains(url) ? .genuine : .confirm(url: url)
        }
        return .genuine
    }

    private func isValid(_ signature: Data, _ envelope: Envelope, _ key: _RSA.Signing.PublicKey) -> Bool {
        let signed = _RSA.Signing.RSASignature(rawRepresentation: signature)
        let message = Array(envelope.signedText.utf8)
        switch envelope.version {
        case "1" where allowsVersion1:
            return key.isValidSignature(
                signed, for: Insecure.SHA1.hash(data: message), padding: .insecurePKCS1v1_5)
        case "2":
            return key.isValidSignature(signed, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        default:
            return false
        }
    }

    /// Amazon's own servers, and nothing beside a plain path to a certificate.
    static func isCertificateURL(_ text: String) -> Bool {
        guard let url = try? EgressURL(text), isServiceHost(url, text) else {
            return false
        }
        return url.target.hasSuffix(".pem") && !url.target.contains("?")
    }

    static func isServiceURL(_ text: String) -> Bool {
        guard let url = try? EgressURL(text) else {
            return false
        }
        return isServiceHost(url, text)
    }

    private static func isServiceHost(_ url: EgressURL, _ text: String) -> Bool {
        // No port at all, not even the one that would be taken anyway.
        let authority = text.dropFirst(8).prefix { $0 != "/" && $0 != "?" }
        guard url.isSecure, !authority.contains(":"), url.literal == nil else {
            return false
        }
        var labels = url.host.split(separator: ".", omittingEmptySubsequences: false)
        if labels.last == "cn" {
            labels.removeLast()
        }
        guard labels.count == 4, labels[0] == "sns", labels[2] == "amazonaws", labels[3] == "com" else {
            return false
        }
        return labels[1].utf8.count >= 3
    }

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        Envelope(request.body).map(SNSEvents.events)
    }

    struct Envelope {
        let type: String
        let id: String
        let topic: String
        let message: String
        let subject: String?
        let timestamp: String
        let version: String
        let signature: String
        let certificateURL: String
        let token: String?
        let subscribeURL: String?

        init?(_ body: [UInt8]) {
            guard let envelope = JSONReader.read(body), let type = envelope["Type"]?.string,
                let id = envelope["MessageId"]?.string, let topic = envelope["TopicArn"]?.string,
                let message = envelope["Message"]?.string, let timestamp = envelope["Timestamp"]?.string,
                let version = envelope["SignatureVersion"]?.word, let signature = envelope["Signature"]?.string,
                let certificateURL = envelope["SigningCertURL"]?.string
            else {
                return nil
            }
            self.type = type
            self.id = id
            self.topic = topic
            self.message = message
            subject = envelope["Subject"]?.string
            self.timestamp = timestamp
            self.version = version
            self.signature = signature
            self.certificateURL = certificateURL
            token = envelope["Token"]?.string
            subscribeURL = envelope["SubscribeURL"]?.string
            if type != "Notification", token == nil || subscribeURL == nil {
                return nil
            }
        }

        var signedText: String {
            var parts: [(String, String)] = [("Message", message), ("MessageId", id)]
            if type == "Notification" {
                if let subject {
                    parts.append(("Subject", subject))
                }
                parts += [("Timestamp", timestamp), ("TopicArn", topic), ("Type", type)]
            } else {
                parts += [
                    ("SubscribeURL", subscribeURL ?? ""), ("Timestamp", timestamp), ("Token", token ?? ""),
                    ("TopicArn", topic), ("Type", type),
                ]
            }
            return parts.map { "\($0.0)\n\($0.1)\n" }.joined()
        }
    }
}
