internal import Crypto
package import RuleEngine

/// What the chain came to at an instant, written down outside of the database: whoever cuts its end off, or writes all of it anew,
/// can't write this anew without the data folder's key.
package struct AuditCheckpoint: Sendable, Equatable {
    package var at: Timestamp
    package var entries: Int64
    /// The last entry's.
    package var hash: [UInt8]
    package var code: [UInt8]

    package init(at: Timestamp, entries: Int64, hash: [UInt8], under key: DataKey) {
        self.at = at
        self.entries = entries
        self.hash = hash
        code = []
        code = Array(HMAC<SHA256>.authenticationCode(for: covered, using: Self.key(key)))
    }

    /// Nil for what is no checkpoint.
    package init?(line: some StringProtocol) {
        guard let json = JSON(reading: Array(line.utf8)), let at = json["at"]?.string.flatMap({ ISOInstant.read($0) }),
            let entries = json["entries"]?.integer, entries > 0, let hash = Self.bytes(json["hash"]),
            let code = Self.bytes(json["code"])
        else { return nil }
        self.at = at
        self.entries = entries
        self.hash = hash
        self.code = code
    }

    package func isGenuine(under key: DataKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: covered, using: Self.key(key))
    }

    package var json: JSON {
        [
            "at": .string(ISOInstant.text(at)), "entries": JSON(entries), "hash": .string(AuditEntry.text(of: hash)),
            "code": .string(AuditEntry.text(of: code)),
        ]
    }

    /// As it is read again: instants have the precision of their text.
    private var covered: [UInt8] { Array("\(ISOInstant.text(at))\n\(entries)\n\(AuditEntry.text(of: hash))".utf8) }

    private static func key(_ dataKey: DataKey) -> SymmetricKey {
        SymmetricKey(
            data: Array(
                HMAC<SHA256>.authenticationCode(
                    for: Array("carillon/audit-checkpoint/1".utf8), using: SymmetricKey(data: dataKey.bytes))))
    }

    private static func bytes(_ value: JSON?) -> [UInt8]? {
        guard let digits = value?.string.map({ Array($0.utf8) }), digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: 64, by: 2) {
            guard let byte = UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}

/// What comes of holding a log to checkpoints.
package enum CheckpointVerdict: Sendable, Equatable {
    /// So many, and all of them are in it.
    case held(Int)
    /// By its number from 1 on, in the file.
    case unreadable(line: Int)
    /// Written under another key, or changed.
    case foreign(line: Int)
    /// The log doesn't hold it any more: entries up to this number were cut off or written anew.
    case lost(entry: Int64, since: Timestamp)
}

extension AuditLog {
    /// - Parameter text: a checkpoint in each line.
    package func holds(_ text: String, under key: DataKey) throws(StoreError) -> CheckpointVerdict {
        var count = 0
        for (number, line) in text.split(separator: "\n").enumerated() {
            guard let checkpoint = AuditCheckpoint(line: line) else { return .unreadable(line: number + 1) }
            guard checkpoint.isGenuine(under: key) else { return .foreign(line: number + 1) }
            guard try entry(checkpoint.entries)?.hash == checkpoint.hash else {
                return .lost(entry: checkpoint.entries, since: checkpoint.at)
            }
            count += 1
        }
        return .held(count)
    }
}
