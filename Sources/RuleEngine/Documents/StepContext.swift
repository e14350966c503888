/// What is known where a step stands.
struct StepContext {
    /// Nil in a fragment that is checked by itself.
    let purpose: Purpose?
    var scope: ExpressionScope
    /// The channel of the message that began the run: `via: reply` answers there.
    let replyChannel: String?
    /// The event that the run began with.
    let entryEvent: String?
    /// The program's own, for sends that name none.
    var via: SyntaxEntry?
    /// Who sends.
    var brand: Brand?
    /// Of the fragment in which the steps stand.
    var inputs: [String: FragmentInput] = [:]
    /// False in a fragment that is checked by itself: what its inputs stand for is open.
    var isExpanded = true
    /// Makes the keys of a fragment's steps differ from use to use.
    var prefix = ""
    /// The fragments around, outermost first.
    var fragments: [String] = []

    init(purpose: Purpose?, scope: ExpressionScope, entry: EntryFacts?) {
        self.purpose = purpose
        self.scope = scope
        replyChannel = entry?.channel
        entryEvent = entry?.entry.event
    }

    /// In a fragment by itself a template, channel or event may be open.
    var isOpen: Bool { !isExpanded }

    func key(of step: SyntaxNode) -> String {
        StepNames.key(of: step, prefix: prefix)
    }
}

/// What stands behind `input.name`.
struct FragmentInput {
    let type: InputType
    /// Nil where the fragment is checked by itself.
    let argument: SyntaxScalar?
}

/// The names by which conditions may ask about the steps of a program.
enum StepNames {
    /// `name:`, or for a send without one the id of its template. Names inside of fragments stay inside.
    static func collect(
        in steps: SyntaxNode, prefix: String, _ links: [String: Set<String>]
    ) -> [String: JourneyScope.Step] {
        var names: [String: JourneyScope.Step] = [:]
        collect(in: steps, prefix: prefix, links, into: &names)
        return names
    }

    static func key(of step: SyntaxNode, prefix: String) -> String {
        "\(prefix)\(step.span.file.rawValue):\(step.span.start)"
    }

    private static func collect(
        in node: SyntaxNode, prefix: String, _ links: [String: Set<String>],
        into names: inout [String: JourneyScope.Step]
    ) {
        for step in node.items ?? [] {
            let template = step.text("send")
            if let name = step.text("name") ?? template.flatMap({ $0 == "message" || $0 == "text" ? nil : $0 }) {
                let reference = StepReference(name: name, key: key(of: step, prefix: prefix))
                let own = step.value("message").map { DeclaredLinkNames.all(in: $0) } ?? []
                names[name] =
                    names[name] == nil ? .one(reference, links: template.flatMap { links[$0] } ?? own) : .several
            }
            for entry in step.entries ?? [] {
                switch entry.key.text {
                case "then", "else", "do": collect(in: entry.value, prefix: prefix, links, into: &names)
                case "choose":
                    for arm in entry.value.items ?? [] {
                        for part in arm.entries ?? [] {
                            collect(in: part.value, prefix: prefix, links, into: &names)
                        }
                    }
                case "arms":
                    for arm in entry.value.entries ?? [] {
                        if let steps = arm.value.value("do") { collect(in: steps, prefix: prefix, links, into: &names) }
                    }
                default: break
                }
            }
        }
    }
}
