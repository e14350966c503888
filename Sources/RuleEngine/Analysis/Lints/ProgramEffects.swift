/// What a program does that may begin a run of another one, and where.
struct ProgramEffect {
    enum Kind {
        case emit(event: String, [Assignment])
        case start(ProgramReference)
        /// A tag is put on or taken off; one with a lifetime comes off by itself.
        case tag(String, isPutOn: Bool)
        case set(slot: Int, Value?)
        case sent(template: String)
    }

    let kind: Kind
    let node: Int
}

extension ProgramGraph {
    /// In the order of the nodes.
    func effects(_ schema: ContactSchema) -> [ProgramEffect] {
        nodes.enumerated().flatMap { index, node -> [ProgramEffect] in
            switch node {
            case .emit(let event, let values, _):
                [ProgramEffect(kind: .emit(event: event, values), node: index)]
            case .start(let kind, let id, _, _):
                [ProgramEffect(kind: .start(ProgramReference(kind: kind, id: id)), node: index)]
            case .tag(let name, let lifetime, _):
                [ProgramEffect(kind: .tag(name, isPutOn: true), node: index)]
                    + (lifetime == nil ? [] : [ProgramEffect(kind: .tag(name, isPutOn: false), node: index)])
            case .untag(let name, _): [ProgramEffect(kind: .tag(name, isPutOn: false), node: index)]
            case .set(let values, _):
                values.compactMap { value in
                    schema.slot(of: value.field).map {
                        ProgramEffect(kind: .set(slot: $0, value.constant), node: index)
                    }
                }
            case .deliver(let send, _):
                send.template.id.map { [ProgramEffect(kind: .sent(template: $0), node: index)] } ?? []
            case .entry, .holdout, .gate, .send, .wait, .waitFor, .waitUntil, .choose, .split, .loop,
                .call, .handOver,
                .exit:
                []
            }
        }
    }
}

extension Assignment {
    /// The value, where the file has it.
    var constant: RuleEngine.Value? {
        switch value {
        case .expression(let expression):
            if case .constant(let value) = expression.root.kind { value } else { nil }
        case .text(let text): text.constant.map { .text($0) }
        }
    }
}

/// What moves people into a segment, and out of it.
struct SegmentSensitivity {
    enum Cause: Hashable {
        case tag(String)
        case anyTag
        case slot(Int)
        case event(String)
        case template(String)
    }

    struct Directions: OptionSet {
        let rawValue: UInt8
        static let inward = Directions(rawValue: 1)
        static let outward = Directions(rawValue: 2)
    }

    /// Which way a rise of the cause moves: a tag put on, an event more. A fall moves the other way.
    private(set) var rises: [Cause: Directions] = [:]

    /// The slot of the contact's tags.
    private let tags: Int?

    init(_ conditions: [TypedExpression], tags: Int?) {
        self.tags = tags
        for condition in conditions { collect(condition.root, holds: true) }
    }

    private mutating func add(_ cause: Cause, _ directions: Directions) {
        rises[cause, default: []].formUnion(directions)
    }

    private mutating func collect(_ node: TypedNode, holds: Bool) {
        let toward: Directions = holds ? .inward : .outward
        switch node.kind {
        case .not(let operand): collect(operand, holds: !holds)
        case .and(let operands), .or(let operands):
            for operand in operands { collect(operand, holds: holds) }
        case .inSegment(_, let condition): collect(condition, holds: holds)
        case .listContains(let list, let item):
            guard case .field(let field) = list.kind, field.slot == tags else { return collectAll(node) }
            if case .constant(.text(let name)) = item.kind {
                add(.tag(String(decoding: name, as: UTF8.self)), toward)
            } else {
                add(.anyTag, [.inward, .outward])
                collectAll(item)
            }
        case .fact(.history(let query)) where query.window == nil && query.function == .any:
            add(query, toward)
        case .fact(.history(let query)) where query.window == nil && query.function == .none:
            add(query, holds ? .outward : .inward)
        case .fact(.history(let query)) where query.window == nil && query.function == .sent:
            add(query, toward)
        default: collectAll(node)
        }
    }

    private mutating func add(_ query: HistoryQuery, _ directions: Directions) {
        switch query.subject {
        case .event(let name): add(.event(name), directions)
        case .template(let id): add(.template(id), directions)
        case .step: break
        }
    }

    /// Whatever a node reads may move either way.
    private mutating func collectAll(_ node: TypedNode) {
        switch node.kind {
        case .field(let field):
            add(field.slot == tags ? .anyTag : .slot(field.slot), [.inward, .outward])
        case .fact(.history(let query)): add(query, [.inward, .outward])
        default: break
        }
        for operand in node.operands { collectAll(operand) }
    }

    /// Which way an effect may move somebody; the rest is left to the conditions themselves.
    func directions(of effect: ProgramEffect.Kind) -> Directions {
        func flipped(_ directions: Directions) -> Directions {
            (directions.contains(.inward) ? Directions.outward : []).union(
                directions.contains(.outward) ? .inward : [])
        }
        switch effect {
        case .tag(let name, let isPutOn):
            let rise = (rises[.tag(name)] ?? []).union(rises[.anyTag] ?? [])
            return isPutOn ? rise : flipped(rise)
        case .set(let slot, _): return rises[.slot(slot)] ?? []
        case .emit(let event, _): return rises[.event(event)] ?? []
        case .sent(let template): return rises[.template(template)] ?? []
        case .start: return []
        }
    }
}
