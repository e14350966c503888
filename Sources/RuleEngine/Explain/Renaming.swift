/// Names that only point inside, and what each is called elsewhere. A comparison of two projects looks through it, so that a
/// segment by another name is the same segment.
struct Renaming: Sendable {
    enum Kind: Sendable {
        case segment, template, channel, policy, route, step
    }

    private struct Key: Hashable {
        let kind: Kind
        let id: String
    }

    private var names: [Key: String] = [:]

    mutating func add(_ kind: Kind, _ id: String, now: String) {
        names[Key(kind: kind, id: id)] = now
    }

    func callAsFunction(_ kind: Kind, _ id: String) -> String {
        names.isEmpty ? id : names[Key(kind: kind, id: id)] ?? id
    }
}

extension Wording {
    /// What the thing is called that the reader knows.
    func alias(_ kind: Renaming.Kind, _ id: String) -> String {
        renaming(kind, id)
    }
}
