import RuleEngine
import Testing

/// Changes of meaning between two versions, and nothing else.
struct ProjectComparisonTests {
    private typealias Parts = CanonicalFormTests.Parts

    private static func compiled(_ parts: Parts, seed: UInt64) throws -> (project: CheckedProject, sources: SourceMap) {
        var writer = YAMLWriter(seed: seed)
        let files = parts.documents.map { (path: $0.path, text: writer.document($0.value)) }
        let result = BaseProject.compile(files + [("templates/welcome.yaml", "")])
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        return (try #require(result.project, "\(text)"), result.sources)
    }

    @Test(arguments: 0..<4)
    func `a hundred ways to write a project down differ in nothing`(_ quarter: Int) throws {
        let (old, _) = try Self.compiled(Parts(), seed: 0)
        for seed in 1...25 {
            let (new, _) = try Self.compiled(Parts(), seed: UInt64(quarter * 1000 + seed))
            #expect(ProjectComparison.changes(from: old, to: new) == [], "seed \(quarter * 1000 + seed)")
        }
    }

    /// Mutations that touch two things by their nature: two segments, two packs, or the texts of both languages.
    private static let double: Set<String> = [
        "exclude others", "packs", "body", "condition in the body", "default", "white space of the body",
    ]

    /// In which file a mutation of that name is seen, where it isn't the campaign's.
    private static let places: [String: String] = [
        "brand's name": "", "address": "", "website": "", "zone": "", "fallback": "",
        "segment": "segments/newsletter.yaml", "other segment": "segments/buyers.yaml",
        "excluded segment": "segments/staff.yaml", "consent": "policies/house-marketing.yaml",
        "uncertain": "policies/house-marketing.yaml", "quiet hours": "policies/house-marketing.yaml",
        "dropped": "policies/house-marketing.yaml", "cap": "policies/house-marketing.yaml",
        "capped": "policies/house-marketing.yaml", "approval": "policies/house-marketing.yaml",
        "sender": "channels/main.yaml", "subject": "templates/offer.yaml", "German subject": "templates/offer.yaml",
        "type": "schema/acme.yaml",
    ]

    @Test(arguments: 0..<4)
    func `a hundred and twenty changes of meaning are one change each, at their place`(_ quarter: Int) throws {
        let (old, _) = try Self.compiled(Parts(), seed: 0)
        let mutations = CanonicalFormTests.mutations.filter { !Self.double.contains($0.name) }
        var random = SeededGenerator(seed: UInt64(quarter))
        for number in 0..<30 {
            let mutation = mutations[(quarter * 30 + number) % mutations.count]
            var parts = Parts()
            mutation.change(&parts, Int.random(in: 0..<300, using: &random))
            let (new, sources) = try Self.compiled(parts, seed: random.next())
            let changes = ProjectComparison.changes(from: old, to: new)
            // Quiet hours and caps are lists: another entry is one gone and one new.
            let expected = ["quiet hours", "cap"].contains(mutation.name) ? 2 : 1
            #expect(changes.count == expected, "\(mutation.name): \(changes.map(\.text))")
            guard let side = changes.last.flatMap({ $0.now ?? nil }) else { continue }
            let place = side.span.map { sources.path(of: $0) } ?? ""
            #expect(place == Self.places[mutation.name] ?? "campaigns/spring.yaml", "\(mutation.name)")
        }
    }

    @Test func `texts of both languages are two changes`() throws {
        let (old, _) = try Self.compiled(Parts(), seed: 0)
        var parts = Parts()
        parts.body = parts.body.replacing("15% off", with: "20% off")
        let changes = ProjectComparison.changes(from: old, to: try Self.compiled(parts, seed: 9).project)
        #expect(
            changes.map(\.text) == [
                "the text (email, de, text) has changed", "the text (email, en, text) has changed",
            ])
        #expect(
            changes.allSatisfy {
                $0.now?.words.contains("20% off") == true && $0.was?.words.contains("15% off") == true
            })
    }

    @Test func `a renamed document is the same document, and a renamed campaign another one`() throws {
        let (old, _) = try Self.compiled(Parts(), seed: 0)
        var parts = Parts()
        parts.segmentName = "readers"
        parts.templateName = "spring"
        #expect(ProjectComparison.changes(from: old, to: try Self.compiled(parts, seed: 1).project) == [])
        parts.id = "summer-sale"
        let changes = ProjectComparison.changes(from: old, to: try Self.compiled(parts, seed: 2).project)
        #expect(changes.map(\.text) == ["it has another id, and so is another program"])
    }

    static let directions: [(String, String, MeaningChange.Direction?)] = [
        ("contact.seats > 3", "contact.seats > 5", .narrower), ("contact.seats > 3", "contact.seats >= 3", .wider),
        ("contact.seats < 3", "contact.seats <= 3", .wider), ("contact.seats < 3", "contact.seats < 2", .narrower),
        ("contact.seats > 3", "contact.seats < 3", nil),
        ("contact.country in [\"DE\", \"AT\"]", "contact.country in [\"DE\"]", .narrower),
        ("contact.country in [\"DE\"]", "contact.country in [\"DE\", \"AT\"]", .wider),
        ("contact.country in [\"DE\"]", "contact.country in [\"FR\"]", nil),
        ("contact.seats > 3", "contact.seats > 3 and contact.plan == \"pro\"", .narrower),
        ("contact.seats > 3", "contact.seats > 3 or contact.plan == \"pro\"", .wider),
        (
            "contact.seats > 3 and contact.plan == \"pro\" and contact.country == \"DE\"",
            "contact.seats > 3 and contact.plan == \"pro\"", .wider
        ),
    ]

    @Test(arguments: directions)
    func `an audience that widens or narrows says so, where that is certain`(
        _ was: String, _ now: String, _ direction: MeaningChange.Direction?
    ) throws {
        var before = Parts()
        before.conditions = [was]
        var after = Parts()
        after.conditions = [now]
        let changes = ProjectComparison.changes(
            from: try Self.compiled(before, seed: 0).project, to: try Self.compiled(after, seed: 1).project)
        #expect(changes.map(\.text) == ["a condition of the audience has changed"])
        #expect(changes.first?.direction == direction)
    }

    @Test func `weaker consent stands out`() throws {
        var strict = Parts()
        strict.consent = "express"
        let changes = ProjectComparison.changes(
            from: try Self.compiled(strict, seed: 0).project, to: try Self.compiled(Parts(), seed: 1).project)
        #expect(changes.map(\.text) == ["the consent that email needs has changed"])
        #expect(changes.first?.direction == .weakerConsent)
    }

    // MARK: Sequences

    private static func journey(_ sequence: String, fragment: String = JourneyGraphTests.fragment) throws -> (
        project: CheckedProject, sources: SourceMap
    ) {
        let result = BaseProject.compile([("sequences/onboarding.yaml", sequence), ("fragments/nudge.yaml", fragment)])
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        return (try #require(result.project, "\(text)"), result.sources)
    }

    private static func changes(_ old: String, _ new: String, fragment: String = JourneyGraphTests.fragment) throws
        -> [MeaningChange]
    {
        let (old, _) = try journey(old)
        return ProjectComparison.changes(from: old, to: try journey(new, fragment: fragment).project)
    }

    @Test(arguments: JourneyGraphTests.sameMeaning)
    func `what means the same in a sequence is no change`(_ name: String, _ old: String, _ new: String) throws {
        let changed = JourneyGraphTests.sequence.replacing(old, with: new)
        #expect(try Self.changes(JourneyGraphTests.sequence, changed) == [], "\(name)")
    }

    @Test(arguments: JourneyGraphTests.otherMeaning)
    func `what means something else in a sequence is one change`(_ name: String, _ old: String, _ new: String) throws {
        // Every send of the program names its channels; a step that is asked for twice is asked in two places.
        let many = ["channel": 4, "step asked for": 2, "function": 2]
        let changed = JourneyGraphTests.sequence.replacing(old, with: new)
        let (before, _) = try Self.journey(JourneyGraphTests.sequence)
        let (after, sources) = try Self.journey(changed)
        let changes = ProjectComparison.changes(from: before, to: after)
        #expect(changes.count == many[name] ?? 1, "\(name): \(changes.map(\.text))")
        let paths = changes.compactMap { $0.now?.span ?? $0.was?.span }.map { sources.path(of: $0) }
        #expect(paths.allSatisfy { $0.hasPrefix("sequences/") || $0.hasPrefix("fragments/") }, "\(name)")
    }

    private static let steps = """
        sequence: onboarding
        purpose: marketing
        lawful_basis: consent
        enter: {event: trial_started}
        via: [email-main]
        steps:
          - send: welcome
            name: one
          - wait: 2d
          - tag: first
          - if: contact.seats > 3
            then:
              - tag: big
              - wait: 5d
          - send: welcome
            name: two

        """

    static let edits: [(String, String, String, [String])] = [
        ("a step more", "  - tag: first\n", "  - tag: first\n  - tag: second\n", ["step 4 is new"]),
        ("a step less", "  - wait: 2d\n", "", ["step 2 is gone"]),
        ("a wait", "wait: 2d", "wait: 3d", ["step 2 has changed"]),
        ("deep inside", "wait: 5d", "wait: 6d", ["step 4, if so, 2 has changed"]),
        ("a question", "seats > 3", "seats > 4", ["step 4 has changed"]),
        (
            "moved", "  - wait: 2d\n  - tag: first\n", "  - tag: first\n  - wait: 2d\n",
            ["step 2 has moved, and is step 3"]
        ),
        (
            "a way more", "      - wait: 5d\n", "      - wait: 5d\n    else:\n      - tag: small\n",
            ["step 4, if not, 1 is new"]
        ),
        ("another name", "name: one", "name: hello", []),
        ("a name and a wait", "name: one\n  - wait: 2d", "name: hello\n  - wait: 3d", ["step 2 has changed"]),
    ]

    @Test(arguments: edits)
    func `steps are matched as a reader would`(_ name: String, _ old: String, _ new: String, _ expected: [String])
        throws
    {
        let changed = Self.steps.replacing(old, with: new)
        #expect(changed != Self.steps)
        #expect(try Self.changes(Self.steps, changed).map(\.text) == expected, "\(name)")
    }

    @Test func `a change has both places`() throws {
        let (before, first) = try Self.journey(Self.steps)
        let (after, second) = try Self.journey("# a comment\n" + Self.steps.replacing("wait: 5d", with: "wait: 6d"))
        let change = try #require(ProjectComparison.changes(from: before, to: after).first)
        let was = try #require(change.was)
        let now = try #require(change.now)
        #expect(was.words == "Wait 5 days." && now.words == "Wait 6 days.")
        #expect(was.span.map { first.start(of: $0).line } == 14)
        #expect(now.span.map { second.start(of: $0).line } == 15)
    }

    @Test func `a key above the steps is shown at its own line`() throws {
        func compiled(_ priority: Int, _ budget: Int, _ holdout: Int, _ seats: Int, _ change: String) throws -> (
            project: CheckedProject, sources: SourceMap
        ) {
            let result = BaseProject.compile([
                (
                    "sequences/s.yaml",
                    """
                    sequence: s
                    purpose: marketing
                    topic: offers-\(priority)
                    lawful_basis: consent
                    priority: \(priority)
                    enter: {event: trial_started}
                    exit_when:
                      - contact.seats > \(seats)
                    holdout: \(holdout)%
                    via: [email-main]
                    budget: {at_most: EUR \(budget)}
                    steps:
                      - send: welcome
                    when_changed: \(change)

                    """
                )
            ])
            return (try #require(result.project), result.sources)
        }
        let (old, _) = try compiled(1, 50, 5, 3, "keep")
        let (new, sources) = try compiled(2, 60, 10, 4, "end")
        let lines = ProjectComparison.changes(from: old, to: new).compactMap { change in
            change.now?.span.map { Int(sources.position(of: $0.start, in: $0.file).line) }
        }
        #expect(lines.sorted() == [3, 5, 8, 9, 11, 14])
    }
}
