/// Compares the steps of two versions of a program, list by list.
struct StepComparison {
    private(set) var list: ChangeList
    /// What is gone and what is new, kept until all lists are compared: a step in both has moved.
    private var gone: [(step: ComparedStep, place: String)] = []
    private var fresh: [(step: ComparedStep, place: String)] = []

    init(_ list: ChangeList) {
        self.list = list
    }

    static func compare(_ old: [ComparedStep], _ new: [ComparedStep], into list: inout ChangeList) {
        var comparison = StepComparison(list)
        comparison.compare(old, new, below: "")
        comparison.finish()
        list = comparison.list
    }

    private mutating func compare(_ old: [ComparedStep], _ new: [ComparedStep], below path: String) {
        let pairs = StepAlignment.align(old.count, new.count) { old[$0].cost(to: new[$1]) }
        for pair in pairs {
            switch pair {
            case .old(let index): gone.append((old[index], path + "\(index + 1)"))
            case .new(let index): fresh.append((new[index], path + "\(index + 1)"))
            case .both(let first, let second): compare(old[first], new[second], at: path + "\(second + 1)")
            }
        }
    }

    private mutating func compare(_ old: ComparedStep, _ new: ComparedStep, at place: String) {
        if old.fingerprint == new.fingerprint { return }
        if old.words != new.words {
            list.report("step \(place) has changed", Self.side(old), Self.side(new))
        }
        for text in Set(old.texts.keys).union(new.texts.keys).sorted() {
            list.compare(
                "the text of step \(place) (\(text))", old.texts[text].map(Wording.quoted),
                new.texts[text].map(Wording.quoted), places: (old.span, new.span))
        }
        let pairs = ways(old, new)
        for pair in pairs {
            switch pair {
            case .both(let first, let second):
                if old.verb == "choose", old.ways[first].entry != new.ways[second].entry {
                    list.report(
                        "way \(second + 1) of step \(place) has changed",
                        MeaningChange.Side(old.ways[first].entry, old.ways[first].span ?? old.span),
                        MeaningChange.Side(new.ways[second].entry, new.ways[second].span ?? new.span))
                }
                let path = new.ways.count == 1 ? "\(place)." : "\(place), \(new.ways[second].entry), "
                compare(old.ways[first].steps, new.ways[second].steps, below: path)
            case .old(let index):
                list.report(
                    "way \(index + 1) of step \(place) is gone",
                    MeaningChange.Side(Self.whole(old.ways[index]), old.ways[index].span ?? old.span), nil)
            case .new(let index):
                list.report(
                    "way \(index + 1) of step \(place) is new", nil,
                    MeaningChange.Side(Self.whole(new.ways[index]), new.ways[index].span ?? new.span))
            }
        }
    }

    /// Ways by what leads into them; those of a split by their place.
    private func ways(_ old: ComparedStep, _ new: ComparedStep) -> [StepAlignment.Pair] {
        if old.verb != "choose", old.ways.count == new.ways.count { return old.ways.indices.map { .both($0, $0) } }
        return StepAlignment.align(old.ways.count, new.ways.count) { first, second in
            let before = old.ways[first]
            let after = new.ways[second]
            if before.entry == after.entry { return 0 }
            if old.verb == "choose", (before.entry == "otherwise") != (after.entry == "otherwise") { return nil }
            return before.steps.map(\.fingerprint) == after.steps.map(\.fingerprint) ? 4 : 12
        }
    }

    private mutating func finish() {
        for (step, place) in gone {
            if let index = fresh.firstIndex(where: { $0.step.fingerprint == step.fingerprint }) {
                let moved = fresh.remove(at: index)
                list.report(
                    "step \(place) has moved, and is step \(moved.place)", Self.side(step), Self.side(moved.step))
            } else {
                list.report("step \(place) is gone", Self.side(step), nil)
            }
        }
        for (step, place) in fresh { list.report("step \(place) is new", nil, Self.side(step)) }
    }

    private static func side(_ step: ComparedStep) -> MeaningChange.Side {
        MeaningChange.Side(step.words, step.span)
    }

    private static func whole(_ way: ComparedStep.Way) -> String {
        way.entry + ": " + (way.steps.isEmpty ? "on to the next step." : way.steps.map(\.words).joined(separator: " "))
    }
}
