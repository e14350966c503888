package import Channels
package import RuleEngine

/// Reads an event from a line of JSON, and types its fields as the schema declares them.
package struct EventLineReader: Sendable {
    /// An event whose contact has not been looked up.
    package struct Line: Sendable {
        package var contact: String
        package var event: NewEvent
    }

    private let events: [String: EventSchema]
    private let currency: String
    private static let keys = ["contact", "event", "at", "id", "fields"]
    /// Clocks differ a little; what lies further ahead is a mistake.
    private static let ahead: Int64 = 3_600_000_000
    static let maximumItems = 1_000

    package init(events: [String: EventSchema], currency: String) {
        self.events = events
        self.currency = currency
    }

    package func read(_ bytes: [UInt8], now: Timestamp) throws(EventRefusal) -> Line {
        try read(JSONReader.read(bytes) ?? .null, now: now)
    }

    package func read(_ value: JSONValue, now: Timestamp) throws(EventRefusal) -> Line {
        guard case .object(let members) = value else {
            throw EventRefusal(
                .malformed, "this is no JSON object",
                help: #"write one object a line, like {"contact": "c1", "event": "order_placed", "fields": {}}"#)
        }
        for key in members.keys.sorted() where !Self.keys.contains(key) {
            throw EventRefusal(
                .unknownKey, "unknown key `\(key)`",
                help: nearest(key, Self.keys) ?? "the keys are \(Self.keys.joined(separator: ", "))")
        }
        let contact = try text("contact", members, example: "the contact's id or address")
        let name = try text("event", members, example: "the name of an event of the schema")
        guard let schema = events[name] else {
            let known = events.keys.sorted().joined(separator: ", ")
            throw EventRefusal(
                .unknownEvent, "the schema declares no event `\(name)`",
                help: nearest(name, Array(events.keys))
                    ?? (known.isEmpty ? "declare it under `events`" : "known: \(known)"))
        }
        var event = NewEvent(contact: ContactKey(rawValue: 0), name: name, at: try time(members["at"], now: now))
        if let id = members["id"], id != .null {
            guard let word = id.word, (1...256).contains(word.utf8.count) else {
                throw EventRefusal(
                    .wrongValue, "`id` is no text of 1 to 256 bytes", help: "write the id that the sender knows it by")
            }
            event.keys.append(.id(word))
        }
        try readFields(members["fields"], schema, into: &event)
        return Line(contact: contact, event: event)
    }

    private func nearest(_ name: String, _ names: [String]) -> String? {
        NearestName.of(name, among: names).map { "did you mean `\($0)`?" }
    }

    private func text(
        _ key: String, _ members: [String: JSONValue], example: String
    ) throws(EventRefusal) -> String {
        if let word = members[key]?.word, !word.isEmpty { return word }
        throw EventRefusal(.missingKey, "`\(key)` is missing", help: "`\(key)` is \(example), as a text")
    }

    private func time(_ value: JSONValue?, now: Timestamp) throws(EventRefusal) -> Timestamp {
        guard let value, value != .null else { return now }
        var text = value.string ?? ""
        guard let at = text.withUTF8({ Dates.instant($0) }) else {
            throw EventRefusal(
                .badTime, "`at` is no point in time",
                help: "write it like `2027-03-18T10:00:00Z`, or leave it out for now")
        }
        guard at.microseconds <= now.microseconds + Self.ahead else {
            throw EventRefusal(
                .badTime, "`at` lies more than an hour ahead", help: "an event has happened: check the sender's clock")
        }
        return at
    }

    // MARK: Fields

    private func readFields(
        _ value: JSONValue?, _ schema: EventSchema, into event: inout NewEvent
    ) throws(EventRefusal) {
        var given: [String: JSONValue] = [:]
        switch value {
        case nil, .null: break
        case .object(let members): given = members
        case .flag, .number, .text, .list:
            throw EventRefusal(.wrongValue, "`fields` is no object", help: #"write {"name": value}"#)
        }
        for name in given.keys.sorted() where schema.field(name) == nil {
            let names = schema.fields.map(\.name)
            throw EventRefusal(
                .unknownField, "`\(schema.id)` has no field `\(name)`",
                help: nearest(name, names) ?? "its fields are \(names.joined(separator: ", "))")
        }
        for field in schema.fields {
            guard let value = try read(given[field.name] ?? .null, field) else {
                if field.type.isOptional { continue }
                throw EventRefusal(
                    .missingField, "the field `\(field.name)` of `\(schema.id)` is missing",
                    help: "write it, or declare it as `optional \(field.type.type.spelling)`")
            }
            event.fields[field.name] = value
            if field.isUnique, let key = Self.key(value) { event.keys.append(.field(field.name, key)) }
        }
    }

    private static func key(_ value: Value) -> String? {
        switch value {
        case .missing, .list: nil
        case .bool(let flag): flag ? "1" : "0"
        case .number(let number, _): String(number)
        case .text(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Nil where there is no value; an empty text is none, as in an import.
    private func read(_ value: JSONValue, _ field: EventField) throws(EventRefusal) -> Value? {
        if case .list = field.type.type { return try readList(value, field) }
        switch value {
        case .null: return nil
        case .flag(let flag) where field.type.type == .bool: return .bool(flag)
        case .number(let text), .text(let text): return try read(text, field)
        case .flag, .list, .object:
            throw wrong(field.name, "a single value of the type `\(field.type.type.spelling)`")
        }
    }

    private func read(_ text: String, _ field: EventField) throws(EventRefusal) -> Value? {
        let reader = ValueReader(
            ContactField(name: field.name, type: field.type), currency: currency, normalizer: AddressNormalizer())
        var text = text
        var output: [UInt8] = []
        let outcome: ValueReader.Outcome? = text.withUTF8 { bytes in
            let trimmed = UTF8Text.trimmed(bytes)
            return trimmed.isEmpty ? nil : reader.read(trimmed, into: &output)
        }
        switch outcome {
        case nil: return nil
        case .integer(let number):
            if field.type.type == .bool { return .bool(number != 0) }
            return field.type.type.numberKind.map { .number(number, $0) }
        case .text: return output.isEmpty ? nil : .text(output)
        case .fault(_, let isNot, let help):
            throw EventRefusal(.wrongValue, "`\(field.name)` is not \(isNot)", help: help)
        case .tooLong(let limit):
            throw EventRefusal(.wrongValue, "`\(field.name)` has more than \(limit) bytes", help: "shorten it")
        case .address(let kind, _):
            throw EventRefusal(
                .wrongValue, "`\(field.name)` is no valid \(kind == "email" ? "email address" : "phone number")",
                help: kind == "email" ? "write it like `anna@example.com`" : "write it like `+4915112345678`")
        case .control:
            throw EventRefusal(
                .wrongValue, "`\(field.name)` holds a control character", help: "leave it out of the text")
        }
    }

    private func wrong(_ name: String, _ what: String) -> EventRefusal {
        EventRefusal(.wrongValue, "`\(name)` is not \(what)", help: "write the value as the schema declares it")
    }

    private func readList(_ value: JSONValue, _ field: EventField) throws(EventRefusal) -> Value? {
        if value == .null { return nil }
        guard case .list(let items) = value else { throw wrong(field.name, "a list") }
        guard items.count <= Self.maximumItems else {
            throw EventRefusal(
                .wrongValue, "`\(field.name)` has more than \(Self.maximumItems) items", help: "split the event")
        }
        var values: [Value] = []
        for item in items {
            if field.record.isEmpty {
                let element = EventField(name: field.name, type: TypeInfo(.text))
                guard let value = try read(item, element) else { continue }
                values.append(value)
            } else {
                values.append(.text(try record(item, field)))
            }
        }
        return .list(values)
    }

    /// Checked against its fields, and kept as JSON: expressions count records and don't look into them.
    private func record(_ item: JSONValue, _ field: EventField) throws(EventRefusal) -> [UInt8] {
        guard case .object(let members) = item else { throw wrong(field.name, "a list of objects") }
        for name in members.keys.sorted() where !field.record.contains(where: { $0.name == name }) {
            throw EventRefusal(
                .unknownField, "an item of `\(field.name)` has no field `\(name)`",
                help: nearest(name, field.record.map(\.name))
                    ?? "its fields are \(field.record.map(\.name).joined(separator: ", "))")
        }
        var parts: [String] = []
        for part in field.record {
            guard let value = try read(members[part.name] ?? .null, part) else {
                if part.type.isOptional { continue }
                throw EventRefusal(
                    .missingField, "an item of `\(field.name)` lacks `\(part.name)`",
                    help: "write it, or declare it as `optional \(part.type.type.spelling)`")
            }
            parts.append("\"\(part.name)\":\(Self.json(value))")
        }
        return Array("{\(parts.joined(separator: ","))}".utf8)
    }

    private static func json(_ value: Value) -> String {
        switch value {
        case .missing, .list: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .number(let number, _): return String(number)
        case .text(let bytes):
            var text = "\""
            for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
                switch scalar {
                case "\"": text += "\\\""
                case "\\": text += "\\\\"
                case "\n": text += "\\n"
                case "\t": text += "\\t"
                default: text.unicodeScalars.append(scalar)
                }
            }
            return text + "\""
        }
    }
}
