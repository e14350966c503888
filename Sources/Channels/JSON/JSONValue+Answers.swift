/// How the answers of providers are read.
extension JSONValue {
    /// Nil where the bytes are no JSON.
    init?(_ bytes: [UInt8]) {
        guard let value = JSONReader.read(bytes) else { return nil }
        self = value
    }

    subscript(index: Int) -> JSONValue? {
        items.indices.contains(index) ? items[index] : nil
    }

    /// A whole number, also where it is written as a text.
    var whole: Int? {
        word.flatMap { Int($0) }
    }

    /// A text that can stand in a report as it is: an id.
    var identifier: String? {
        guard let string, (1...300).contains(string.utf8.count), !Array(string.utf8).holdsControl else { return nil }
        return string
    }
}
