/// Fields with their values in the stored form of a run's state: the same fields give the same bytes.
package enum FieldCoding {
    package static func encode(_ fields: [String: Value]) -> [UInt8] {
        var writer = StateWriter()
        writer.fields(fields)
        return writer.encoded
    }

    package static func decode(_ bytes: [UInt8]) throws(RunStateError) -> [String: Value] {
        var reader = StateReader(bytes)
        let fields = try reader.fields()
        guard reader.isAtEnd else { throw .malformed }
        return fields
    }
}
