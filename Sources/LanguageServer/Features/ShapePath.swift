import RuleEngine

/// The shape that stands at a place, found by following the keys to it.
enum ShapePath {
    /// - Returns: nil where the key tables don't know the way.
    static func shape(at context: CursorContext, in catalog: Catalog) -> Shape? {
        guard let kind = context.kind else { return nil }
        var keys = [Key(kind.rawValue, .id, required: true, "The id, unique among all of this kind.")] + kind.keys
        if kind == .channel, let provider = context.scalars["provider"] {
            let own = LanguageWords.keys(ofProvider: provider, in: catalog)
            keys += own.filter { key in !keys.contains { $0.name == key.name } }
        }
        var shape = Shape.mapping(keys)
        for step in context.path {
            guard let next = self.shape(in: shape, at: step) else { return nil }
            shape = next
        }
        return shape
    }

    private static func shape(in shape: Shape, at step: CursorContext.Step) -> Shape? {
        switch (shape, step) {
        case (.mapping(let keys), .key(let name)): return keys.first { $0.name == name }?.shape
        case (.map(_, let values), .key): return values
        case (.list(let element), .item): return element
        case (.condition, .item): return .condition
        case (.steps, .item(let keys)): return .mapping(stepKeys(keys))
        case (.keyed(_, let keys, let other), .key(let name)):
            return keys.first { $0.name == name }?.shape ?? self.shape(in: other, at: step)
        case (.scalarOr(_, let long), _): return self.shape(in: long, at: step)
        default: return nil
        }
    }

    /// The keys of a step: those of its verb, or all verbs where it has none yet.
    static func stepKeys(_ present: [String]) -> [Key] {
        if let verb = present.lazy.compactMap({ StepVerb(rawValue: $0) }).first { return [verb.key] + verb.modifiers }
        let verbs = StepVerb.allCases
        let name = Key("name", .id, "What conditions call the step.")
        // The modifiers are known too, for whoever writes them before the verb; the first meaning of each.
        var modifiers: [Key] = []
        for key in verbs.flatMap(\.modifiers) where !modifiers.contains(where: { $0.name == key.name }) {
            modifiers.append(key)
        }
        return verbs.map(\.key) + modifiers.filter { $0.name != "name" } + [name]
    }

    /// The keys that may stand in a mapping of this shape, where the tables list them.
    static func keys(of shape: Shape) -> [Key]? {
        switch shape {
        case .mapping(let keys), .keyed(_, let keys, _): keys
        case .scalarOr(_, let long): keys(of: long)
        default: nil
        }
    }
}
