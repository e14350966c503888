internal import Crypto
package import RuleEngine

/// One line of the audit log: who did what, to what. It holds ids and no personal data, so that a person can be forgotten and
/// the chain stays whole.
package struct AuditEntry: Sendable, Equatable {
    /// From 1 on, without a gap.
    package var number: Int64 = 0
    package var at: Timestamp
    /// `key:…`, `user:…`, `operator`.
    package var actor: String
    /// The operation: `eraseContact`, `killProgram` …
    package var action: String
    /// `contact:17`, `program:hello`; empty where there is none.
    package var object: String
    /// Keyed hashes of what the object was and is; empty where nobody can say.
    package var before: [UInt8] = []
    package var after: [UInt8] = []
    /// Of the request that asked for it.
    package var request: String
    /// A keyed hash of the address that it came from; empty for the command line, and in entries from before addresses.
    package var address = ""
    /// SHA-256 of the hash before it and of everything above.
    package var hash: [UInt8] = []

    package init(at: Timestamp, actor: String, action: String, object: String, request: String) {
        self.at = at
        self.actor = actor
        self.action = action
        self.object = object
        self.request = request
    }

    /// What the chain begins with.
    package static let start = [UInt8](repeating: 0, count: 32)

    /// Each part with its length before it: no two entries have the same bytes. An entry without an address keeps the hash that it
    /// had before there were any.
    package func hash(after previous: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: previous)
        for number in [number, at.microseconds] {
            withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) }
        }
        var parts = [Array(actor.utf8), Array(action.utf8), Array(object.utf8), before, after, Array(request.utf8)]
        if !address.isEmpty { parts.append(Array(address.utf8)) }
        for part in parts {
            withUnsafeBytes(of: Int64(part.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        return Array(hash.finalize())
    }

    package var json: JSON {
        [
            "number": JSON(number), "at": .string(ISOInstant.text(at)), "actor": .string(actor),
            "action": .string(action), "object": .string(object), "before": .string(Self.text(of: before)),
            "after": .string(Self.text(of: after)), "request_id": .string(request),
            "address": .string(address), "hash": .string(Self.text(of: hash)),
        ]
    }

    package static func text(of hash: [UInt8]) -> String {
        String(decoding: Hex.encode(hash), as: UTF8.self)
    }
}

/// What a look at the whole chain came to.
package enum AuditVerdict: Sendable, Equatable {
    /// All entries, and the last one's hash: whoever keeps it elsewhere sees later whether the end was cut off.
    case whole(entries: Int64, last: [UInt8])
    /// The first entry that is not as it was written, or is missing.
    case broken(at: Int64)
}

/// The audit log, which is only ever added to. One thread owns it.
package protocol AuditLog: AnyObject {
    /// Durable when it returns. Number and hash are given here.
    func append(_ entry: AuditEntry) throws(StoreError)
    /// The newest first.
    func entries(_ page: PageRequest) throws(StoreError) -> FoundPage<AuditEntry>
    func entry(_ number: Int64) throws(StoreError) -> AuditEntry?
    /// The newest; nil where nothing was changed yet.
    func head() throws(StoreError) -> AuditEntry?
    /// - Parameter start: the first entry that is looked at; the one before it is taken for granted.
    func verify(from start: Int64) throws(StoreError) -> AuditVerdict
}

extension AuditLog {
    /// All of it.
    package func verify() throws(StoreError) -> AuditVerdict { try verify(from: 1) }

    /// The newest entries: what a start can wait for.
    package func verifyTail() throws(StoreError) -> AuditVerdict {
        try verify(from: max(1, (try head()?.number ?? 0) - 999))
    }
}

/// By which the log knows what something was, without saying it: without the data folder's key nobody can try values.
package struct AuditSeal: Sendable {
    private let key: SymmetricKey

    package init(_ dataKey: DataKey) {
        key = SymmetricKey(
            data: Array(
                HMAC<SHA256>.authenticationCode(
                    for: Array("carillon/audit/1".utf8), using: SymmetricKey(data: dataKey.bytes))))
    }

    package func hash(of state: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(state.utf8), using: key).prefix(16))
    }

    /// By which callers are told apart, and found again by whoever knows an address and the key.
    package func address(_ text: String) -> String { AuditEntry.text(of: hash(of: "address\n" + text)) }

    /// A name that somebody tried: it may be a password that was typed into the wrong field.
    package func tried(_ text: String) -> String { "~" + AuditEntry.text(of: hash(of: "login\n" + text)) }

    /// A name that may stand in the log: an address only as its hash.
    package func name(_ text: String) -> String {
        let isAddress = text.contains("@") || text.hasPrefix("+") || text.utf8.count > 64
        return isAddress ? "~" + AuditEntry.text(of: hash(of: text)) : text
    }
}
