import RuleEngine

/// Who is who.
extension ServiceDesk {
    package func matches(of name: String) throws -> [JSON] {
        try identities().matches(of: try contact(name)).map {
            ["contact": .string($0.contact), "kind": .string($0.kind), "address": .string($0.address)]
        }
    }

    /// Makes two contacts one person. Only addresses that somebody has proved make it sure; a person may say it all the same,
    /// with a reason.
    package func merge(_ from: String, into name: String, because why: String, actor: String) throws -> ContactMerge {
        let (source, target) = (try contact(from), try contact(name))
        guard source != target else {
            throw ServiceRefusal(.conflict, "same_person", "`\(from)` and `\(name)` are one contact")
        }
        let merged = try identities().merge(source, into: target, why: why, actor: actor, now: now)
        guard let merged else {
            throw ServiceRefusal(
                .conflict, "merged", "one of them was merged into somebody else before", help: "undo that first")
        }
        return merged
    }

    package func merges(of name: String) throws -> [ContactMerge] {
        try identities().merges(of: try contact(name))
    }

    package func undo(merge id: String, of name: String) throws -> ContactMerge {
        let key = try contact(name)
        guard let number = Int64(id), let merge = try identities().merges(of: key).first(where: { $0.id == number })
        else { throw ServiceRefusal(.notFound, "unknown_merge", "there is no such merge of this contact") }
        guard try identities().undo(merge.id, now: now) else {
            throw ServiceRefusal(.conflict, "undone", "the merge was undone before")
        }
        return try identities().merges(of: key).first { $0.id == number } ?? merge
    }

    package func timeline(of name: String, _ page: PageRequest) throws -> FoundPage<TimelineEntry> {
        try identities().timeline(of: try contact(name), page)
    }
}
