/// What an edit did to the documents of its files, as far as others can tell.
struct Difference {
    /// Ids that came, went or changed places.
    private(set) var names: Set<String> = []
    /// Ids of declarations that say something else now, or say it elsewhere.
    private(set) var declarations: Set<String> = []
    /// Ids of programs that begin with another event: `start` gives them that event's fields.
    private(set) var entries: Set<String> = []
    /// A project, schema or policy is among them, which documents depend on without mentioning it.
    private(set) var isWhole = false

    var declares: Bool { !declarations.isEmpty }

    /// Whoever mentions one of these must be checked again.
    var ids: Set<String> { names.union(declarations).union(entries) }

    /// - Parameter unchanged: how many bytes at the beginning of the file are the same. Documents that end before that are
    ///   the same, and stand where they stood.
    mutating func add(_ before: [Document], _ after: [Document], unchanged: Int) {
        let isSameList =
            before.count == after.count && zip(before, after).allSatisfy { $0.kind == $1.kind && $0.id == $1.id }
        if !isSameList {
            for document in before + after { names.insert(document.id) }
        }
        for (index, document) in after.enumerated() {
            if index < before.count, Int(document.node.span.end) < unchanged, isSameList { continue }
            add(document)
        }
        for (index, document) in before.enumerated() {
            if index < after.count, Int(document.node.span.end) < unchanged, isSameList { continue }
            add(document)
        }
        guard isSameList else { return }
        for (old, new) in zip(before, after) where old.entryEvent != new.entryEvent { entries.insert(new.id) }
    }

    private mutating func add(_ document: Document) {
        guard !ProjectChecker.programKinds.contains(document.kind) else { return }
        declarations.insert(document.id)
        if Self.isWhole(document.kind) { isWhole = true }
    }

    /// Whether documents depend on this kind without mentioning it.
    static func isWhole(_ kind: DocumentKind) -> Bool {
        switch kind {
        case .project, .schema, .policy: true
        case .segment, .channel, .template, .route, .fragment, .campaign, .sequence, .rule, .test: false
        }
    }
}

extension Document {
    /// The event whose fields a run begins with, as it is written.
    fileprivate var entryEvent: String? {
        let begin = value("enter") ?? value("trigger")
        return begin?.text("event") ?? begin?.text("webhook")
    }
}
