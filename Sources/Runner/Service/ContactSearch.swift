package import RuleEngine

/// Which contacts are meant, and in how many pages they come: in ascending order of their numbers here.
package struct ContactSearch: Sendable {
    /// An id, the beginning of one, or an address.
    package var text: String?
    package var language: String?
    package var country: String?
    package var tag: String?
    package var doNotContact: Bool?
    package var changedSince: Timestamp?

    package init() {}
}

/// Where a page of a list begins and how long it may be.
package struct PageRequest: Sendable {
    /// What the last page ended with.
    package var after: String?
    /// Left out before the page begins.
    package var offset: Int
    package var limit: Int

    package init(after: String? = nil, offset: Int = 0, limit: Int = 50) {
        self.after = after
        self.offset = offset
        self.limit = limit
    }
}

/// A page, and what the next one begins behind; nil at the end.
package struct FoundPage<Item: Sendable>: Sendable {
    package var items: [Item]
    package var next: String?

    package init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }

    /// Of one row more than was asked for, which says that there is a next page.
    package init(_ rows: [Item], limit: Int, cursor: (Item) -> String) {
        items = Array(rows.prefix(limit))
        next = rows.count > limit ? items.last.map(cursor) : nil
    }
}

/// A contact in a list.
package struct ContactEntry: Sendable {
    package var key: ContactKey
    package var externalID: String
    package var language: String?
    package var country: String?
    package var tags: [String]
    package var doNotContact: Bool
    package var updatedAt: Timestamp
    package var addresses: [(kind: String, address: String)]

    package init(
        key: ContactKey, externalID: String, language: String?, country: String?, tags: [String], doNotContact: Bool,
        updatedAt: Timestamp, addresses: [(kind: String, address: String)]
    ) {
        self.key = key
        self.externalID = externalID
        self.language = language
        self.country = country
        self.tags = tags
        self.doNotContact = doNotContact
        self.updatedAt = updatedAt
        self.addresses = addresses
    }

    package var json: JSON {
        [
            "id": .string(externalID), "language": JSON(language), "country": JSON(country), "tags": JSON(tags),
            "do_not_contact": JSON(doNotContact),
            "addresses": .array(addresses.map { ["kind": .string($0.kind), "address": .string($0.address)] }),
            "updated_at": .string(ISOInstant.text(updatedAt)),
        ]
    }
}

/// Finds contacts, and everything that is kept about one. One thread owns it.
package protocol ContactSearching: AnyObject {
    /// Nobody who was erased.
    func contacts(_ search: ContactSearch, _ page: PageRequest) throws(StoreError) -> FoundPage<ContactEntry>
    /// Every row of every table that names the contact, by the table's name: a table that comes later is in it without
    /// anybody's doing.
    func everything(about contact: ContactKey) throws(StoreError) -> JSON
}
