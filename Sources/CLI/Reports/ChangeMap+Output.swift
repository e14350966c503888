import RuleEngine
import Runner

extension ChangeMap {
    /// - Parameter people: the ids of those who are named.
    func json(_ people: [ContactKey: String]) -> JSON {
        .array(
            rows.map { row in
                [
                    "version": .string(row.version), "step": .string(row.step), "count": JSON(row.count),
                    "fate": .string(row.fate.name), "to": JSON(row.fate.target),
                    "contacts": JSON(row.contacts.compactMap { people[$0] }),
                ]
            })
    }

    /// Where people stood, where they go on, and the first few of them.
    func text(_ people: [ContactKey: String]) -> String {
        var table = Table(.right, .left, .left, .left)
        for row in rows {
            let names = row.contacts.compactMap { people[$0] }
            let more = row.count > names.count ? " …" : ""
            table.add(
                Figures.count(row.count), "at `\(row.step)`", row.fate.sentence, names.joined(separator: ", ") + more)
        }
        return table.text
    }
}

extension VersionChange.Fate {
    fileprivate var name: String {
        switch self {
        case .keeps: "keep"
        case .ends: "end"
        case .moves: "move"
        case .later: "later"
        }
    }

    fileprivate var target: String? {
        if case .moves(let step) = self { step } else { nil }
    }

    fileprivate var sentence: String {
        switch self {
        case .keeps: "finish the version that they entered"
        case .ends: "are taken out"
        case .moves(let step): "go on at `\(step)` of the new version"
        case .later: "are asked again when the outcome has come that they wait for"
        }
    }
}

extension JourneyStore {
    /// The ids of those whom a map names.
    func names(in map: ChangeMap?) throws(StoreError) -> [ContactKey: String] {
        guard let map else { return [:] }
        return try transaction { () throws(StoreError) in
            var names: [ContactKey: String] = [:]
            for contact in map.rows.flatMap(\.contacts) { names[contact] = try externalID(of: contact) }
            return names
        }
    }
}
