/// Sixteen bytes that tell whether a row was imported in exactly this form before. Everything that decides what a row
/// means goes in beside its own bytes: the columns, their types, the currency, the region, and this code's version.
///
/// It is quick rather than strong: a collision would leave a row out of an update, and nobody gains from one.
package struct RowHash: Sendable {
    /// Raise it when normalising or typing changes, so that rows are read anew.
    private static let version: UInt64 = 1
    private var first: UInt64 = 0x9E37_79B9_7F4A_7C15 &+ version
    private var second: UInt64 = 0xD1B5_4A32_D192_ED03

    package init(context: [String]) {
        for text in context {
            var text = text
            text.withUTF8 { mix($0) }
        }
    }

    package func hash(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        var copy = self
        copy.mix(bytes)
        withUnsafeBytes(of: copy.first.littleEndian) { output.append(contentsOf: $0) }
        withUnsafeBytes(of: copy.second.littleEndian) { output.append(contentsOf: $0) }
    }

    private mutating func mix(_ bytes: UnsafeBufferPointer<UInt8>) {
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        while index + 8 <= raw.count {
            fold(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
        }
        var rest = UInt64(raw.count) << 56
        while index < raw.count {
            rest = rest &<< 8 ^ UInt64(raw[index])
            index += 1
        }
        fold(rest ^ UInt64(raw.count) &* 0xA24B_AED4_963E_E407)
    }

    private mutating func fold(_ word: UInt64) {
        let left = (first ^ word).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        let right = (second ^ word).multipliedFullWidth(by: 0x8EBC_6AF0_9C88_C6E3)
        first = left.high ^ left.low &+ second
        second = (right.high ^ right.low) &+ 0x589965CC75374CC3 ^ (first << 23 | first >> 41)
    }
}
