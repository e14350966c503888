package import Channels
import Glibc

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

    package init(environment: [String: String]) {
        self.environment = environment
    }

    /// Looks into the environment variable `CARILLON_SECRET_<NAME>`, then into the file of that name in the folder
    /// that `CARILLON_SECRETS` names. A file that others can read is refused.
    package func secret(named name: String) throws(Failure) -> Secret {
        let variable = Self.variable(for: name)
        if let text = environment[variable] { return Secret(text) }
        guard let folder = environment["CARILLON_SECRETS"] else {
            throw Failure(
                message: "the secret `\(name)` is not set",
                help: "set \(variable), or put it into a file `\(name)` in the folder that CARILLON_SECRETS names",
                isUnset: true)
        }
        // A name is an identifier; anything else could leave the folder.
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte), name != ".", name != ".." else {
            throw Failure(
                message: "`\(name)` can't name a secret", help: "use letters, digits, `-`, `_` and `.` in secret names")
        }
        return try read(folder + "/" + name, name: name)
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

    private func read(_ path: String, name: String) throws(Failure) -> Secret {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Failure(
                message: "the secret `\(name)` is not set",
                help: "set \(Self.variable(for: name)), or put it into \(path)", isUnset: true)
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Failure(message: "\(path) can be read by others", help: "chmod 600 \(path)")
        }
        guard let bytes = FileReading.bytes(of: path) else {
            throw Failure(message: "\(path) can't be read", help: "check its owner and mode")
        }
        var text = String(decoding: bytes, as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return Secret(text)
    }
}
