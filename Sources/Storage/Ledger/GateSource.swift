import RuleEngine
import Runner

/// Where the gate's facts lie: the joins and columns that every query about recipients shares, so that planning and
/// the intent transaction can't read them differently.
///
/// Parameters 1 to 4 are the channel kind, its identity kind, the purpose and the topic; a query's own follow.
enum GateSource {
    static let firstFreeParameter: Int32 = 5
    static let columnCount: Int32 = 11

    /// Columns in the order of `read`. `c` is the contact, which may be missing beside a delivery.
    static let columns = """
        i.address, ifnull(c.erased, 1), c.do_not_contact, p.allowed, k.level, k.given_at,
        ifnull(k.source, '') <> '', k.expires_at, k.revoked_at, \(suppressions), t.topic IS NOT NULL
        """

    /// `contact` is the column that holds the contact's key.
    static func joins(on contact: String) -> String {
        """
        LEFT JOIN identity i ON i.contact = \(contact) AND i.kind = ?2 AND i.rank = 0
        LEFT JOIN permission p ON p.contact = \(contact) AND p.channel = ?1
        LEFT JOIN consent k ON k.contact = \(contact) AND k.channel = ?1 AND k.purpose = ?3
        LEFT JOIN topic_optout t ON t.contact = \(contact) AND t.channel = ?1 AND t.topic = ?4
        """
    }

    /// All entries for the address as one number: bit r for reason r on this channel, then counts of tenant-wide
    /// entries, from bit 16 those that cover marketing only, from bit 32 those that cover everything. Channel and
    /// reason are a key, so that the sum never adds a bit twice.
    ///
    /// Few addresses have an entry. To ask for one first is twice as fast as to sum up nothing.
    private static let suppressions = """
        CASE WHEN EXISTS (SELECT 1 FROM suppression s WHERE s.tenant = 1 AND s.address_key = i.address_key) THEN (
            SELECT sum(CASE WHEN s.channel <> '' THEN 1 << s.reason WHEN s.marketing_only THEN 1 << 16 ELSE 1 << 32 END)
            FROM suppression s
            WHERE s.tenant = 1 AND s.address_key = i.address_key AND (s.channel = '' OR s.channel = ?1)
        ) END
        """

    static func bind(_ query: RecipientQuery, to statement: Statement) {
        statement.bind(1, query.channelKind)
        statement.bind(2, AddressNormalizer.kind(ofChannel: query.channelKind))
        statement.bind(3, query.purpose.rawValue)
        statement.bind(4, query.topic)
    }

    /// Reads the gate's columns from `first` on. The address is the first of them.
    static func read(_ row: Statement, first: Int32) -> GateFacts {
        var facts = GateFacts()
        let address = row.textBytes(first)
        facts.hasAddress = !row.isNull(first)
        // Import normalises what it keeps; an address that can't be normalised is kept as typed, with an empty form.
        facts.isAddressWellFormed = !address.isEmpty
        facts.isErased = row.integer(first + 1) != 0
        facts.isDoNotContact = row.integer(first + 2) != 0
        facts.hasRefusedChannel = row.optionalInteger(first + 3) == 0
        facts.consent = ConsentLevel(rawValue: Int(row.integer(first + 4))) ?? .none
        facts.isProofComplete = !row.isNull(first + 5) && row.integer(first + 6) != 0
        facts.consentGivenAt = row.optionalInteger(first + 5).map(Timestamp.init(microseconds:))
        facts.consentExpiresAt = row.optionalInteger(first + 7).map(Timestamp.init(microseconds:))
        facts.isConsentRevoked = !row.isNull(first + 8)
        facts.isTopicOff = row.integer(first + 10) != 0
        let suppressions = row.integer(first + 9)
        if suppressions != 0 { read(suppressions, into: &facts) }
        return facts
    }

    private static func read(_ suppressions: Int64, into facts: inout GateFacts) {
        let coversEverything = suppressions >> 32 != 0
        let coversMarketing = suppressions >> 16 & 0xFFFF != 0
        if coversEverything || coversMarketing {
            // A mark on the person covers everything, whatever an entry for the address says.
            facts.doNotContactIsMarketingOnly = !facts.isDoNotContact && !coversEverything
            facts.isDoNotContact = true
        }
        // The reasons ascend in severity: the highest bit is the one to name.
        let reasons = suppressions & 0xFFFF
        if reasons != 0 {
            facts.suppression = SuppressionReason(rawValue: Int64.bitWidth - 1 - reasons.leadingZeroBitCount)
        }
    }
}
