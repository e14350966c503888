import Channels
import FoundationEssentials
import TestKit
import Testing

/// Against aiosmtpd: login, STARTTLS and implicit TLS with an authority of our own.
@Suite struct RealServerTests {
    struct Setting: Sendable, CustomTestStringConvertible {
        var tls = "none"
        var host = "localhost"
        var secret: String?
        var trusts = true
        var expected: SendOutcome = .accepted(providerID: "J1")
        var testDescription: String { "\(tls) \(host) trusts=\(trusts) login=\(secret ?? "-") → \(expected)" }
    }

    static let settings: [Setting] = [
        Setting(),
        Setting(secret: "anna:se:cret"),
        Setting(secret: #"{"user": "anna", "password": "se:cret"}"#),
        Setting(secret: "anna:wrong", expected: .unavailable(code: "535 5.7.8")),
        Setting(tls: "starttls"),
        Setting(tls: "starttls", secret: "anna:se:cret"),
        Setting(tls: "starttls", secret: "anna:wrong", expected: .unavailable(code: "535 5.7.8")),
        Setting(tls: "starttls", trusts: false, expected: .unavailable(code: "tls_certificate_refused")),
        Setting(tls: "starttls", host: "127.0.0.1", expected: .unavailable(code: "tls_certificate_refused")),
        Setting(tls: "implicit"),
        Setting(tls: "implicit", secret: "anna:se:cret"),
        Setting(tls: "implicit", trusts: false, expected: .unavailable(code: "tls_certificate_refused")),
        Setting(tls: "implicit", host: "127.0.0.1", expected: .unavailable(code: "tls_certificate_refused")),
    ]

    @Test("mail reaches a real server, or is refused with the reason", arguments: settings)
    func sends(_ setting: Setting) throws {
        let folder = try TemporaryFolder()
        var arguments = [folder.path + "/journal"]
        if setting.tls != "none" {
            try Certificates.make(in: folder.path)
            arguments += ["--" + setting.tls, folder.path + "/server.pem", folder.path + "/server.key"]
        }
        if setting.secret != nil {
            arguments += ["--login", "anna", "se:cret"]
        }
        let server = try Python(script: "smtp_journal.py", arguments)
        defer { server.finish() }
        let port = try #require(server.readLine().flatMap { Int($0.dropFirst(5)) })
        var channelSettings = ["host": setting.host, "tls": setting.tls, "connections": "3"]
        if setting.tls != "none", setting.trusts {
            channelSettings["ca_file"] = folder.path + "/ca.pem"
        }
        let channel = try Mailing.channel(port: port, settings: channelSettings, secret: setting.secret)
        let isAccepted = setting.expected == .accepted(providerID: "J1")
        // One of them large: it takes many TLS records and fills the socket.
        let large =
            "Subject: large\r\n\r\n" + String(repeating: String(repeating: "x", count: 76) + "\r\n", count: 40_000)
        let messages = (1...30).map { $0 == 7 ? Mailing.message($0, body: large) : Mailing.message($0) }
        let outcomes = try Mailing.outcomes(channel, messages)
        #expect(outcomes.count == 30)
        #expect(outcomes.values.allSatisfy { $0 == [setting.expected] })
        let journal = String(decoding: folder.read("journal") ?? [], as: UTF8.self).split(separator: "\n")
        #expect(Set(journal).count == (isAccepted ? 30 : 0))
        #expect(journal.count == Set(journal).count)
    }

    @Test("a server without STARTTLS gets nothing")
    func noStartTLS() throws {
        let folder = try TemporaryFolder()
        let server = try Python(script: "smtp_journal.py", [folder.path + "/journal"])
        defer { server.finish() }
        let port = try #require(server.readLine().flatMap { Int($0.dropFirst(5)) })
        let channel = try Mailing.channel(port: port, settings: ["tls": "starttls"])
        let outcomes = try Mailing.outcomes(channel, [Mailing.message(1)])
        #expect(outcomes == [1: [.unavailable(code: "starttls_not_offered")]])
    }

    @Test("plain text to another machine needs a flag")
    func plaintext() throws {
        #expect(throws: ChannelSetupError.self) {
            try Mailing.channel(port: 25, settings: ["host": "mail.example", "tls": "none"])
        }
        _ = try Mailing.channel(port: 25, settings: ["host": "mail.example", "tls": "none", "allow_plaintext": "true"])
    }
}

/// An authority and a server certificate for `localhost`, made by openssl.
private enum Certificates {
    static func make(in folder: String) throws {
        let python = try Python(script: "certificates.py", [folder])
        let said = python.finish()
        guard said == "made" else {
            throw Python.Failure(message: said)
        }
    }
}
