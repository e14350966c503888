package import Channels

/// What a caller has posted: events as objects with the keys that `carillon events send` reads, from JSON, from lines, or
/// from CloudEvents 1.0 in their three forms.
package struct EventPosting: Sendable {
    package enum Fault: Error, Sendable, Hashable {
        case unknownType
        case malformed
        case noBatch
        case noCloudEvent
    }

    package let events: [JSONValue]
    /// It is one event, whose refusal is the posting's.
    package let isSingle: Bool

    /// - Parameters:
    ///   - type: the content type, without parameters.
    ///   - attributes: CloudEvents' binary form has the event in headers, and the body is its data: these, without `ce-`.
    package init(type: String, attributes: [String: String], body: [UInt8]) throws(Fault) {
        switch type {
        case "application/json":
            let value = try Self.read(body)
            if attributes["specversion"] != nil {
                events = [try Self.event(of: attributes.mapValues { .text($0) }, data: value)]
                isSingle = true
            } else if case .list(let items) = value {
                (events, isSingle) = (items, false)
            } else {
                (events, isSingle) = ([value], true)
            }
        case "application/x-ndjson", "application/jsonl":
            let lines = body.split(separator: 0x0A).filter { line in
                !line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            }
            // A line that is no JSON is refused by itself; the others go in.
            events = lines.map { JSONReader.read(Array($0)) ?? .null }
            isSingle = false
        case "application/cloudevents+json":
            events = [try Self.cloudEvent(try Self.read(body))]
            isSingle = true
        case "application/cloudevents-batch+json":
            guard case .list(let items) = try Self.read(body) else { throw .noBatch }
            var found: [JSONValue] = []
            for item in items { found.append(try Self.cloudEvent(item)) }
            (events, isSingle) = (found, false)
        default: throw .unknownType
        }
    }

    private static func read(_ body: [UInt8]) throws(Fault) -> JSONValue {
        guard let value = JSONReader.read(body) else { throw .malformed }
        return value
    }

    // MARK: CloudEvents

    private static func cloudEvent(_ value: JSONValue) throws(Fault) -> JSONValue {
        guard case .object(let members) = value else { throw .noCloudEvent }
        return try event(of: members, data: members["data"])
    }

    /// `type` names the event behind its last dot, `subject` the contact, `data` the fields. Source and id together name
    /// it for ever, as the specification has it.
    private static func event(of attributes: [String: JSONValue], data: JSONValue?) throws(Fault) -> JSONValue {
        guard attributes["specversion"]?.string?.hasPrefix("1.") == true, let type = attributes["type"]?.string,
            let source = attributes["source"]?.string, let id = attributes["id"]?.string
        else { throw .noCloudEvent }
        var event: [String: JSONValue] = [
            "event": .text(String(type.split(separator: ".").last ?? "")), "id": .text(source + "#" + id),
        ]
        event["contact"] = attributes["subject"]
        event["at"] = attributes["time"]
        event["fields"] = data
        return .object(event)
    }
}
