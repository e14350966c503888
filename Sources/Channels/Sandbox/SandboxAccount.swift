import Crypto
import FoundationEssentials

/// The accounts that every sandbox knows, one for each provider. Their secrets stand here for everybody to read: they
/// open nothing but a sandbox.
package enum SandboxAccount {
    package static let twilioAccount = "AC5a4db0c00000000000000000005a4db0"
    package static let twilioToken = "sandbox-auth-token"
    package static let vonageKey = "5a4db0c0"
    package static let vonageSecret = "sandbox-api-secret"
    package static let vonageApplication = "5a4db0c0-0000-4000-8000-00005a4db0c0"
    package static let vonageSignature = "sandbox-signature-secret"
    package static let awsKey = "AKIASANDBOXSANDBOX00"
    package static let awsSecret = "sandbox-secret-access-key"
    package static let awsTopic = "arn:aws:sns:eu-west-1:000000000000:sandbox"
    package static let telegramToken = "1000000001:sandbox-bot-token_0000000000000000"
    package static let telegramSecret = "sandbox-secret-token"
    package static let metaToken = "sandbox-access-token"
    package static let metaSecret = "sandbox-app-secret"
    package static let metaVerify = "sandbox-verify-token"
    package static let sendGridKey = "SG.sandbox-api-key"
    package static let mailgunKey = "sandbox-mailgun-key"
    package static let postmarkToken = "5a4db0c0-0000-4000-8000-00000000504d"
    package static let postmarkLogin = "sandbox:sandbox-postmark"
    package static let mailgunSigning = "sandbox-signing-key"
    package static let webhookSecret = "whsec_c2FuZGJveCBzYW5kYm94IHNhbmRib3ggc2FuZGJveA=="
    package static let mailUser = "sandbox"
    package static let mailPassword = "sandbox-password"

    /// What a channel of this provider sends with, in the form in which its secret is stored. Nil where a channel needs
    /// none.
    package static func sending(_ provider: String) -> Secret? {
        let text: String? =
            switch provider {
            case "twilio", "twilio-whatsapp": "\(twilioAccount):\(twilioToken)"
            case "vonage": object(["api_key": vonageKey, "api_secret": vonageSecret])
            case "aws-sns": "\(awsKey):\(awsSecret)"
            case "telegram": telegramToken
            case "whatsapp-cloud", "messenger", "instagram": metaToken
            case "sendgrid": sendGridKey
            case "mailgun": mailgunKey
            case "postmark": postmarkToken
            case "webhook": webhookSecret
            case "smtp": "\(mailUser):\(mailPassword)"
            default: nil
            }
        return text.map { Secret($0) }
    }

    /// What the webhooks of this provider are checked with.
    package static func receiving(_ provider: String) -> WebhookSettings {
        var settings = WebhookSettings()
        let values: [String: String] =
            switch provider {
            case "twilio", "twilio-whatsapp": ["auth_token": twilioToken]
            case "vonage": ["signature_secret": vonageSignature, "api_key": vonageKey]
            case "aws-sns": ["topic_arns": awsTopic, "certificate": SandboxKeys.certificate]
            case "telegram": ["secret_token": telegramSecret]
            case "whatsapp-cloud", "messenger", "instagram":
                ["app_secret": metaSecret, "verify_token": metaVerify]
            case "sendgrid": ["public_key": SandboxKeys.curve?.publicKey.derRepresentation.base64EncodedString() ?? ""]
            case "mailgun": ["signing_key": mailgunSigning]
            case "postmark": ["credentials": postmarkLogin]
            case "webhook": ["secret": webhookSecret]
            default: [:]
            }
        for (name, value) in values { settings.set(name, [value]) }
        return settings
    }

    private static func object(_ members: [String: String]) -> String {
        "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",") + "}"
    }
}
