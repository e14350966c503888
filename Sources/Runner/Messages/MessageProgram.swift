internal import Crypto
package import RuleEngine

/// The rule that a single message is a run of. It is written for the message and compiled with the project's files, so that
/// everything that holds for programs holds for it: types, legal packs, the gate, the ledger, `why`. Messages of one form share
/// one: what differs among them are the fields that their runs begin with.
package struct MessageProgram: Sendable, Hashable {
    /// What its runs begin with. No schema declares it, and nobody outside can send it.
    package static let event = "api_message"
    package static let rulePath = ".message/rule.yaml"
    private static let variablesPath = ".message/variables"

    private static let prefix = "message-"

    package let id: String
    package let rule: String
    /// `name: type`, a line each.
    package let variables: String

    private init(head: String, variables: EventSchema) {
        let lines = variables.lines
        let digest = SHA256.hash(data: Array((head + "\u{0}" + lines).utf8)).prefix(8)
        let digits = Array("0123456789abcdef")
        id = Self.prefix + String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        rule = "rule: \(id)\n" + head
        self.variables = lines
    }

    /// - Parameter schema: of the variables, typed.
    init(_ request: MessageRequest, channelKind kind: String, language: String, purpose: Purpose, schema: EventSchema) {
        var head = "about: A message that was asked for over the API\npurpose: \(purpose.rawValue)\n"
        for (key, value) in [("topic", request.topic), ("policy", request.policy), ("brand", request.brand)] {
            if let value { head += "\(key): \(YAMLText.quoted(value))\n" }
        }
        if purpose == .marketing { head += "lawful_basis: consent\n" }
        head += """
            trigger: {webhook: \(Self.event)}
            runs: many
            via: [\(YAMLText.quoted(request.channel))]
            steps:
              - send: \(request.template.map(YAMLText.quoted) ?? "message")

            """
        if request.template == nil {
            head += "    message:\n      \(kind):\n        \(language):\n"
            for (key, value) in Self.members(of: request, isMail: kind == "email") {
                head += "          \(key): \(value)\n"
            }
        }
        self.init(head: head, variables: schema)
    }

    private static func members(of request: MessageRequest, isMail: Bool) -> [(key: String, value: String)] {
        let content = request.content
        var members: [(key: String, value: String)] = []
        if let subject = content.subject { members.append(("subject", YAMLText.quoted(subject))) }
        if let text = content.text { members.append((isMail ? "body" : "text", YAMLText.quoted(text))) }
        if let html = content.html { members.append(("html", YAMLText.quoted(html))) }
        switch request.kind {
        case .text, .template: break
        case .image, .video, .audio, .file:
            guard let media = content.media else { break }
            if isMail {
                members.append(("attachments", "[\(YAMLText.quoted(media))]"))
            } else {
                members.append((request.kind.rawValue.lowercased(), YAMLText.quoted(media)))
                if let name = content.fileName { members.append(("name", YAMLText.quoted(name))) }
            }
        case .location:
            guard let place = content.location else { break }
            var fields = [
                "latitude: \(YAMLText.quoted(place.latitude))", "longitude: \(YAMLText.quoted(place.longitude))",
            ]
            if let label = place.label { fields.append("label: \(YAMLText.quoted(label))") }
            members.append(("location", "{\(fields.joined(separator: ", "))}"))
        }
        return members
    }

    /// The same for SQLite's GLOB.
    package static let pattern = prefix + String(repeating: "[0-9a-f]", count: 16)

    /// Whether a program was written for messages that somebody asked for: nobody who looks at programs means these.
    package static func isID(_ program: String) -> Bool {
        program.hasPrefix(prefix) && program.utf8.count == prefix.utf8.count + 16
            && program.utf8.dropFirst(prefix.utf8.count).allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
    }

    // MARK: With a project

    /// The files that its version keeps.
    package func files(with project: [SourceFile]) -> [SourceFile] {
        project + [
            SourceFile(path: Self.rulePath, bytes: Array(rule.utf8)),
            SourceFile(path: Self.variablesPath, bytes: Array(variables.utf8)),
        ]
    }

    /// Compiles files as they were kept, a message's among them or not.
    package static func compile(_ files: [SourceFile], catalog: Catalog) -> Compiler.Result {
        guard let variables = files.first(where: { $0.path == variablesPath }) else {
            return Compiler.compile(files, catalog: catalog)
        }
        var catalog = catalog
        let lines = String(decoding: variables.bytes, as: UTF8.self)
        catalog.events = EventSchema(id: event, lines: lines).map { [$0] } ?? []
        return Compiler.compile(files.filter { $0.path != variablesPath }, catalog: catalog)
    }
}

extension LiveVersion {
    /// Written for messages that somebody asks for, and no program of the files.
    var isMessage: Bool {
        if case .webhook(MessageProgram.event) = journey.entry.cause { true } else { false }
    }
}
