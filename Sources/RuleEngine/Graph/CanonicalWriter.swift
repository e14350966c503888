/// Writes the canonical form of a program: every part with its length in front, so that two different programs
/// can't run together into the same bytes. What it writes is meaning alone: no spans, no comments, no key order.
package struct CanonicalWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    /// The number of each step's node, by the step's key.
    var steps: [String: Int] = [:]
    /// The canonical form of each of the project's opening hours.
    var openingHours: [String: [UInt8]] = [:]
    /// For telling one condition from another where there is no graph: steps by their keys, opening hours by their ids.
    var namesInside = false

    package init() {}

    package mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { raw in
            integer(Int64(raw.count))
            bytes.append(contentsOf: raw)
        }
    }

    package mutating func integer(_ value: Int64) {
        bytes.append(UInt8(ascii: "i"))
        var rest = UInt64(bitPattern: value)
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    package mutating func tag(_ tag: StaticString) {
        bytes.append(UInt8(ascii: "#"))
        text(tag.description)
    }

    package mutating func optional<Value>(_ value: Value?, _ write: (inout CanonicalWriter, Value) -> Void) {
        integer(value == nil ? 0 : 1)
        if let value { write(&self, value) }
    }

    package mutating func list<Element>(_ list: [Element], _ write: (inout CanonicalWriter, Element) -> Void) {
        integer(Int64(list.count))
        for element in list { write(&self, element) }
    }

    /// A step by its place in the graph, whatever it is called.
    mutating func step(_ key: String) {
        if namesInside { return text(key) }
        integer(Int64(steps[key] ?? -1))
    }

    /// Opening hours by what they say, whatever they are called.
    mutating func hours(_ id: String) {
        if namesInside { return text(id) }
        append(openingHours[id] ?? [])
    }

    /// An empty writer that knows the same places.
    var fresh: CanonicalWriter {
        var writer = self
        writer.bytes = []
        return writer
    }

    /// Bytes that another writer made.
    mutating func append(_ part: [UInt8]) {
        integer(Int64(part.count))
        bytes.append(contentsOf: part)
    }
}
