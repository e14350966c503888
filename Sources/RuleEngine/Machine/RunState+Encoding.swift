/// Why bytes are no state of a run.
package enum RunStateError: Error, Sendable, Hashable {
    case truncated
    /// Written by a program that knows more than this one.
    case unknownVersion(UInt8)
    case malformed
    /// Sound, and not of this program: it names a node that isn't there, or waits for what the node doesn't.
    case otherProgram
}

/// The stored form: a version byte, then every part in a fixed order, integers in as few bytes as they need. The same
/// state gives the same bytes on every machine. A run that sleeps takes about forty bytes and its entry.
extension RunState {
    private static let version: UInt8 = 1

    package var encoded: [UInt8] {
        var writer = StateWriter()
        writer.byte(Self.version)
        writer.unsigned(UInt64(occurrence))
        writer.instant(startedAt)
        writer.optional(entryEvent) { $0.signed($1.rawValue) }
        writer.fields(entry)
        writer.bytes(conversationID)
        writer.unsigned(UInt64(node))
        writer.waiting(waiting)
        writer.optional(due) { $0.instant($1) }
        writer.instant(since)
        writer.instant(floor)
        writer.unsigned(UInt64(nextNumber))
        writer.byte(isGoalReached ? 1 : 0)
        writer.list(loops) { writer, loop in
            writer.unsigned(UInt64(loop.node))
            writer.unsigned(UInt64(loop.rounds))
        }
        writer.list(kept) { writer, event in
            writer.optional(event.id) { $0.signed($1.rawValue) }
            writer.text(event.name)
            writer.instant(event.at)
            writer.fields(event.fields)
        }
        writer.list(taken) { writer, event in
            writer.signed(event.id.rawValue)
            writer.instant(event.at)
        }
        return writer.encoded
    }

    /// Total: any bytes give a state or an error. What it gives belongs to the program.
    package static func decode(_ bytes: [UInt8], of program: JourneyProgram) throws(RunStateError) -> RunState {
        let state = try decode(bytes)
        guard state.belongs(to: program.graph) else { throw .otherProgram }
        return state
    }

    /// For whoever knows the program only later, and asks `belongs(to:)` then.
    package static func decode(_ bytes: [UInt8]) throws(RunStateError) -> RunState {
        var reader = StateReader(bytes)
        let version = try reader.byte()
        guard version == Self.version else { throw .unknownVersion(version) }
        let state = try RunState(&reader)
        guard reader.isAtEnd else { throw .malformed }
        return state
    }

    private init(_ reader: inout StateReader) throws(RunStateError) {
        occurrence = try reader.small()
        startedAt = try reader.instant()
        entryEvent = try reader.flag() ? EventID(rawValue: try reader.signed()) : nil
        entry = try reader.fields()
        conversationID = try reader.bytes()
        node = try reader.count()
        waiting = try reader.waiting()
        due = try reader.flag() ? try reader.instant() : nil
        since = try reader.instant()
        floor = try reader.instant()
        nextNumber = try reader.small()
        isGoalReached = try reader.flag()
        for _ in 0..<(try reader.length()) {
            loops.append(Loop(node: try reader.positive(), rounds: try reader.positive()))
        }
        for _ in 0..<(try reader.length()) {
            let id = try reader.flag() ? EventID(rawValue: try reader.signed()) : nil
            let name = try reader.text()
            let at = try reader.instant()
            kept.append(KeptEvent(id: id, name: name, at: at, fields: try reader.fields()))
        }
        for _ in 0..<(try reader.length()) {
            let id = EventID(rawValue: try reader.signed())
            taken.append(TakenEvent(id: id, at: try reader.instant()))
        }
    }

    package func belongs(to graph: ProgramGraph) -> Bool {
        guard graph.nodes.indices.contains(node), loops.allSatisfy({ graph.isLoop(at: Int($0.node)) }) else {
            return false
        }
        switch (waiting, graph.nodes[node]) {
        case (.time, .wait), (.event, .waitFor), (.condition, .waitUntil), (.pause, .loop), (.send, .send),
            (.send, .deliver), (.call, .call), (.facts, _), (.ended, _):
            return true
        case (.time, _), (.event, _), (.condition, _), (.pause, _), (.send, _), (.call, _): return false
        }
    }
}

extension ProgramGraph {
    fileprivate func isLoop(at index: Int) -> Bool {
        guard nodes.indices.contains(index), case .loop = nodes[index] else { return false }
        return true
    }
}
