// The standard library composes characters to compare texts, but has no public way to ask for the composed form.
// Everything that needs it goes through this file.
@_spi(_Unicode) import Swift

enum NormalForm {
    /// Unicode normal form C.
    static func composed(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text._nfc)
        return String(scalars)
    }
}
