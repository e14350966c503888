/// The order of keys, as the key tables give it. A key that no table knows stays behind the one that it follows: a
/// provider's `host` behind `provider`.
enum KeyOrder {
    /// - Parameter isFirstFixed: a document's first key is its kind.
    static func sorted(_ entries: [LayoutEntry], keys: [Key], isFirstFixed: Bool) -> [LayoutEntry] {
        guard !keys.isEmpty else { return entries }
        var ranks: [String: Int] = [:]
        for (index, key) in keys.enumerated() { ranks[key.name] = index }
        var last = -1
        var ranked: [(rank: Int, place: Int)] = []
        for (place, entry) in entries.enumerated() {
            if !(isFirstFixed && place == 0), let rank = entry.name.flatMap({ ranks[$0] }) { last = rank }
            ranked.append((last, place))
        }
        return ranked.sorted { $0 < $1 }.map { entries[$0.place] }
    }
}

extension LayoutEntry {
    var name: String? {
        if case .scalar(let scalar)? = key?.content { scalar.text } else { nil }
    }
}

extension Shape {
    /// What stands at this key of a mapping of this shape; nil where the tables don't say.
    func value(at name: String) -> Shape? {
        switch self {
        case .mapping(let keys): keys.first { $0.name == name }?.shape
        case .map(_, let values, let own): own.first { $0.name == name }?.shape ?? values
        case .keyed(_, let keys, let other): keys.first { $0.name == name }?.shape ?? other.value(at: name)
        case .scalarOr(_, let long): long.value(at: name)
        default: nil
        }
    }

    /// What an item of a list of this shape is.
    func element(_ item: LayoutNode) -> Shape? {
        switch self {
        case .list(let element): element
        case .condition: self
        case .scalarOr(_, let long): long.element(item)
        case .steps:
            // A step's verb says what may stand beside it.
            (item.entries ?? []).lazy.compactMap { $0.name.flatMap(StepVerb.init(rawValue:)) }.first
                .map { .mapping([$0.key] + $0.modifiers) }
        default: nil
        }
    }

    /// The keys of a mapping of this shape. Empty where they are free.
    var keys: [Key] {
        switch self {
        case .mapping(let keys), .keyed(_, let keys, _), .map(_, _, let keys): keys
        case .scalarOr(_, let long): long.keys
        default: []
        }
    }
}
