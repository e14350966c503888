internal import Crypto
internal import FoundationEssentials

/// The keys that lie outside of the data folder, and without which nothing in it can be opened: from `CARILLON_KEK`, or a file that
/// `CARILLON_KEK_FILE` names. Several may be there while one takes over from another; the first seals.
package struct KeyEncryptionKeys: Sendable, CustomStringConvertible, CustomReflectable {
    package struct Failure: Error, Sendable, Equatable {
        package let message: String
        package let help: String
    }

    /// By their names, in the order of the list.
    private let keys: [(id: String, key: SymmetricKey)]

    private static let byteCount = 32

    /// - Parameter variables: of the process.
    /// - Returns: nil where nobody has set any.
    package init?(variables: [String: String]) throws(Failure) {
        let text: String
        if let given = variables["CARILLON_KEK"], !given.isEmpty {
            text = given
        } else if let path = variables["CARILLON_KEK_FILE"], !path.isEmpty {
            text = try Self.read(path)
        } else {
            return nil
        }
        try self.init(text)
    }

    /// `NAME:BASE64`, one a line or with commas between.
    package init(_ text: String) throws(Failure) {
        var keys: [(id: String, key: SymmetricKey)] = []
        for part in text.split(whereSeparator: { $0.isNewline || $0 == "," || $0 == " " }) {
            let sides = part.split(separator: ":", maxSplits: 1)
            guard sides.count == 2, (1...32).contains(sides[0].utf8.count),
                let bytes = Data(base64Encoded: String(sides[1])), bytes.count == Self.byteCount,
                !keys.contains(where: { $0.id == sides[0] })
            else {
                throw Failure(
                    message: "the key for credentials can't be read",
                    help:
                        "it is NAME:BASE64 of 32 bytes, as `carillon credentials new-key` prints it; several with commas "
                        + "between, each with a name of its own")
            }
            keys.append((String(sides[0]), SymmetricKey(data: bytes)))
        }
        guard !keys.isEmpty else {
            throw Failure(
                message: "there is no key for credentials in what was given",
                help: "`carillon credentials new-key` prints one")
        }
        self.keys = keys
    }

    /// A new one, as a line of the file.
    package static func make(named name: String) -> String {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        return name + ":" + bytes.base64EncodedString()
    }

    package var primary: String { keys[0].id }
    package var names: [String] { keys.map(\.id) }

    func key(_ id: String) -> SymmetricKey? { keys.first { $0.id == id }?.key }

    package var description: String { "«redacted»" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func read(_ path: String) throws(Failure) -> String {
        switch FileReading.secret(path) {
        case .found(let text): return text
        case .missing: throw Failure(message: "\(path) can't be read", help: "it is what CARILLON_KEK_FILE names")
        case .readable:
            throw Failure(message: "\(path) can be read by others", help: "chmod 400 \(path)")
        }
    }
}
