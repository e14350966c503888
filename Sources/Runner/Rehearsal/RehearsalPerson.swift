package import RuleEngine

/// The person whom a rehearsal is about: what a store would know of them, in memory.
package struct RehearsalPerson: Sendable {
    package var id: String
    /// By schema slot.
    package private(set) var fields: [Value]
    /// By channel kind; what isn't there was never given.
    package var consent: [String: ConsentLevel]
    /// Kinds of channels on which consent was taken back.
    package var revoked: Set<String> = []
    package var suppressed: [String: SuppressionReason] = [:]
    package var isDoNotContact = false
    /// By channel kind, where it is known.
    package var consentGivenAt: [String: Timestamp] = [:]
    /// Kinds of channels that the person does not want.
    package var refused: Set<String> = []
    /// Kinds of channels for which nobody wrote down when and where the consent was given.
    package var unproven: Set<String> = []
    /// Where it is not what the contact's `time_zone` says.
    package var zone: String?
    package var settled: SettledShares
    private let schema: ContactSchema

    package init(
        id: String, fields: [String: Value], consent: [String: ConsentLevel] = [:], zone: String? = nil,
        settled: SettledShares = SettledShares(), schema: ContactSchema
    ) {
        self.id = id
        self.consent = consent
        self.zone = zone
        self.settled = settled
        self.schema = schema
        self.fields = schema.fields.map { fields[$0.name] ?? .missing }
        if let slot = schema.slot(of: "id"), self.fields[slot].isMissing { self.fields[slot] = Value(id) }
        // Nobody is without tags: the list may be empty.
        if let slot = schema.slot(of: "tags"), self.fields[slot].isMissing { self.fields[slot] = .list([]) }
    }

    /// The person that a test speaks of.
    package init(_ given: CheckedTest.Person, id: String, schema: ContactSchema) {
        self.init(
            id: id, fields: given.fields, consent: given.consent.filter { $0.value > .none }, zone: given.zone,
            settled: SettledShares(isHeldOut: given.isHeldOut ?? false, arms: given.arms), schema: schema)
        isDoNotContact = given.isDoNotContact
    }

    package subscript(name: String) -> Value {
        get { schema.slot(of: name).map { fields[$0] } ?? .missing }
        set { if let slot = schema.slot(of: name) { fields[slot] = newValue } }
    }

    package func text(_ name: String) -> String? {
        guard case .text(let bytes) = self[name] else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Stands for the number that a store gives a contact.
    var number: Int64 { Int64(bitPattern: SipHash.hash(Array(id.utf8), first: 0, second: 0)) }

    package var zoneName: String? { zone ?? text("time_zone") }

    package mutating func tag(_ name: String) {
        guard case .list(let tags) = self["tags"] else { return }
        if !tags.contains(Value(name)) { self["tags"] = .list(tags + [Value(name)]) }
    }

    package mutating func untag(_ name: String) {
        guard case .list(let tags) = self["tags"] else { return }
        self["tags"] = .list(tags.filter { $0 != Value(name) })
    }

    package func address(onChannel kind: String) -> String? {
        text(AddressNormalizer.kind(ofChannel: kind))
    }

    /// All fields as a page of one row.
    package func page() -> FactPage {
        var page = FactPage(slotCount: fields.count)
        for (slot, value) in fields.enumerated() {
            switch value {
            case .missing: page.columns[slot].appendMissing()
            case .bool(let flag): page.columns[slot].append(flag ? 1 : 0)
            case .number(let number, _): page.columns[slot].append(number)
            case .text(let bytes): page.columns[slot].append(Self.packed(bytes, into: &page))
            case .list(let items):
                var bytes: [UInt8] = []
                for case .text(let item) in items { bytes += item + [0x1F] }
                page.columns[slot].append(Self.packed(bytes, into: &page))
            }
        }
        page.finishRow()
        return page
    }

    private static func packed(_ bytes: [UInt8], into page: inout FactPage) -> Int64 {
        Int64(bitPattern: bytes.withUnsafeBufferPointer { page.pack($0) }.bits)
    }
}
