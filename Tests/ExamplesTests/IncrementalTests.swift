import RuleEngine
import Runner
import TestKit
import Testing

/// Whatever is typed, in whatever order: what the incremental compiler says in the end is what a compilation of the same
/// files from nothing says.
@Suite struct IncrementalTests {
    /// 8 × 65 edits; the findings are compared after every third or so, because a compilation from nothing takes its time.
    @Test(arguments: 1...8)
    func `after any edits the findings are those of a fresh compilation`(seed: Int) {
        var session = EditSession(seed: UInt64(seed))
        for step in 1...65 {
            let edit = session.edit()
            guard step == 65 || session.random.chance(1, in: 3) else { continue }
            let difference = session.difference()
            #expect(difference == nil, "seed \(seed), edit \(step): \(edit)\n\(difference ?? "")")
            if difference != nil { return }
        }
    }

    @Test func `an edit of one program leaves the others alone`() {
        var session = EditSession(seed: 1)
        session.change("rules/monthly-review.yaml") { $0.replacing("orders so far", with: "orders up to now") }
        #expect(session.compiler.isSettled)
        session.change("rules/monthly-review.yaml") { $0.replacing("contact.orders", with: "contact.order") }
        #expect(session.compiler.isSettled)
        #expect(session.difference() == nil)
    }

    @Test func `a template follows the ways to it, whichever file is edited`() {
        var session = EditSession(seed: 1)
        func files() -> Set<String> {
            Set(session.compiler.settled().findings.keys.map { session.compiler.sources.file($0).path })
        }
        // The sequence has asked whether the day is known.
        session.change("templates/journeys.yaml") {
            $0.replacing("A bouquet of seeds", with: "<<contact.next_birthday | date: \"d MMM\">>: a bouquet")
        }
        #expect(files() == [])
        #expect(session.difference() == nil)
        session.change("rules/monthly-review.yaml") {
            $0 + "---\nrule: unasked\npurpose: marketing\nlawful_basis: consent\ntrigger: {event: profile_completed}\n"
                + "steps:\n  - send: birthday\n    via: [email-main]\n"
        }
        #expect(files().contains("templates/journeys.yaml"))
        #expect(session.difference() == nil)
        session.change("rules/monthly-review.yaml") {
            $0.replacing(
                "{event: profile_completed}", with: "{event: profile_completed, where: contact.next_birthday is known}")
        }
        #expect(!files().contains("templates/journeys.yaml"))
        #expect(session.difference() == nil)
        // Nobody sends it any more.
        session.change("rules/monthly-review.yaml") { $0.replacing("send: birthday", with: "send: price-drop") }
        session.change("campaigns/birthday.yaml") { $0.replacing("send: birthday", with: "send: win-back") }
        #expect(files().contains("templates/journeys.yaml"))
        #expect(session.difference() == nil)
    }

    @Test func `an edit of a template reaches the programs that send it, by a fragment too`() {
        var session = EditSession(seed: 1)
        session.change("templates/journeys.yaml") { $0.replacing("First message of a trial", with: "Hello") }
        #expect(!session.compiler.isSettled)
        #expect(session.difference() == nil)
        session.change("templates/journeys.yaml") {
            $0.replacing("template: trial-nudge", with: "template: trial-push")
        }
        let found = session.compiler.settled().findings
        let paths = Set(found.keys.map { session.compiler.sources.file($0).path })
        #expect(paths == ["campaigns/trial-onboarding.yaml", "tests/trial-onboarding.yaml"])
        #expect(session.difference() == nil)
    }
}

/// The example project under edits, and the compiler that follows them.
private struct EditSession {
    /// One program without its tests: they look into the program, and are looked at again when it changes.
    private static let original = ProjectFolder(path: ExamplesTests.folder).load().filter {
        $0.path != "tests/monthly-review.yaml"
    }
    private static let catalog = Catalog.standard()
    private static let words = [
        "trial-welcome", "trial-nudge", "newsletter", "lapsed-buyers", "staff", "email-main", "sms-eu", "best-reach",
        "nudge-until", "house-marketing", "service", "spring-sale", "birthday", "win-back", "cart-abandoned",
        "out-of-hours", "order_placed", "cart_updated", "contact.seats", "contact.first_name", "entry.total", "support",
        "steps:", "template:", "rule:", "where:", "Europe/Berlin", "EUR", "de", "en",
    ]
    private static let snippets = [
        "---\n", "# allow unreachable-step: for a test\n", "{{ x }}", "<<contact.first_name>>", ": ", "\"", "'", "\n",
        "  - exit: done\n", "policy: extra\npurpose: marketing\n", "segment: staff\nwhere: contact.seats > 1\n---\n",
        "\\", "\t", "# allow text-cut-by-comment: it is meant\n", " #1 ",
    ]

    var random: SeededRandom
    var files = original
    var compiler: IncrementalCompiler

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        compiler = IncrementalCompiler(catalog: Self.catalog)
        compiler.set(files)
        compiler = compiler.settled().compiler
    }

    mutating func change(_ path: String, _ body: (String) -> String) {
        guard let index = files.firstIndex(where: { $0.path == path }) else { return }
        let text = body(String(decoding: files[index].bytes, as: UTF8.self))
        files[index] = SourceFile(path: path, bytes: Array(text.utf8))
        let isKnown = compiler.change(path, to: files[index].bytes)
        precondition(isKnown, "every file was set")
    }

    /// Does something to some file, and says what.
    mutating func edit() -> String {
        switch random.below(10) {
        case 0:
            // Gone, if it isn't the project's; or back again.
            let missing = Self.original.filter { file in !files.contains { $0.path == file.path } }
            if let back = missing.first {
                files = Self.original.filter { file in file.path == back.path || files.contains { $0.path == file.path }
                }
                .map { file in files.first { $0.path == file.path } ?? file }
                compiler.set(files)
                return "\(back.path) comes back"
            }
            let index = random.below(files.count)
            let gone = files.remove(at: index)
            compiler.set(files)
            return "\(gone.path) goes"
        case 1, 2, 3:
            let index = random.below(files.count)
            if let original = Self.original.first(where: { $0.path == files[index].path }) { files[index] = original }
            compiler.set(files)
            return "\(files[index].path) as it was"
        default:
            let index = random.below(files.count)
            let path = files[index].path
            let text = changed(String(decoding: files[index].bytes, as: UTF8.self))
            files[index] = SourceFile(path: path, bytes: Array(text.utf8))
            let isKnown = compiler.change(path, to: files[index].bytes)
            precondition(isKnown, "every file was set")
            return "\(path) is now\n\(text)"
        }
    }

    private mutating func changed(_ text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let at = random.below(lines.count)
        switch random.below(7) {
        case 0: lines.remove(at: at)
        case 1: lines.insert(lines[random.below(lines.count)], at: at)
        case 2: lines.swapAt(at, random.below(lines.count))
        case 3, 4:
            let (old, new) = (random.pick(Self.words), random.pick(Self.words))
            return text.replacing(old, with: new, maxReplacements: 1)
        case 5:
            // A name with one letter more, as somebody types it.
            let old = random.pick(Self.words)
            return text.replacing(old, with: old + "x", maxReplacements: 1)
        default:
            var bytes = Array(lines[at].utf8)
            bytes.insert(contentsOf: Array(random.pick(Self.snippets).utf8), at: random.below(bytes.count + 1))
            lines[at] = String(decoding: bytes, as: UTF8.self)
        }
        return lines.joined(separator: "\n")
    }

    /// Nil where both compilers say the same.
    mutating func difference() -> String? {
        let fresh = Compiler.compile(files, catalog: Self.catalog)
        let renderer = DiagnosticRenderer(sources: fresh.sources)
        var expected: [String: [String]] = [:]
        for finding in fresh.diagnostics {
            expected[fresh.sources.path(of: finding.primary.span), default: []].append(renderer.json(finding))
        }
        let settled = compiler.settled()
        let ours = DiagnosticRenderer(sources: settled.compiler.sources)
        var found: [String: [String]] = [:]
        for (file, findings) in settled.findings {
            found[settled.compiler.sources.file(file).path] = findings.map { ours.json($0) }
        }
        // The next edit meets a settled compiler, or one with work left over.
        if random.chance(1, in: 2) { compiler = settled.compiler }
        for path in Set(expected.keys).union(found.keys).sorted() where expected[path] != found[path] {
            let (left, right) = (expected[path] ?? [], found[path] ?? [])
            return "\(path)\nfresh only: \(left.filter { !right.contains($0) })\nincremental only: "
                + "\(right.filter { !left.contains($0) })"
        }
        guard Self.versions(of: fresh.project) == Self.versions(of: settled.project) else { return "other graphs" }
        return nil
    }

    private static func versions(of project: CheckedProject?) -> [[UInt8]]? {
        guard let project else { return nil }
        let campaigns = project.campaigns.values.sorted { $0.id < $1.id }
        return campaigns.map { ProgramGraph.lower($0, in: project).canonicalForm }
            + project.journeys.map { ProgramGraph.lower($0, in: project).canonicalForm }
    }
}
