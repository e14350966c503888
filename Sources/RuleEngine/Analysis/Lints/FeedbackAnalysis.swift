extension ProjectAnalysis {
    /// Programs that begin each other in a circle, so that a run would go on without anything from outside.
    static let feedback = ProjectAnalysis(name: "find loops of programs") { analysed, diagnostics in
        FeedbackLoops(analysed).report(&diagnostics)
    }
}

/// Who begins whom. Programs meet in resources (an event, a tag, a segment) so that a thousand programs that emit what a
/// thousand others wait for are two thousand ways, not a million; only where these ways form a circle is it asked which
/// program really begins which.
struct FeedbackLoops {
    private enum Vertex: Hashable {
        case program(Int)
        case event(String)
        case segment(String)
    }

    /// A step of one program that may begin another.
    private struct Way {
        let from: Int
        let to: Int
        let node: Int
    }

    private let analysed: AnalysedProject
    private let tags: FieldReference?
    private var effects: [[ProgramEffect]] = []
    /// Programs that nothing inside of the project can begin again and again.
    private var isBroken: [Bool] = []
    private var numbers: [ProgramReference: Int] = [:]
    private var sensitivities: [String: SegmentSensitivity] = [:]

    init(_ analysed: AnalysedProject) {
        self.analysed = analysed
        let schema = analysed.project.schema
        tags = schema.slot(of: "tags").map { FieldReference(slot: $0, field: schema.fields[$0]) }
        for (index, program) in analysed.programs.enumerated() {
            numbers[program.reference] = index
            effects.append(program.graph.effects(schema))
            switch program.source {
            case .campaign: isBroken.append(true)
            case .journey(let journey):
                // A person comes in once, or only so long after the last run: that is a limit which the author has set.
                isBroken.append(journey.entry.again != .always)
                if case .segment(let segment, _, _) = journey.entry.cause, sensitivities[segment.id] == nil {
                    sensitivities[segment.id] = SegmentSensitivity(segment.conditions, tags: tags?.slot)
                }
            }
        }
    }

    func report(_ diagnostics: inout DiagnosticBag) {
        guard effects.contains(where: { !$0.isEmpty }) else { return }
        for members in circles() {
            let ways = breakingUnarmed(ways(among: members))
            guard let found = shortestLoop(ways, members).flatMap(diagnostic) else { continue }
            diagnostics.report(found)
        }
    }

    private func journey(_ index: Int) -> CheckedJourney? {
        if case .journey(let journey) = analysed.programs[index].source { journey } else { nil }
    }

    // MARK: Circles

    /// The groups of programs in which each can lead to each other by way of resources.
    private func circles() -> [[Int]] {
        var targets: [Vertex: [Vertex]] = [:]
        var byCause: [SegmentSensitivity.Cause: [String]] = [:]
        for (id, sensitivity) in sensitivities.sorted(by: { $0.key < $1.key }) {
            for cause in sensitivity.rises.keys { byCause[cause, default: []].append(id) }
        }
        for index in analysed.programs.indices where !isBroken[index] {
            switch journey(index)?.entry.cause {
            case .event(let name)?: targets[.event(name), default: []].append(.program(index))
            case .segment(let segment, _, _)?:
                targets[.segment(segment.id), default: []].append(.program(index))
            case .inbound?, .schedule?, .webhook?, nil: break
            }
        }
        for index in analysed.programs.indices where !isBroken[index] {
            for effect in effects[index] {
                var causes: [SegmentSensitivity.Cause] = []
                switch effect.kind {
                case .emit(let event, _):
                    targets[.program(index), default: []].append(.event(event))
                    causes = [.event(event)]
                case .start(let reference):
                    guard let other = numbers[reference], !isBroken[other] else { continue }
                    targets[.program(index), default: []].append(.program(other))
                case .tag(let name, _): causes = [.tag(name), .anyTag]
                case .set(let slot, _): causes = [.slot(slot)]
                case .sent(let template): causes = [.template(template)]
                }
                for cause in causes {
                    targets[.program(index), default: []] += (byCause[cause] ?? []).map { .segment($0) }
                }
            }
        }
        let components = StrongComponents.of(
            analysed.programs.indices.filter { !isBroken[$0] }.map { Vertex.program($0) }
        ) { targets[$0] ?? [] }
        return components.compactMap { component -> [Int]? in
            let members = component.compactMap { if case .program(let index) = $0 { index } else { nil } }
                .sorted()
            let isCircle =
                component.count > 1 || component.contains { targets[$0]?.contains($0) ?? false }
            // A group as large as this says itself that something is wrong; looking at each pair would take too long.
            return isCircle && !members.isEmpty ? Array(members.prefix(200)) : nil
        }
    }

    // MARK: Ways

    /// Which step of which program can begin which other.
    private func ways(among members: [Int]) -> [Way] {
        members.flatMap { from -> [Way] in
            effects[from].flatMap { effect -> [Way] in
                members.filter { canBegin($0, by: effect, of: from) }.map {
                    Way(from: from, to: $0, node: effect.node)
                }
            }
        }
    }

    private func canBegin(_ target: Int, by effect: ProgramEffect, of source: Int) -> Bool {
        guard let journey = journey(target) else { return false }
        switch (effect.kind, journey.entry.cause) {
        case (.start(let reference), _): return numbers[reference] == target
        case (.emit(let event, let values), .event(let name)):
            return event == name && !isDropped(values, event: event, of: source)
                && fits(journey, values, effect, source)
        case (_, .segment(let segment, let crossing, _)):
            return moves(segment, crossing == .enters, by: effect.kind)
        case (.emit, _), (.tag, _), (.set, _), (.sent, _): return false
        }
    }

    private func moves(_ segment: CheckedSegment, _ isInward: Bool, by effect: ProgramEffect.Kind)
        -> Bool
    {
        let directions = sensitivities[segment.id]?.directions(of: effect) ?? []
        guard directions.contains(isInward ? .inward : .outward) else { return false }
        guard case .set(let slot, let value?) = effect else { return true }
        // A fixed value leaves the segment's conditions open, or decides them.
        var reader = ConditionReader()
        let conditions = segment.conditions.map { reader.read($0.root, holds: isInward) }
        let field = FieldReference(slot: slot, field: analysed.project.schema.fields[slot])
        let written = equality(TypedNode.Kind.field(field), field.type, value, segment.span)
        return !ConditionSolver.areImpossible([
            reader.read(written), isInward ? .all(conditions) : .any(conditions),
        ])
    }

    /// An event whose unique field has the value of the event before is dropped as its repetition.
    private func isDropped(_ values: [Assignment], event: String, of source: Int) -> Bool {
        guard let schema = analysed.project.events[event] else { return false }
        return schema.fields.contains { field in
            guard field.isUnique, let value = values.first(where: { $0.field == field.name }),
                case .expression(let expression) = value.value
            else { return false }
            switch expression.root.kind {
            case .constant: return true
            case .fact(.field(.entry, let own)):
                return own.name == field.name && journey(source)?.entry.event == event
            default: return false
            }
        }
    }

    /// Whether the entry's conditions can hold of the event as it is emitted, for a contact as the steps before it have
    /// left it.
    private func fits(
        _ journey: CheckedJourney, _ values: [Assignment], _ effect: ProgramEffect, _ source: Int
    ) -> Bool {
        guard !journey.entry.conditions.isEmpty else { return true }
        var reader = ConditionReader()
        var formulas = journey.entry.conditions.map { reader.read($0.root) }
        if let event = journey.entry.event.flatMap({ analysed.project.events[$0] }) {
            for value in values {
                guard let constant = value.constant, let index = event.index(of: value.field) else {
                    continue
                }
                let field = event.fields[index]
                let reference = EventFieldReference(
                    event: event.id, name: field.name, type: field.type, index: index)
                let kind = TypedNode.Kind.fact(.field(.event, reference))
                formulas.append(reader.read(equality(kind, field.type, constant, journey.span)))
            }
        }
        for (tag, isPutOn) in OwnTags.certain(at: effect.node, in: analysed.programs[source].graph) {
            guard let tags else { continue }
            let list = TypedNode(.field(tags), tags.type, span: journey.span, range: 0..<0)
            let item = TypedNode(.constant(Value(tag)), TypeInfo(.text), span: journey.span, range: 0..<0)
            let node = TypedNode(
                .listContains(list, item), TypeInfo(.bool), span: journey.span, range: 0..<0)
            formulas.append(reader.read(node, holds: isPutOn))
        }
        return !ConditionSolver.areImpossible(formulas)
    }

    private func equality(
        _ kind: TypedNode.Kind, _ type: TypeInfo, _ value: Value, _ span: SourceSpan
    ) -> TypedNode {
        TypedNode(
            .compare(
                .equal, TypedNode(kind, type, span: span, range: 0..<0),
                TypedNode(.constant(value), TypeInfo(type.type), span: span, range: 0..<0)),
            TypeInfo(.bool), span: span, range: 0..<0)
    }

    /// Who comes into a segment must have left it before to come in again: where nothing in the circle moves people back,
    /// it ends by itself. Taking a program out may leave another one without its way back.
    private func breakingUnarmed(_ ways: [Way]) -> [Way] {
        var ways = ways
        while true {
            let members = Set(ways.flatMap { [$0.from, $0.to] })
            let unarmed = members.filter { target in
                guard let journey = journey(target),
                    case .segment(let segment, let crossing, _) = journey.entry.cause
                else { return false }
                return !members.contains { source in
                    effects[source].contains { moves(segment, crossing == .leaves, by: $0.kind) }
                }
            }
            if unarmed.isEmpty { return ways }
            ways.removeAll { unarmed.contains($0.from) || unarmed.contains($0.to) }
        }
    }

    // MARK: The loop

    private func shortestLoop(_ ways: [Way], _ members: [Int]) -> [Way]? {
        let byStart = Dictionary(grouping: ways, by: \.from)
        var best: [Way]?
        for start in members {
            var reached: [Int: Way] = [:]
            var open = [start]
            search: while !open.isEmpty {
                var next: [Int] = []
                for place in open {
                    for way in byStart[place] ?? [] where reached[way.to] == nil {
                        reached[way.to] = way
                        if way.to == start { break search }
                        next.append(way.to)
                    }
                }
                open = next
            }
            guard var way = reached[start] else { continue }
            var loop = [way]
            while way.from != start, let before = reached[way.from] {
                loop.append(before)
                way = before
            }
            if best.map({ loop.count < $0.count }) ?? true { best = loop.reversed() }
        }
        return best
    }

    private func diagnostic(_ loop: [Way]) -> Diagnostic? {
        func name(_ index: Int) -> String { analysed.programs[index].graph.id }
        let path = (loop.map { name($0.from) } + [name(loop[0].from)]).joined(separator: "` → `")
        let labels = loop.compactMap { way in
            analysed.programs[way.from].span(of: way.node).map {
                Diagnostic.Label($0, "this may begin `\(name(way.to))`")
            }
        }
        guard let place = labels.first else { return nil }
        return Diagnostic(
            code: "L039", severity: .warning,
            message: "`feedback-loop`: `\(path)` goes on by itself, without anything from outside",
            at: place,
            also: Array(labels.dropFirst().prefix(8)),
            help:
                "limit how often somebody may come in again with `again`, or let a condition end the circle"
        )
    }
}

/// The tags that a program has certainly put on or taken off where it comes to a node, since anything else could change
/// them.
enum OwnTags {
    static func certain(at target: Int, in graph: ProgramGraph) -> [(String, Bool)] {
        var known: [Int: [String: Bool]] = [0: [:]]
        var open = [0]
        while let index = open.popLast() {
            guard var tags = known[index] else { continue }
            switch graph.nodes[index] {
            case .tag(let name, let lifetime, _): tags[name] = lifetime == 0 ? nil : true
            case .untag(let name, _): tags[name] = false
            case .wait, .waitFor, .waitUntil, .loop, .deliver, .send, .call: tags = [:]
            case .entry, .holdout, .gate, .choose, .split, .set, .emit, .start, .handOver, .exit: break
            }
            for next in graph.nodes[index].successors {
                let merged = known[next].map { other in other.filter { tags[$0.key] == $0.value } } ?? tags
                if known[next] == merged { continue }
                known[next] = merged
                open.append(next)
            }
        }
        return (known[target] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
