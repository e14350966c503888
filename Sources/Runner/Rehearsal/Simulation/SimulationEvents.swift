package import RuleEngine

/// Reads the events of a simulation: lines as `events send` takes them, which may lie in the future here.
package enum SimulationEvents {
    package static func read(
        _ bytes: [UInt8], _ project: CheckedProject, _ people: SimulationContacts
    ) -> (events: [Simulation.Event], refusals: [EventRefusal]) {
        let reader = EventLineReader(events: project.events, currency: project.settings.currency)
        var events: [Simulation.Event] = []
        var refusals: [EventRefusal] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(EventRefusal) {
                events.append(try event(Array(line), reader, people))
            } catch {
                var refusal = error
                refusal.line = number + 1
                refusals.append(refusal)
            }
        }
        return (events, refusals)
    }

    private static func event(
        _ line: [UInt8], _ reader: EventLineReader, _ people: SimulationContacts
    ) throws(EventRefusal) -> Simulation.Event {
        let never = Timestamp(microseconds: .max / 2)
        let read = try reader.read(line, now: never)
        guard let contact = people.find(read.contact) else {
            throw EventRefusal(
                .unknownContact, "nobody among the contacts has the id or address that `contact` names",
                help: "simulate with the contacts that the events are about")
        }
        guard read.event.at < never else {
            throw EventRefusal(.badTime, "`at` is missing", help: "a simulation has no now: write when it happens")
        }
        return Simulation.Event(
            contact: contact, name: read.event.name, fields: read.event.fields, at: read.event.at)
    }
}
