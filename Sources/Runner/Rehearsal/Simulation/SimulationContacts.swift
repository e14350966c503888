package import RuleEngine

/// Contacts of a file, kept in memory for a simulation: read and checked as an import reads and checks them, and
/// written nowhere.
package final class SimulationContacts: ContactWriter {
    private struct Place {
        let batch: Int
        let row: Int
    }

    private var schema: ContactSchema
    private var batches: [ContactBatch] = []
    private var places: [Place] = []
    private var byID: [String: Int] = [:]
    private var byAddress: [String: Int] = [:]

    package init(schema: ContactSchema) {
        self.schema = schema
    }

    package var count: Int { places.count }

    package func begin(
        _ layout: ImportLayout, schema: ContactSchema, expectedBytes: Int, now: Timestamp
    ) throws(StoreError) {
        self.schema = schema
    }

    package func write(_ batch: ContactBatch, now: Timestamp) throws(StoreError) -> BatchOutcome {
        var outcome = BatchOutcome()
        for row in batch.rows.indices {
            let id = batch.string(batch.rows[row].id)
            guard byID[id] == nil else {
                outcome.duplicates.append(row)
                continue
            }
            byID[id] = places.count
            for kind in batch.layout.addressKinds.indices {
                if let address = batch.addresses[row * batch.layout.addressKinds.count + kind] {
                    byAddress[batch.string(address.address), default: places.count] = places.count
                }
            }
            places.append(Place(batch: batches.count, row: row))
            outcome.created += 1
        }
        batches.append(batch)
        return outcome
    }

    package func finish() throws(StoreError) {}

    /// By the caller's id, or by an address.
    package func find(_ name: String) -> Int? { byID[name] ?? byAddress[name] }

    /// What a simulation reads from many threads at once, when all contacts are there.
    package func frozen() -> Frozen {
        Frozen(schema: schema, batches: batches, places: places.map { ($0.batch, $0.row) })
    }

    package struct Frozen: Sendable {
        let schema: ContactSchema
        let batches: [ContactBatch]
        let places: [(batch: Int, row: Int)]

        package var count: Int { places.count }

        package func person(_ index: Int) -> RehearsalPerson {
            let batch = batches[places[index].batch]
            let row = places[index].row
            let layout = batch.layout
            var fields: [String: Value] = [:]
            for (place, field) in layout.fields.enumerated() {
                switch batch.cells[row * layout.fields.count + place] {
                case .missing: break
                case .integer(let number):
                    fields[field.name] =
                        field.type.type == .bool
                        ? .bool(number != 0) : field.type.type.numberKind.map { .number(number, $0) } ?? .missing
                case .text(let text): fields[field.name] = Self.value(bytes(text, batch), field.type.type)
                }
            }
            for (place, kind) in layout.addressKinds.enumerated() {
                if let address = batch.addresses[row * layout.addressKinds.count + place] {
                    fields[kind] = .text(bytes(address.address, batch))
                }
            }
            var consent: [String: ConsentLevel] = [:]
            var givenAt: [String: Timestamp] = [:]
            for (place, kind) in layout.consentChannels.enumerated() {
                if let given = batch.consents[row * layout.consentChannels.count + place], given.level > .none {
                    consent[kind] = given.level
                    givenAt[kind] = given.at
                }
            }
            let id = batch.string(batch.rows[row].id)
            fields["id"] = Value(id)
            var person = RehearsalPerson(id: id, fields: fields, consent: consent, schema: schema)
            person.consentGivenAt = givenAt
            for (place, kind) in layout.consentChannels.enumerated() {
                if let given = batch.consents[row * layout.consentChannels.count + place],
                    given.at == nil || (given.source?.count ?? 0) == 0
                {
                    person.unproven.insert(kind)
                }
            }
            person.isDoNotContact = batch.rows[row].doNotContact ?? false
            for (place, kind) in layout.permissionChannels.enumerated()
            where batch.permissions[row * layout.permissionChannels.count + place] == false {
                person.refused.insert(kind)
            }
            return person
        }

        private func bytes(_ text: ContactBatch.Text, _ batch: ContactBatch) -> [UInt8] {
            Array(batch.bytes[Int(text.start)..<Int(text.start + text.count)])
        }

        private static func value(_ bytes: [UInt8], _ type: ValueType) -> Value {
            guard case .list = type else { return .text(bytes) }
            return .list(bytes.split(separator: 0x1F).map { .text(Array($0)) })
        }
    }
}
