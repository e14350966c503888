import ArgumentParser
import Glibc
import RuleEngine
import Runner

struct Play: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Walk one person through a program by hand, on a paper phone.",
        discussion: """
            Nothing is sent. Time stands still until you say `next` or `wait 2d`; `event`, `open`, `click` and the \
            others let things happen; `help` lists them. Lines may be piped in.
            """
    )

    @Argument(help: "The program's file, or its id.")
    var program: String

    @Option(help: "Take the person of the test with this name. Without it: that of the program's first test.")
    var like: String?

    @Option(help: "When it begins, on the person's clock: 2027-03-18 10:00. Without it: where that test begins.")
    var at: String?

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let named = try NamedProgram(program, in: project, sources, workspace)
        let stage = try RehearsalStage.of(project)
        guard let place = stage.program(named.kind, named.id) else {
            throw CommandFailure(.usage, reason: "not_found", message: "there is no program `\(program)`")
        }
        let model = try model(named, project)
        let given = model?.given ?? CheckedTest.Person()
        let zone = given.zone.flatMap { stage.rules(of: $0) } ?? stage.projectZone
        let words = FailureWords(sources, currency: project.settings.currency)
        var session = PlaySession(
            stage, scope: stage.scope(of: place),
            person: RehearsalPerson(model == nil ? .sample(of: project) : given, id: "paper", schema: project.schema),
            start: try start(model, zone), words: { words.text($0, $1) })
        let output = Terminal.output
        let isTyped = isatty(STDIN_FILENO) == 1
        if !options.json {
            output.line(output.styled("\(named.kind.rawValue) \(named.id)", .bold) + ", \(session.clock)")
            if isTyped { output.line("`help` says what can be done, `quit` ends it.") }
        }
        show(session.begin())
        var lines = InputLines(limit: 10_000)
        while !session.isOver {
            if isTyped { output.write(output.styled("\(session.clock) › ", .dim)) }
            guard let line = lines.next() else { break }
            guard let bytes = line.bytes else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            if !isTyped, !options.json { output.line("› \(text)") }
            show(session.take(text))
        }
        if options.json { output.write(JSON.array(session.rehearsal.facts.map { json($0, words, zone) }).text) }
    }

    private func show(_ lines: [String]) {
        guard !options.json else { return }
        for line in lines { Terminal.output.line(line) }
    }

    private func json(_ fact: RehearsalFact, _ words: FailureWords, _ zone: TimeZoneRules) -> JSON {
        [
            "at": .string(Figures.instant(fact.at)), "program": .string(fact.program),
            "fact": .string(fact.kind.word), "text": .string(FactWords.text(fact, zone)),
            "place": fact.span.map { .string(words.place($0)) } ?? .null,
        ]
    }

    private func model(_ named: NamedProgram, _ project: CheckedProject) throws -> CheckedTest? {
        guard let like else {
            return project.tests.first { $0.target == .program(named.kind, named.id) && !$0.timeline.isEmpty }
        }
        guard let test = project.tests.first(where: { $0.name == like }) else {
            throw CommandFailure(
                .usage, reason: "not_found", message: "there is no test `\(like)`",
                help: "`carillon test` lists them")
        }
        return test
    }

    private func start(_ model: CheckedTest?, _ zone: TimeZoneRules) throws -> Timestamp {
        if let at {
            guard let moment = TestReader.moment(at) else {
                throw ValidationError("--at takes a date and a time, like `2027-03-18 10:00`")
            }
            return zone.instant(of: moment)
        }
        if case .at(let moment)? = model?.timeline.first?.time { return zone.instant(of: moment) }
        return TestRun.anyDay(zone)
    }
}

extension NamedProgram {
    var kind: DocumentKind {
        switch self {
        case .campaign: .campaign
        case .journey(let journey): journey.kind
        }
    }

    var id: String {
        switch self {
        case .campaign(let campaign): campaign.id
        case .journey(let journey): journey.id
        }
    }
}

extension CheckedTest.Person {
    /// Somebody for a project without tests: every field that must be there, every address, and firm consent.
    static func sample(of project: CheckedProject) -> CheckedTest.Person {
        var person = CheckedTest.Person()
        for field in project.schema.fields {
            switch field.type.type {
            case .email: person.fields[field.name] = Value("anna@example.com")
            case .phone: person.fields[field.name] = Value("+4915112345678")
            case .country: person.fields[field.name] = Value("DE")
            case .locale: person.fields[field.name] = Value(project.settings.languageFallback ?? "en")
            case .oneOf(let words): person.fields[field.name] = words.first.map { Value($0) } ?? .missing
            case .int: if !field.type.isOptional { person.fields[field.name] = .number(1, .int) }
            case .decimal: if !field.type.isOptional { person.fields[field.name] = .number(1_000_000, .decimal) }
            case .money: if !field.type.isOptional { person.fields[field.name] = .number(1_000_000, .money) }
            case .bool: if !field.type.isOptional { person.fields[field.name] = .bool(false) }
            case .text: if field.name == "first_name" { person.fields[field.name] = Value("Anna") }
            case .date, .instant, .duration, .channelKind, .list, .unknown: break
            }
        }
        for kind in Set(project.channels.values.map(\.kind)) { person.consent[kind] = .expressWritten }
        return person
    }
}
