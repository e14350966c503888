import RuleEngine
import Runner
import Testing

/// What the gate answers where time and earlier messages decide.
@Suite("The gate's caps and hours")
struct GateTimingTests {
    static let day: Int64 = 86_400_000_000
    /// Tuesday, noon in Berlin.
    static let noon = Timestamp(microseconds: 1_795_518_000_000_000)

    static func rules(
        _ purpose: Purpose = .marketing, _ change: (inout GateRules) throws -> Void = { _ in }
    ) rethrows -> GateRules {
        var rules = GateRules(purpose: purpose, minimumConsent: purpose == .marketing ? .express : .none)
        try change(&rules)
        return rules
    }

    static func facts(_ sends: [Double] = [], kind: String = "email") -> GateFacts {
        var facts = GateTests.reachable
        facts.contact = 7
        facts.place = PlaceBook.shared.place(timeZone: "Europe/Berlin", country: "DE", number: nil)
        facts.sends = sends.map { SendMark(at: noon.adding(seconds: -$0 * 3600), kind: kind) }
        facts.wantedAt = noon
        return facts
    }

    static func later(_ hours: Double) -> Timestamp { noon.adding(seconds: hours * 3600) }

    // MARK: - Caps

    @Test func `a message above a cap waits until the oldest that fills it is over`() {
        let rules = Self.rules { $0.caps = [CapRule(count: 2, period: Self.day)] }
        #expect(Gate.decide(Self.facts([1]), rules: rules, now: Self.noon) == .allow)
        #expect(Gate.decide(Self.facts([1, 25]), rules: rules, now: Self.noon) == .allow)
        #expect(
            Gate.decide(Self.facts([1, 20]), rules: rules, now: Self.noon)
                == .wait(until: Self.later(4), reason: .capTenant))
        // Three within a cap of two: the second newest decides, not the oldest.
        #expect(
            Gate.decide(Self.facts([1, 5, 20]), rules: rules, now: Self.noon)
                == .wait(until: Self.later(19), reason: .capTenant))
    }

    @Test func `the last of several caps decides`() {
        let rules = Self.rules {
            $0.caps = [CapRule(count: 1, period: Self.day), CapRule(count: 3, period: 7 * Self.day)]
        }
        #expect(
            Gate.decide(Self.facts([20, 30, 40]), rules: rules, now: Self.noon)
                == .wait(until: Self.later(168 - 40), reason: .capTenant))
    }

    @Test func `a cap of some kinds counts those alone`() {
        let rules = Self.rules { $0.caps = [CapRule(count: 1, period: Self.day, kinds: ["sms", "whatsapp"])] }
        #expect(Gate.decide(Self.facts([1, 2]), rules: rules, now: Self.noon) == .allow)
        #expect(!Gate.decide(Self.facts([1], kind: "sms"), rules: rules, now: Self.noon).isAllowed)
    }

    @Test func `a policy may skip instead of waiting`() {
        let rules = Self.rules {
            $0.caps = [CapRule(count: 1, period: Self.day)]
            $0.whenCapped = .skip
        }
        #expect(Gate.decide(Self.facts([1]), rules: rules, now: Self.noon) == .block(.capTenant))
    }

    /// A receipt is a receipt, however much advertising came before it; and at whatever hour.
    @Test(arguments: [Purpose.transactional, .otp])
    func `caps and hours never touch what is no advertising`(purpose: Purpose) throws {
        var state: UInt64 = 11
        func draw(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        for _ in 0..<2_000 {
            var policy = CheckedPolicy(
                id: "house", purpose: .marketing, packs: ["us.strict"], consent: [:], onUncertain: .hold,
                span: SourceSpan(file: FileID(rawValue: 0), start: 0, end: 0))
            policy.caps = [FrequencyCap(count: 1 + draw(3), period: Self.day * Int64(1 + draw(30)), kinds: nil)]
            policy.whenCapped = draw(2) == 0 ? .wait : .skip
            policy.quietHours = [QuietHours(hours: .allDay, days: nil, clock: .contactZone)]
            policy.afterQuietHours = AfterQuietHours(spread: nil, checksAgain: true, dropAfter: Self.day)
            let kind = ["email", "sms", "whatsapp"][draw(3)]
            let rules = GateRules(
                purpose: purpose, policy: policy, kind: kind, channels: [], settings: ProjectSettings(id: "x"))
            #expect(rules.questions.isEmpty)
            let sends = (0..<draw(20)).map { _ in Double(draw(200)) }
            let now = Self.noon.adding(seconds: Double(draw(86_400)))
            #expect(Gate.decide(Self.facts(sends.sorted(), kind: kind), rules: rules, now: now) == .allow)
            let marketing = GateRules(
                purpose: .marketing, policy: policy, kind: kind, channels: [], settings: ProjectSettings(id: "x"))
            #expect(!Gate.decide(Self.facts(sends.sorted(), kind: kind), rules: marketing, now: now).isAllowed)
        }
    }

    @Test func `Florida allows three about one subject in a day, France four calls in a month`() {
        func law(_ kind: String) -> GateRules {
            var rules = GateRules(
                purpose: .marketing, policy: nil, kind: kind, channels: [], settings: ProjectSettings(id: "x"))
            rules.minimumConsent = .express
            rules.hours = nil
            return rules
        }
        var facts = Self.facts([1, 2, 20], kind: "sms")
        facts.place = PlaceBook.shared.place(timeZone: nil, country: nil, number: "+13055550100")
        #expect(Gate.decide(facts, rules: law("sms"), now: Self.noon) == .wait(until: Self.later(4), reason: .capLegal))
        facts.sends[0].isSameTopic = false
        #expect(Gate.decide(facts, rules: law("sms"), now: Self.noon) == .allow)
        facts.place = PlaceBook.shared.place(timeZone: nil, country: nil, number: "+12125550100")
        facts.sends[0].isSameTopic = true
        #expect(Gate.decide(facts, rules: law("sms"), now: Self.noon) == .allow)
        facts = Self.facts([24, 48, 72, 96], kind: "voice_live")
        facts.place = PlaceBook.shared.place(timeZone: nil, country: "FR", number: nil)
        #expect(
            Gate.decide(facts, rules: law("voice_live"), now: Self.noon)
                == .wait(until: Self.later(720 - 96), reason: .capLegal))
    }

    @Test func `a capped message is not asked about at night`() throws {
        let rules = try Self.rules {
            $0.caps = [CapRule(count: 1, period: Self.day)]
            $0.hours = try ContactHoursTests.policy([ContactHoursTests.nights])
        }
        // Room is at two in the morning; the night ends at nine.
        #expect(
            Gate.decide(Self.facts([10]), rules: rules, now: Self.noon)
                == .wait(until: Self.later(21), reason: .capTenant))
    }

    // MARK: - Hours

    static func nights(spread: Int64? = nil, drop: Int64 = 72 * 3_600_000_000) throws -> GateRules {
        try rules {
            $0.hours = try ContactHoursTests.policy([ContactHoursTests.nights])
            $0.afterQuietHours = AfterQuietHours(spread: spread, checksAgain: true, dropAfter: drop)
        }
    }

    @Test func `at night it waits for the morning`() throws {
        let rules = try Self.nights()
        #expect(Gate.decide(Self.facts(), rules: rules, now: Self.noon) == .allow)
        #expect(Gate.validity(Self.facts(), rules: rules, now: Self.noon) == Self.later(8 - 1.0 / 6))
        let evening = Self.later(9)
        #expect(
            Gate.decide(Self.facts(), rules: rules, now: evening) == .wait(until: Self.later(21), reason: .quietHours))
    }

    @Test func `what was held leaves spread over time, each person always at the same moment`() throws {
        let spread: Int64 = 90 * 60_000_000
        let rules = try Self.nights(spread: spread)
        let morning = Self.later(21).microseconds
        var parts = [Int](repeating: 0, count: 9)
        for contact in 1...9_000 {
            var facts = Self.facts()
            facts.contact = Int64(contact)
            let first = Gate.decide(facts, rules: rules, now: Self.later(9))
            let again = Gate.decide(facts, rules: rules, now: Self.later(19.5))
            #expect(first == again)
            guard case .wait(let until, .quietHours) = first else {
                Issue.record("contact \(contact) doesn't wait")
                continue
            }
            #expect(until.microseconds >= morning && until.microseconds < morning + spread)
            parts[Int((until.microseconds - morning) / (spread / 9))] += 1
            facts.heldFor = .quietHours
            #expect(Gate.decide(facts, rules: rules, now: until) == .allow)
        }
        // Ten minutes each: none has twice its share.
        #expect(parts.allSatisfy { $0 > 800 && $0 < 1_200 }, "\(parts)")
    }

    @Test func `the spread ends with the hours that are open`() throws {
        let rules = try Self.rules {
            $0.hours = try ContactHoursTests.policy([
                QuietHours(hours: ContactHoursTests.minutes(9 * 60 + 30, 9 * 60), days: nil, clock: .contactZone)
            ])
            $0.afterQuietHours = AfterQuietHours(spread: 6 * 3_600_000_000, checksAgain: true, dropAfter: 3 * Self.day)
        }
        for contact in 1...500 {
            var facts = Self.facts()
            facts.contact = Int64(contact)
            guard case .wait(let until, _) = Gate.decide(facts, rules: rules, now: Self.noon) else {
                Issue.record("contact \(contact) doesn't wait")
                continue
            }
            #expect(Gate.decide(facts, rules: rules, now: until) == .allow)
        }
    }

    @Test func `what waited too long is dropped`() throws {
        let rules = try Self.nights(drop: 10 * 3_600_000_000)
        // Nine in the evening: twelve hours to go.
        var facts = Self.facts()
        facts.wantedAt = Self.later(9)
        #expect(Gate.decide(facts, rules: rules, now: Self.later(9)) == .block(.expiredWaiting))
        facts.wantedAt = Self.later(13)
        #expect(
            Gate.decide(facts, rules: rules, now: Self.later(13)) == .wait(until: Self.later(21), reason: .quietHours))
        facts.heldFor = .quietHours
        #expect(Gate.decide(facts, rules: rules, now: Self.later(21)) == .allow)
        // The program stood still over the morning.
        #expect(Gate.decide(facts, rules: rules, now: Self.later(24)) == .block(.expiredWaiting))
        facts.heldFor = nil
        #expect(Gate.decide(facts, rules: rules, now: Self.later(24)) == .allow)
    }

    @Test func `no hour at all is a reason of its own`() throws {
        let rules = try Self.rules {
            $0.hours = try ContactHoursTests.policy([QuietHours(hours: .allDay, days: nil, clock: .contactZone)])
        }
        #expect(Gate.decide(Self.facts(), rules: rules, now: Self.noon) == .block(.windowNeverOpens))
    }

    @Test func `nobody is held who may not be reached at all`() throws {
        var facts = Self.facts([1])
        facts.suppression = .unsubscribe
        let rules = try Self.nights()
        #expect(Gate.decide(facts, rules: rules, now: Self.later(9)) == .block(.suppressedUnsubscribe))
    }

    // MARK: - Consent that ends

    static func canada(_ level: ConsentLevel, given: String) throws -> (GateFacts, GateRules) {
        var facts = Self.facts()
        facts.consent = level
        facts.consentGivenAt = try ContactHoursTests.instant(given)
        facts.place = PlaceBook.shared.place(timeZone: "America/Toronto", country: "CA", number: nil)
        var policy = CheckedPolicy(
            id: "house", purpose: .marketing, packs: ["ca.casl"], consent: ["email": .softOptIn], onUncertain: .hold,
            span: SourceSpan(file: FileID(rawValue: 0), start: 0, end: 0))
        policy.consent["voice_live"] = .express
        return (
            facts,
            GateRules(
                purpose: .marketing, policy: policy, kind: "email", channels: [], settings: ProjectSettings(id: "x"))
        )
    }

    /// Six months after an inquiry, the end of a shorter month, and one day less than the law allows.
    @Test func `a weak consent ends by the law of the country`() throws {
        let (facts, rules) = try Self.canada(.softOptIn, given: "2026-05-31 16:00")
        #expect(Gate.decide(facts, rules: rules, now: try ContactHoursTests.instant("2026-11-29 17:00")) == .allow)
        #expect(
            Gate.decide(facts, rules: rules, now: try ContactHoursTests.instant("2026-11-30 17:00"))
                == .block(.consentExpired))
        let (express, same) = try Self.canada(.express, given: "2020-05-31 16:00")
        #expect(Gate.decide(express, rules: same, now: Self.noon) == .allow)
        var german = facts
        german.place = PlaceBook.shared.place(timeZone: nil, country: "DE", number: nil)
        #expect(Gate.decide(german, rules: rules, now: Self.later(24 * 365)) == .allow)
    }

    @Test func `an express consent to calls lapses in Australia after three months`() throws {
        var facts = Self.facts()
        facts.consentGivenAt = try ContactHoursTests.instant("2026-08-20 02:00")
        facts.place = PlaceBook.shared.place(timeZone: "Australia/Sydney", country: "AU", number: nil)
        var rules = GateRules(
            purpose: .marketing, policy: nil, kind: "voice_recorded", channels: [], settings: ProjectSettings(id: "x"))
        rules.hours = nil
        #expect(
            Gate.decide(facts, rules: rules, now: try ContactHoursTests.instant("2026-11-21 02:00"))
                == .block(.consentExpired))
        #expect(Gate.decide(facts, rules: rules, now: try ContactHoursTests.instant("2026-11-18 02:00")) == .allow)
    }
}

/// What reviewers read.
@Suite("The gate's evidence")
struct GateEvidenceTests {
    @Test func `says clocks, hours, packs and what was counted`() throws {
        var rules = try GateTimingTests.nights()
        rules.caps = [CapRule(count: 3, period: 7 * GateTimingTests.day, kinds: ["email", "sms"])]
        let facts = GateTimingTests.facts([1, 30])
        let evidence = GateEvidence(facts, rules: rules, now: GateTimingTests.later(9)).values
        let said = Dictionary(uniqueKeysWithValues: evidence.map { ($0.name, $0.value) })
        #expect(said["cap"] == "2 of 3 in 7d of email, sms")
        #expect(said["clocks"] == "Europe/Berlin 21:00")
        #expect(said["clocks by"] == "profile")
        #expect(said["hours"] == "closed by quiet hours of `house`, Europe/Berlin until 2026-11-25T08:00:00Z")
        #expect(said["tzdata"] == TimeZoneLoader.version)
        #expect(GateEvidence(facts, rules: GateTests.marketing, now: GateTimingTests.noon).values.isEmpty)
    }
}
