package import Channels

/// Finds a secret by the name that files use, so that files are safe to share.
package struct SecretResolver: Sendable {
    package struct Failure: Error, Sendable {
        package let message: String
        package let help: String
        /// Nobody has stored it; anything else is a mistake in how it is stored.
        package let isUnset: Bool

        init(message: String, help: String, isUnset: Bool = false) {
            self.message = message
            self.help = help
            self.isUnset = isUnset
        }
    }

    private let environment: [String: String]
    private let stored: StoredSecrets?

    /// - Parameter stored: the data folder's; nil where there is none.
    package init(environment: [String: String], stored: StoredSecrets? = nil) {
        self.environment = environment
        self.stored = stored
    }

    /// Looks into the environment variable `CARILLON_SECRET_<NAME>`, then into the file of that name in the folder
    /// that `CARILLON_SECRETS` names, then into the data folder. A file that others can read is refused.
    package func secret(named name: String) throws(Failure) -> Secret {
        let variable = Self.variable(for: name)
        if let text = environment[variable] { return Secret(text) }
        // A name is an identifier; anything else could leave the folder.
        guard Self.isName(name) else {
            throw Failure(
                message: "`\(name)` can't name a secret", help: "use letters, digits, `-`, `_` and `.` in secret names")
        }
        if let path = environment["CARILLON_SECRETS"].map({ $0 + "/" + name }) {
            switch FileReading.secret(path) {
            case .found(let text): return Secret(text)
            case .missing: break
            case .readable: throw Failure(message: "\(path) can be read by others", help: "chmod 600 \(path)")
            }
        }
        switch stored?.find(name) {
        case .found(let text): return Secret(text)
        case .closed(let message, let help): throw Failure(message: message, help: help)
        case .missing, nil:
            throw Failure(
                message: "the secret `\(name)` is not set",
                help:
                    "set \(variable), put it into a file `\(name)` in the folder that CARILLON_SECRETS names, or seal it: "
                    + "carillon credentials set \(name)",
                isUnset: true)
        }
    }

    package static func isName(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte) && text != "." && text != ".."
    }

    static func variable(for name: String, prefix: String = "CARILLON_SECRET_") -> String {
        prefix
            + String(
                decoding: name.utf8.map { byte -> UInt8 in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
                    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
                    default: UInt8(ascii: "_")
                    }
                }, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
