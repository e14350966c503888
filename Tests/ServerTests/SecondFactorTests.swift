import RuleEngine
import Runner
import Testing

@testable import Server

/// Codes of an app beside the password.
@Suite struct SecondFactorTests {
    private static let password = "a long and quiet evening"

    /// RFC 6238, appendix B; and RFC 4226, appendix D, whose counters are our steps.
    @Test(arguments: [
        (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ])
    func `codes are those of the standard`(_ second: Int64, _ code: String) {
        let secret = OneTimeCode(secret: Array("12345678901234567890".utf8))
        let step = OneTimeCode.step(at: Timestamp(microseconds: second * 1_000_000))
        #expect(secret.code(at: step, digits: 8) == code)
        #expect(secret.code(at: step) == code.suffix(6))
        let counted = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        #expect((0..<10).map { secret.code(at: $0) } == counted)
        #expect(secret.text == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    }

    /// What the app shows so many steps from now.
    private func code(_ secret: String, _ steps: Int64 = 0) throws -> String {
        let bytes = try #require(Base32.decode(secret.lowercased().utf8))
        return OneTimeCode(secret: bytes).code(at: OneTimeCode.step(at: ServiceFixture.now) + steps)
    }

    private func account(_ name: String, _ call: ServiceClient) throws -> String {
        let made = try call("POST", "/users", #"{"name": "\#(name)", "role": "reviewer"}"#)
        let invitation = try #require(made.body["token"]?.string)
        let set = #"{"token": "\#(invitation)", "password": "\#(Self.password)"}"#
        _ = try call("POST", "/users/password", set, key: "none")
        return try #require(try logIn(name, nil, call).body["token"]?.string)
    }

    private func logIn(
        _ name: String, _ code: String?, _ call: ServiceClient, password: String = Self.password
    ) throws -> ServiceClient.Reply {
        let more = code.map { #", "code": "\#($0)""# } ?? ""
        return try call(
            "POST", "/sessions", #"{"name": "\#(name)", "password": "\#(password)"\#(more)}"#, key: "none")
    }

    /// - Returns: the secret and the recovery codes.
    private func setUp(_ token: String, _ call: ServiceClient) throws -> (secret: String, recovery: [String]) {
        let place = "/sessions/current/totp"
        let begun = try call("POST", place, #"{"password": "\#(Self.password)"}"#, key: token)
        let secret = try #require(begun.body["secret"]?.string)
        let confirmed = try call("POST", place + "/confirm", #"{"code": "\#(try code(secret, -1))"}"#, key: token)
        let codes = (confirmed.body["recovery_codes"]?.items ?? []).compactMap(\.string)
        try #require(codes.count == 10)
        return (secret, codes)
    }

    @Test func `a login needs a code that was never shown before, and one answer is given to all that is wrong`()
        async throws
    {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let first = try account("rita", call)
            let other = try #require(try logIn("rita", nil, call).body["token"]?.string)
            let place = "/sessions/current/totp"
            #expect(try call("POST", place, #"{"password": "guessed"}"#, key: first).code == "bad_login")
            let begun = try call("POST", place, #"{"password": "\#(Self.password)"}"#, key: first)
            let secret = try #require(begun.body["secret"]?.string)
            let address = try #require(begun.body["uri"]?.string)
            #expect(
                address
                    == "otpauth://totp/Carillon:rita?secret=\(secret)&issuer=Carillon&algorithm=SHA1&digits=6&period=30"
            )
            // Nothing has changed before a code of it was shown.
            let third = try #require(try logIn("rita", nil, call).body["token"]?.string)
            #expect(try call("POST", place + "/confirm", #"{"code": "000"}"#, key: first).code == "wrong_code")
            let confirmed = try call("POST", place + "/confirm", #"{"code": "\#(try code(secret, -1))"}"#, key: first)
            #expect(confirmed.body["recovery_codes"]?.items.count == 10)
            #expect(try call("GET", "/sessions/current", key: first).status == 200)
            for ended in [other, third] {
                #expect(try call("GET", "/sessions/current", key: ended).code == "session_over")
            }
            #expect(try call("POST", place, #"{"password": "\#(Self.password)"}"#, key: first).code == "has_factor")

            var answers: Set<String> = []
            let now = try code(secret)
            for (given, password) in [
                (nil, Self.password), (try code(secret, -1), Self.password), (try code(secret, 2), Self.password),
                (now, "guessed"),
            ] {
                let refused = try logIn("rita", given, call, password: password)
                #expect(refused.status == 401, "\(given ?? "-")")
                answers.insert(refused.text)
            }
            answers.insert(try logIn("nobody", now, call).text)
            #expect(answers.count == 1)
            #expect(try logIn("rita", now, call).status == 201)
            #expect(try logIn("rita", now, call).code == "bad_login")
            #expect(try logIn("rita", try code(secret, 1), call).status == 201)
            // One that the clock has left behind, although it would be in the window.
            #expect(try logIn("rita", now, call).code == "bad_login")
        }
    }

    @Test func `a recovery code opens once, and a lost factor is taken away by somebody else`() async throws {
        let fixture = try ServiceFixture()
        let (secret, recovery) = try await fixture.serve { call in
            let token = try account("rita", call)
            let (secret, recovery) = try setUp(token, call)
            #expect(try call("GET", "/users").body["items"]?.items.last?["second_factor"]?.flag == true)
            #expect(try logIn("rita", recovery[0], call).status == 201)
            #expect(try logIn("rita", recovery[0], call).code == "bad_login")
            let shouted = recovery[1].uppercased().replacing("-", with: " ")
            #expect(try logIn("rita", shouted, call).status == 201)
            let reset = try call("DELETE", "/users/rita/totp")
            #expect(reset.status == 200)
            #expect(try call("GET", "/sessions/current", key: token).code == "session_over")
            // With a code where none is asked for somebody has something else in mind.
            #expect(try logIn("rita", recovery[2], call).code == "bad_login")
            #expect(try logIn("rita", nil, call).status == 201)
            #expect(try call("DELETE", "/users/nobody/totp").code == "unknown_user")
            let newest = try call("GET", "/audit?limit=5").body["items"]?.items.compactMap { $0["action"]?.string }
            #expect(newest?.contains("resetFactor") == true)
            return (secret, recovery)
        }
        // Neither the secret nor a code is in the database or the log.
        let bytes = try fixture.databaseBytes()
        for text in [secret] + recovery {
            #expect(bytes.firstRange(of: Array(text.utf8)) == nil)
            #expect(!fixture.logged.joined().contains(text))
        }
        let plain = try #require(Base32.decode(secret.lowercased().utf8))
        #expect(bytes.firstRange(of: plain) == nil)
    }

    @Test func `an open session takes no second factor away without a code, and guesses are counted`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let token = try account("rita", call)
            let (secret, _) = try setUp(token, call)
            let place = "/sessions/current/totp"
            #expect(try call("DELETE", place, #"{"code": "000"}"#, key: token).code == "wrong_code")
            let right = #"{"code": "\#(try code(secret))"}"#
            #expect(try call("DELETE", place, right, key: token).body["state"]?.string == "removed")
            #expect(try call("DELETE", place, right, key: token).code == "no_factor")
            #expect(try logIn("rita", nil, call).status == 201)
            let again = try setUp(token, call)
            for _ in 0..<5 { _ = try call("DELETE", place, #"{"code": "000"}"#, key: token) }
            let late = #"{"code": "\#(try code(again.secret))"}"#
            #expect(try call("DELETE", place, late, key: token).code == "wrong_code")
            #expect(try logIn("rita", try code(again.secret), call).code == "bad_login")
            // A key is nobody's second factor.
            #expect(try call("POST", place, #"{"password": "x"}"#).code == "no_session")
        }
    }

    @Test func `a role that takes a second factor does nothing before there is one`() async throws {
        let fixture = try ServiceFixture(demanding: [.reviewer])
        try await fixture.serve { call in
            let token = try account("rita", call)
            #expect(try call("GET", "/programs", key: token).code == "needs_second_factor")
            #expect(try call("GET", "/sessions/current", key: token).body["scopes"]?.items.isEmpty == true)
            _ = try setUp(token, call)
            try fixture.refresh()
            #expect(try call("GET", "/programs", key: token).status == 200)
            _ = try call("DELETE", "/users/rita/totp")
            let again = try #require(try logIn("rita", nil, call).body["token"]?.string)
            #expect(try call("GET", "/audit", key: again).code == "needs_second_factor")
        }
    }

    @Test func `a sealed second factor opens in its own row and folder alone`() {
        let (one, other) = (
            DataKey(bytes: Array(repeating: 1, count: 32)), DataKey(bytes: Array(repeating: 2, count: 32))
        )
        let code = OneTimeCode()
        let sealed = FactorSeal(one).seal(code, of: "anna")
        #expect(FactorSeal(one).open(sealed, of: "anna")?.secret == code.secret)
        #expect(FactorSeal(one).open(sealed, of: "ben") == nil)
        #expect(FactorSeal(other).open(sealed, of: "anna") == nil)
        #expect("\(code)" == "«redacted»")
    }
}
