package import RuleEngine
package import Runner

/// Pages of recipients. Facts, the gate's facts and the suppression epoch of a page come from one snapshot.
extension SQLiteLedgerReader {
    package func audiencePage(
        _ query: AudienceQuery, after: ContactKey?, limit: Int, into page: inout RecipientPage
    ) throws(StoreError) {
        page.removeAll()
        try connection.snapshot { () throws(StoreError) in
            let columns = try contactColumns(query.recipients.schema)
            let audience = AudienceSQL(query, columns: columns)
            let reading = RecipientReading(query.recipients, columns: columns, contact: "c.id", attempts: "0")
            // The contact leads, in the order of its key; NOT INDEXED leaves it only that key to be found by.
            let statement = try connection.prepare(
                """
                SELECT \(reading.columns) FROM contact c NOT INDEXED \(GateSource.joins(on: "c.id"))
                WHERE c.id > ?5 AND c.tenant = 1 AND \(audience.text)
                ORDER BY c.id LIMIT \(limit)
                """
            )
            GateSource.bind(query.recipients, to: statement)
            statement.bind(5, after?.rawValue ?? 0)
            audience.bind(to: statement, from: 6)
            try fill(&page, from: statement, reading, query.recipients)
            try addHistories(query.recipients.history, to: &page)
        }
    }

    package func plannedPage(
        of launch: LaunchID, _ query: RecipientQuery, after: ContactKey?, limit: Int, into page: inout RecipientPage
    ) throws(StoreError) {
        page.removeAll()
        try connection.snapshot { () throws(StoreError) in
            let reading = deliveryReading(query, try contactColumns(query.schema))
            let statement = try connection.prepare(
                """
                SELECT \(reading.columns) FROM delivery d NOT INDEXED LEFT JOIN contact c ON c.id = d.contact
                \(GateSource.joins(on: "d.contact"))
                WHERE d.tenant = 1 AND d.launch = ?5 AND d.contact > ?6 AND d.state = 0
                ORDER BY d.contact LIMIT ?7
                """
            )
            GateSource.bind(query, to: statement)
            statement.bind(5, launch.rawValue)
            statement.bind(6, after?.rawValue ?? 0)
            statement.bind(7, Int64(limit))
            try fill(&page, from: statement, reading, query, launch)
            try addHistories(query.history, to: &page)
        }
    }

    package func duePage(
        of launch: LaunchID, _ query: RecipientQuery, now: Timestamp, limit: Int, excluding: Set<ContactKey>,
        into page: inout RecipientPage
    ) throws(StoreError) {
        page.removeAll()
        try connection.snapshot { () throws(StoreError) in
            let reading = deliveryReading(query, try contactColumns(query.schema))
            let statement = try connection.prepare(
                """
                SELECT \(reading.columns) FROM delivery d INDEXED BY delivery_due
                LEFT JOIN contact c ON c.id = d.contact \(GateSource.joins(on: "d.contact"))
                WHERE d.tenant = 1 AND d.launch = ?5 AND (d.state = 1 OR d.state = 3) AND d.not_before <= ?6
                ORDER BY d.not_before
                """
            )
            GateSource.bind(query, to: statement)
            statement.bind(5, launch.rawValue)
            statement.bind(6, now.microseconds)
            page.suppressionEpoch = try connection.suppressionEpoch()
            defer { statement.reset() }
            while page.rows.count < limit, try statement.step() {
                if excluding.contains(ContactKey(rawValue: statement.integer(0))) { continue }
                reading.append(statement, to: &page)
            }
            try GateQuestionsReading(connection: connection, query: query, launch: launch).complete(&page)
            try askAudience(query, now: now, of: &page)
            try addHistories(query.history, to: &page)
        }
    }

    package func recipient(
        _ contact: ContactKey, _ query: RecipientQuery, into page: inout RecipientPage
    ) throws(StoreError) {
        page.removeAll()
        try connection.snapshot { () throws(StoreError) in
            let columns = try contactColumns(query.schema)
            let reading = RecipientReading(query, columns: columns, contact: "c.id", attempts: "0")
            let statement = try connection.prepare(
                "SELECT \(reading.columns) FROM contact c \(GateSource.joins(on: "c.id")) WHERE c.id = ?5"
            )
            GateSource.bind(query, to: statement)
            statement.bind(5, contact.rawValue)
            try fill(&page, from: statement, reading, query)
            try addHistories(query.history, to: &page)
        }
    }

    /// Of those whom quiet hours held, who is in the audience no more.
    private func askAudience(_ query: RecipientQuery, now: Timestamp, of page: inout RecipientPage) throws(StoreError) {
        guard let membership = query.membership else { return }
        let held = page.rows.indices.filter { page.rows[$0].gate.heldFor == .quietHours }
        guard !held.isEmpty else { return }
        let audience = AudienceSQL(
            AudienceQuery(
                audience: membership.audience, recipients: query, now: now, offices: membership.offices),
            columns: try contactColumns(query.schema))
        let statement = try connection.prepare("SELECT 1 FROM contact c WHERE c.id = ?1 AND \(audience.text)")
        for index in held {
            statement.bind(1, page.rows[index].contact.rawValue)
            audience.bind(to: statement, from: 2)
            page.rows[index].gate.hasLeftAudience = try !statement.step()
            statement.reset()
        }
    }

    package func recipients(
        _ contacts: [ContactKey], _ query: RecipientQuery, of launch: LaunchID?, into page: inout RecipientPage
    ) throws(StoreError) {
        page.removeAll()
        try connection.snapshot { () throws(StoreError) in
            let columns = try contactColumns(query.schema)
            let reading = RecipientReading(query, columns: columns, contact: "c.id", attempts: "0")
            let statement = try connection.prepare(
                "SELECT \(reading.columns) FROM contact c \(GateSource.joins(on: "c.id")) WHERE c.id = ?5"
            )
            page.suppressionEpoch = try connection.suppressionEpoch()
            for contact in contacts {
                GateSource.bind(query, to: statement)
                statement.bind(5, contact.rawValue)
                while try statement.step() { reading.append(statement, to: &page) }
            }
            try GateQuestionsReading(connection: connection, query: query, launch: launch).complete(&page)
            try addHistories(query.history, to: &page)
        }
    }

    private func contactColumns(_ schema: ContactSchema) throws(StoreError) -> ContactColumns {
        ContactColumns(schema: schema, existing: try table.columns(connection))
    }

    /// A contact that is missing beside its delivery reads as erased, so that the gate closes the row.
    private func deliveryReading(_ query: RecipientQuery, _ columns: ContactColumns) -> RecipientReading {
        RecipientReading(
            query, columns: columns, contact: "d.contact", attempts: "d.attempts",
            place: (step: "d.step", occurrence: "d.occurrence"))
    }

    /// A contact at a time: each of them is a range of an index or two.
    private func addHistories(_ needs: HistoryNeeds, to page: inout RecipientPage) throws(StoreError) {
        guard !needs.isEmpty else { return }
        let reading = HistoryReading(connection: connection)
        for row in page.rows { page.histories.append(try reading.facts(of: row.contact, needs, now: nil)) }
    }

    private func fill(
        _ page: inout RecipientPage, from statement: Statement, _ reading: RecipientReading, _ query: RecipientQuery,
        _ launch: LaunchID? = nil
    ) throws(StoreError) {
        page.suppressionEpoch = try connection.suppressionEpoch()
        while try statement.step() { reading.append(statement, to: &page) }
        try GateQuestionsReading(connection: connection, query: query, launch: launch).complete(&page)
    }
}
