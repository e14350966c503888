import Testing

@testable import RuleEngine

/// A template that several programs send: what each way to it has shown holds in it, and a way that hasn't is named.
struct SharedTemplateTests {
    private static func template(_ text: String) -> (path: String, text: String) {
        (
            "templates/hello.yaml",
            "template: hello\npurpose: transactional\nemail:\n  en:\n    subject: Hello\n    body: '\(text)'\n"
        )
    }

    private static func sequence(
        _ steps: String, id: String = "one", enter: String = "{event: trial_started}"
    ) -> (path: String, text: String) {
        (
            "sequences/\(id).yaml",
            "sequence: \(id)\npurpose: transactional\nenter: \(enter)\nvia: [email-main]\nsteps:\n\(steps)"
        )
    }

    private static func campaign(_ audience: String) -> (path: String, text: String) {
        (
            "campaigns/all.yaml",
            "campaign: all\npurpose: transactional\naudience: \(audience)\nvia: [email-main]\nsend: hello\n"
        )
    }

    private static let name = template("Hi <<contact.first_name>>")
    private static let asked = "  - if: contact.first_name is known\n    then:\n      - send: hello\n"
    private static let blind = "  - send: hello\n"

    static let projects: [(String, [(path: String, text: String)], [String])] = [
        ("nobody sends it", [name], ["E0312"]),
        ("its one send is behind the question", [name, sequence(asked)], []),
        ("its one send is not", [name, sequence(blind)], ["E0312"]),
        (
            "all are",
            [name, sequence(asked), sequence(asked, id: "two"), campaign("{where: contact.first_name is known}")], []
        ),
        ("one of them is not", [name, sequence(asked), sequence(blind, id: "two")], ["E0312"]),
        ("the wrong question is asked", [name, sequence(asked.replacing("first_name", with: "email"))], ["E0312"]),
        (
            "the question ends the others",
            [
                name,
                sequence("  - if: contact.first_name is missing\n    then:\n      - exit: nameless\n" + blind),
            ], []
        ),
        (
            "the entry asks",
            [name, sequence(blind, enter: "{event: trial_started, where: contact.first_name is known}")], []
        ),
        (
            "the segment that people enter asks",
            [
                name, ("segments/named.yaml", "segment: named\nwhere: contact.first_name is known\n"),
                sequence(blind, enter: "{segment: named, when: enters, existing: leave_out}"),
            ], []
        ),
        (
            "the segment that people leave asks",
            [
                name, ("segments/named.yaml", "segment: named\nwhere: contact.first_name is known\n"),
                sequence(blind, enter: "{segment: named, when: leaves, existing: leave_out}"),
            ], ["E0312"]
        ),
        ("the audience asks nothing", [name, campaign("{where: contact.seats > 3}")], ["E0312"]),
        (
            "each of the included segments asks",
            [
                name,
                (
                    "segments/named.yaml",
                    "segment: named\nwhere: contact.first_name is known\n---\nsegment: annas\nwhere: contact.first_name == \"Anna\"\n"
                ), campaign("{include: [named, annas]}"),
            ], []
        ),
        (
            "one of the included segments does not",
            [
                name, ("segments/named.yaml", "segment: named\nwhere: contact.first_name is known\n"),
                campaign("{include: [named, newsletter]}"),
            ], ["E0312"]
        ),
        (
            "the excluded segment asks for those without",
            [
                name, ("segments/nameless.yaml", "segment: nameless\nwhere: contact.first_name is missing\n"),
                campaign("{exclude: [nameless]}"),
            ], []
        ),
        (
            "a fragment asks",
            [
                name, ("fragments/f.yaml", "fragment: f\nsteps:\n" + asked), sequence("  - use: f\n"),
            ], []
        ),
        (
            "whoever uses the fragment asks",
            [
                name, ("fragments/f.yaml", "fragment: f\nsteps:\n" + blind),
                sequence("  - if: contact.first_name is known\n    then:\n      - use: f\n"),
            ], []
        ),
        (
            "one use of the fragment asks",
            [
                name, ("fragments/f.yaml", "fragment: f\nsteps:\n" + blind),
                sequence("  - if: contact.first_name is known\n    then:\n      - use: f\n"),
                sequence("  - use: f\n", id: "two"),
            ], ["E0312"]
        ),
        (
            "a fragment takes it as an input",
            [
                name, ("fragments/f.yaml", "fragment: f\ninputs: {what: template}\nsteps:\n  - send: input.what\n"),
                sequence(
                    "  - if: contact.first_name is known\n    then:\n      - use: f\n        with: {what: hello}\n"),
            ], []
        ),
        (
            "a fragment takes it as an input, unasked",
            [
                name, ("fragments/f.yaml", "fragment: f\ninputs: {what: template}\nsteps:\n  - send: input.what\n"),
                sequence("  - use: f\n    with: {what: hello}\n"),
            ], ["E0312"]
        ),
        // Of the event with which the run began.
        (
            "the event's field is asked for",
            [
                template("<<entry.cart_id>>"),
                sequence(blind, enter: "{event: order_placed, where: event.cart_id is known}"),
            ], []
        ),
        (
            "the event's field is not asked for",
            [
                template("<<entry.cart_id>>"), sequence(blind, enter: "{event: order_placed}"),
            ], ["E0312"]
        ),
        (
            "another event always has it",
            [
                template("<<entry.cart_id>>"), sequence(blind, enter: "{event: cart_updated}"),
            ], []
        ),
        // Of the past: what time can't take away.
        (
            "the past is asked for",
            [
                template("<<last(order_placed) | date>>"),
                sequence("  - if: last(order_placed) is known\n    then:\n      - wait: 3d\n      - send: hello\n"),
            ], []
        ),
        (
            "a window of the past is asked for",
            [
                template("<<last(order_placed, last 30d) | date>>"),
                sequence("  - if: last(order_placed, last 30d) is known\n    then:\n      - send: hello\n"),
            ], ["E0312"]
        ),
        (
            "a field that a later event may lack",
            [
                template("<<last(order_placed.cart_id)>>"),
                sequence("  - if: last(order_placed.cart_id) is known\n    then:\n      - send: hello\n"),
            ], ["E0312"]
        ),
        (
            "a window in the text itself",
            [
                template("<<if last(order_placed, last 30d) is known>><<last(order_placed, last 30d) | date>><<end>>")
            ], []
        ),
        // The rest is wrong wherever it is sent, and told once.
        (
            "something else is wrong as well",
            [
                template("Hi <<contact.first_name>> <<contact.frist_name>>"), sequence(asked),
            ], ["E0312", "E0240"]
        ),
        (
            "a program that can't be read sends it",
            [
                name, ("sequences/one.yaml", "sequence: one\nsteps:\n  - send: hello\n"),
            ], ["E0206", "E0206"]
        ),
    ]

    @Test(arguments: projects)
    func `it is held against the ways to its sends`(
        _ what: String, _ files: [(path: String, text: String)], _ codes: [String]
    ) {
        let result = BaseProject.compile(files)
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        #expect(result.diagnostics.map(\.code).sorted() == codes.sorted(), "\(what): \(text)")
    }

    @Test func `one finding names all uses that have shown nothing`() throws {
        let result = BaseProject.compile([
            Self.name, Self.sequence(Self.asked + Self.blind, id: "one"), Self.sequence(Self.blind, id: "two"),
            Self.sequence(Self.asked, id: "three"),
        ])
        let finding = try #require(result.diagnostics.first)
        #expect(result.diagnostics.count == 1)
        #expect(result.sources.path(of: finding.primary.span) == "templates/hello.yaml")
        let uses = finding.secondary.filter { $0.text.hasPrefix("sent here") }.map { label in
            "\(result.sources.path(of: label.span)):\(result.sources.position(of: label.span.start, in: label.span.file).line)"
        }
        #expect(uses == ["sequences/one.yaml:9", "sequences/two.yaml:6"])
    }

    @Test func `what is sent is the text of its own way`() throws {
        let project = try #require(
            BaseProject.compile([
                Self.template("Hi <<if contact.first_name is known>><<contact.first_name>><<end>>"),
                Self.sequence(Self.blind),
            ]).project)
        #expect(project.sequences["one"] != nil)
        let relying = try #require(BaseProject.compile([Self.name, Self.sequence(Self.asked)]).project)
        guard case .branch(let arms, _)? = relying.sequences["one"]?.steps.first?.action,
            case .send(let send)? = arms.first?.steps.first?.action
        else {
            Issue.record("no send")
            return
        }
        #expect(send.template.id == "hello" && send.template.messages["email"]?["en"] != nil)
        #expect(relying.templates["hello"] != nil)
    }
}
