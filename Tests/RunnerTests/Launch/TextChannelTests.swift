import Channels
import Glibc
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// Campaigns over text channels, from their files to a server that plays the provider.
@Suite("Text channels")
struct TextChannelTests {
    private static let project = """
        project: test
        language: 1
        time_zone: Europe/Berlin
        currency: EUR
        public_url: https://acme.example
        language_fallback: en
        files: [all/**]
        brands:
          acme: {name: Acme, postal_address: "Acme, 1 Main Street"}
        ---
        schema: test
        contact:
          first_name: optional text
        ---
        policy: marketing
        purpose: marketing
        packs: [eu.eprivacy]
        consent: {sms: express, telegram: express}
        ---
        channel: texts
        kind: sms
        provider: twilio
        secret: twilio
        from: "+14155550100"
        cost: {per_segment: {DE: EUR 0.075, US: EUR 0.01, other: EUR 0.2}}
        ENDPOINT
        ---
        channel: bot
        kind: telegram
        provider: telegram
        secret: bot
        ENDPOINT
        ---
        channel: chat
        kind: whatsapp
        provider: whatsapp-cloud
        phone_number_id: "106540352242922"
        secret: chat
        ENDPOINT
        ---
        template: hello
        purpose: marketing
        topic: news
        sms:
          en: 'Acme: hello <<contact.first_name | default: "there">>, 5 € off & more. Stop: <<unsubscribe.link>>'
        whatsapp:
          en:
            approved_as: spring_sale_3
            language: en_US
            values:
              - '<<contact.first_name | default: "friend">>'
              - '<<contact.country | default: "nowhere">>'
        telegram:
          en: 'Hello <<contact.first_name | default: "there">>. Stop: <<unsubscribe.link>>'
        ---
        campaign: by-text
        purpose: marketing
        topic: news
        lawful_basis: consent
        policy: marketing
        audience: {where: 'contact.country == "DE"'}
        via: [texts]
        send: hello
        ---
        campaign: by-chat
        purpose: marketing
        topic: news
        lawful_basis: consent
        policy: marketing
        audience: {where: 'contact.country == "DE"'}
        via: [chat]
        send: hello
        ---
        campaign: by-bot
        purpose: marketing
        topic: news
        lawful_basis: consent
        policy: marketing
        audience: {where: 'contact.country == "DE"'}
        via: [bot]
        send: hello

        """

    private static func compile(port: Int, _ change: (String) -> String = { $0 }) -> Compiler.Result {
        let endpoint = "endpoint: http://127.0.0.1:\(port)\nallow_private: true\nconnections: 4"
        var text = ""
        for line in change(project).split(separator: "\n", omittingEmptySubsequences: false) {
            text += (line == "ENDPOINT" ? endpoint : String(line)) + "\n"
        }
        return Compiler.compile([SourceFile(path: "carillon.yaml", bytes: Array(text.utf8))], catalog: .standard())
    }

    @Test func `a campaign by SMS goes from its file to the provider, and the books agree`() throws {
        let server = HTTPFaultServer(answering: { request in
            let body = String(decoding: request.body, as: UTF8.self)
            if body.contains("To=%2B4915100000007&") {
                return .answer(400, body: #"{"code":21610,"message":"no","status":400}"#)
            }
            if body.contains("To=%2B4915100000008&") { return .resetAfterBody }
            return .answer(201, body: #"{"sid":"SM\#(request.number)","status":"queued"}"#)
        })
        defer { server.stop() }
        let day = try TextDay(kind: "phone", channel: "sms", people: 10) { "+491510000000\($0 - 1)" }
        let result = Self.compile(port: server.port)
        #expect(result.diagnostics.filter { $0.severity == .error }.isEmpty, "\(result.diagnostics)")
        let project = try #require(result.project)
        let program = try #require(
            CampaignProgram(id: "by-text", in: project, sources: result.sources, zone: .utc)
        )
        let secrets = SecretResolver(environment: [
            "CARILLON_SECRET_TWILIO": "AC0123456789abcdef0123456789abcdef:token"
        ])
        let channel = try ChannelFactory(secrets: secrets, baseFolder: "/").channel(for: program.channel)

        let plan = try Planner(program: program, store: day.store, channels: [channel], environment: .live).plan(
            samples: 1
        )
        #expect(plan.audience == 10 && plan.wouldSend == 9)
        #expect(plan.skipped == ["no_consent": 1])
        // One euro sign is in the alphabet, so each is one part at the price of Germany; the link makes some longer.
        #expect(plan.leastCost.micros > 0 && plan.leastCost.micros % 75_000 == 0)

        let first = try day.run(program, channel)
        #expect(first.status.counts.audience == 10)
        #expect(first.status.counts[.accepted] == 7)
        #expect(first.status.counts[.rejected] == 1 && first.status.counts[.uncertain] == 1)
        #expect(first.status.counts.skipped == ["no_consent": 1])
        #expect(try day.store.openReader().verify(first.status.launch, now: RunnerEnvironment.live.now()) == [])
        #expect(server.requests.count == 9)
        let bodies = server.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(
            bodies.allSatisfy {
                $0.contains("&From=%2B14155550100&") && $0.contains("Acme%3A+hello+there%2C+5+%E2%82%AC")
            }
        )

        // Who said stop to the provider gets nothing more, and who is in doubt is not sent to again.
        let second = try day.run(program, channel)
        #expect(second.ending == .uncertain && server.requests.count == 9)
        let third = try day.run(program, channel, newLaunch: true, resolve: first.status.launch)
        #expect(third.status.counts.skipped == ["no_consent": 1, "suppressed_provider": 1])
    }

    @Test func `a campaign by Telegram stops at a blocked bot, and waits as it is told`() throws {
        let server = HTTPFaultServer(answering: { request in
            let body = String(decoding: request.body, as: UTF8.self)
            if body.contains("\"chat_id\":1002,") {
                return .answer(
                    403,
                    body: #"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#
                )
            }
            if request.number == 1 {
                return .answer(
                    429,
                    body:
                        #"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":0}}"#
                )
            }
            return .answer(200, body: #"{"ok":true,"result":{"message_id":\#(request.number),"chat":{"id":1}}}"#)
        })
        defer { server.stop() }
        let day = try TextDay(kind: "telegram", channel: "telegram", people: 5) { "100\($0)" }
        let result = Self.compile(port: server.port)
        let project = try #require(result.project)
        let program = try #require(
            CampaignProgram(id: "by-bot", in: project, sources: result.sources, zone: .utc)
        )
        let secrets = SecretResolver(environment: [
            "CARILLON_SECRET_BOT": "123456789:AAEabcdefghijklmnopqrstuvwxyz012345"
        ])
        let channel = try ChannelFactory(secrets: secrets, baseFolder: "/").channel(for: program.channel)
        let status = try day.run(program, channel).status
        #expect(status.counts[.accepted] == 3 && status.counts[.rejected] == 1)
        #expect(status.counts.skipped == ["no_consent": 1])
        #expect(try day.store.openReader().verify(status.launch, now: RunnerEnvironment.live.now()) == [])
    }

    @Test func `an approved text goes out by its name, with each contact's values`() throws {
        let server = HTTPFaultServer(answering: { request in
            .answer(200, body: #"{"messages":[{"id":"wamid.\#(request.number)","message_status":"accepted"}]}"#)
        })
        defer { server.stop() }
        let day = try TextDay(kind: "whatsapp", channel: "whatsapp", people: 3) { "+49151000000\(10 + $0)" }
        let result = Self.compile(port: server.port)
        let project = try #require(result.project)
        let program = try #require(
            CampaignProgram(id: "by-chat", in: project, sources: result.sources, zone: .utc)
        )
        let secrets = SecretResolver(environment: ["CARILLON_SECRET_CHAT": "EAAGtoken"])
        let channel = try ChannelFactory(secrets: secrets, baseFolder: "/").channel(for: program.channel)
        #expect(try day.run(program, channel).status.counts[.accepted] == 2)
        let body = String(decoding: try #require(server.requests.first).body, as: UTF8.self)
        #expect(body.contains(#""type":"template","template":{"name":"spring_sale_3","language":{"code":"en_US"}"#))
        #expect(body.contains(#"[{"type":"text","text":"friend"},{"type":"text","text":"DE"}]"#))
    }

    @Test func `the price of parts is for sms alone`() {
        let result = Self.compile(port: 1) {
            $0.replacing("secret: bot", with: "secret: bot\ncost: {per_segment: EUR 0.1}")
        }
        #expect(result.diagnostics.contains { $0.code == "E0221" && $0.message.contains("sms") })
    }

    @Test func `a provider that serves another kind of channel is refused`() {
        let result = Self.compile(port: 1) { $0.replacing("provider: twilio", with: "provider: telegram") }
        #expect(result.project == nil)
        #expect(result.diagnostics.contains { $0.message == "the provider `telegram` does not send `sms`" })
    }

    @Test func `a setting that the provider doesn't have is refused`() {
        let result = Self.compile(port: 1) {
            $0.replacing("provider: twilio", with: "provider: twilio\nphone_number_id: \"1\"")
        }
        #expect(result.diagnostics.contains { $0.severity == .error && $0.message.contains("phone_number_id") })
    }
}

extension String {
    fileprivate func replacing(_ old: String, with new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}

/// A data folder with people in Germany, all but the last of whom have agreed.
private struct TextDay {
    let folder: DataFolder
    let store: SQLiteStore

    init(kind: String, channel: String, people: Int, address: (Int) -> String) throws {
        folder = try DataFolder()
        store = try SQLiteStore(folder: folder.path)
        let connection = try store.connect()
        let key = store.key
        let addresses = (0...people).map(address)
        try connection.transaction { () throws(StoreError) in
            for number in 1...people {
                try connection.execute(
                    "INSERT INTO contact (id, external_id, language, country, created_at, updated_at)"
                        + " VALUES (\(number), 'c\(number)', 'en', 'DE', 0, 0)"
                )
                let identity = try connection.prepare(
                    "INSERT INTO identity (contact, kind, address, address_key) VALUES (?, ?, ?, ?)"
                )
                identity.bind(1, Int64(number))
                identity.bind(2, kind)
                identity.bind(3, addresses[number])
                identity.bindBlob(4, key.addressKey(kind: kind, address: addresses[number]))
                try identity.run()
                guard number < people else { continue }
                try connection.execute(
                    "INSERT INTO consent (contact, channel, purpose, level, given_at, source)"
                        + " VALUES (\(number), '\(channel)', 'marketing', \(ConsentLevel.express.rawValue), 1, 'form')"
                )
            }
        }
    }

    func run(
        _ program: CampaignProgram,
        _ channel: any Channel,
        newLaunch: Bool = false,
        resolve launch: LaunchID? = nil
    ) throws -> LaunchResult {
        if let launch {
            let ledger = try store.openLedger()
            _ = try ledger.beginEpoch(now: RunnerEnvironment.live.now())
            _ = try ledger.settle(launch, contact: nil, as: .accepted, now: RunnerEnvironment.live.now())
            try ledger.setState(.finished, of: launch, now: RunnerEnvironment.live.now())
        }
        var options = Launcher.Options()
        options.retry = RetryPolicy(delays: [0, 0, 0], unreachableAfter: 600)
        options.newLaunch = newLaunch
        var environment = RunnerEnvironment.live
        environment.random = { 0 }
        return try Launcher(
            program: program,
            store: store,
            channels: [channel],
            environment: environment,
            options: options
        ).run(stop: StopSignal(), progress: { _ in })
    }
}
