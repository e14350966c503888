import Channels
import RuleEngine

/// The variables of a message: typed by what the schema calls so, or by what they are.
struct MessageVariables {
    let schema: EventSchema
    let values: [String: Value]

    init(_ variables: [JSON.Entry], of project: CheckedProject, now: Timestamp) throws(ServiceRefusal) {
        var fields: [EventField] = []
        for variable in variables {
            let types = Set(
                project.events.values.compactMap { $0.field(variable.key) }.filter(\.record.isEmpty).map(\.type.type))
            guard let type = types.count == 1 ? types.first : Self.type(of: variable.value) else {
                throw ServiceRefusal(
                    .invalid, "wrong_value", "the variable `\(variable.key)` is no text, number, flag or list of texts",
                    help: "leave out what has no value")
            }
            fields.append(EventField(name: variable.key, type: TypeInfo(type)))
        }
        fields.sort { $0.name < $1.name }
        schema = EventSchema(id: MessageProgram.event, fields: fields)
        let reader = EventLineReader(events: [schema.id: schema], currency: project.settings.currency)
        let members = Dictionary(variables.map { ($0.key, Self.value($0.value)) }, uniquingKeysWith: { $1 })
        do throws(EventRefusal) {
            values = try reader.read(
                .object(["contact": .text("-"), "event": .text(schema.id), "fields": .object(members)]), now: now
            ).event.fields
        } catch {
            throw ServiceRefusal(.invalid, "wrong_value", error.message, help: error.help)
        }
    }

    private static func type(of value: JSON) -> ValueType? {
        switch value {
        case .string: .text
        case .bool: .bool
        case .integer: .int
        case .written: .decimal
        case .array(let items): items.allSatisfy { $0.string != nil } ? .list(.text) : nil
        case .null, .object: nil
        }
    }

    private static func value(_ json: JSON) -> JSONValue {
        switch json {
        case .null: .null
        case .bool(let flag): .flag(flag)
        case .integer(let number): .number(String(number))
        case .written(let text): .number(text)
        case .string(let text): .text(text)
        case .array(let items): .list(items.map(value))
        case .object(let entries):
            .object(Dictionary(entries.map { ($0.key, value($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }
}
