import RuleEngine

/// Contacts: found, shown, written, brought in, given out, forgotten.
extension ServiceDesk {
    package func findContacts(_ search: ContactSearch, _ page: PageRequest) throws -> FoundPage<ContactEntry> {
        try contactSearch().contacts(search, page)
    }

    package func sheet(of name: String) throws -> ContactSheet {
        try sheet(of: try contact(name))
    }

    /// Everything that is kept about one person.
    package func everything(about name: String) throws -> JSON {
        let key = try contact(name)
        let sheet: ContactSheet = try sheet(of: key)
        var records = try contactSearch().everything(about: key).entries
        let sent = try archive().messages(to: key, of: nil)
        if !sent.isEmpty {
            records.append(JSON.Entry(key: "sent_message", value: .array(sent.map { $0.json(sealer) })))
        }
        return ["contact": sheet.json, "records": .object(records)]
    }

    package func erase(_ name: String, because reason: String, actor: String) throws -> String {
        let key = try contact(name)
        try consents().erase(key, source: reason, actor: actor, now: now)
        return try contacts().externalID(of: key) ?? ""
    }

    // MARK: Written

    package func importContacts(
        _ bytes: [UInt8], options: ImportOptions
    ) throws -> (summary: ImportSummary, refusals: [Refusal]) {
        let project = try project()
        let task = ContactImport(
            bytes: bytes, schema: project.schema, currency: project.settings.currency, key: store.key,
            options: options, now: now)
        var refusals: [Refusal] = []
        do throws(ImportError) {
            let summary = try task.run(into: try contactWriterOrFail(), onRefusal: { refusals.append($0) })
            return (summary, refusals)
        } catch {
            throw try Self.refusal(of: error, refusals)
        }
    }

    private func contactWriterOrFail() throws(ImportError) -> any ContactWriter {
        do throws(StoreError) {
            return try contactWriter()
        } catch {
            throw .store(error, ImportSummary())
        }
    }

    /// A failure of the data folder is thrown as itself.
    private static func refusal(of error: ImportError, _ refusals: [Refusal]) throws(StoreError) -> ServiceRefusal {
        switch error {
        case .file(let faults):
            return ServiceRefusal(
                .invalid, "header", "the columns can't be read", help: faults.first?.help,
                faults: faults.map {
                    ["code": .string($0.code), "message": .string($0.message), "help": .string($0.help)]
                })
        case .strict(let summary):
            return ServiceRefusal(
                .invalid, "strict", "\(summary.refused) of \(summary.rows) rows would be refused; nothing was written",
                faults: refusals.prefix(1_000).map(\.json))
        case .reading(let text): return ServiceRefusal(.invalid, "unreadable", text)
        case .store(let error, _): throw error
        }
    }

    /// Writes one contact: the members are the columns of an import, and are held to the same rules.
    ///
    /// - Parameter replaces: what isn't there is taken away; otherwise it stays as it is.
    package func write(
        _ id: String, _ members: [JSON.Entry], replaces: Bool
    ) throws -> (isNew: Bool, sheet: ContactSheet) {
        let project = try project()
        let known = try contacts().find(id)
        // An address names somebody who is there; a new contact gets the id that it is written by.
        let externalID = try known.flatMap { try contacts().externalID(of: $0) } ?? id
        var cells: [(name: String, text: String)] = [("id", externalID)]
        for member in members {
            guard member.key != "id" else {
                if member.value.string == externalID { continue }
                throw ServiceRefusal(
                    .invalid, "wrong_value", "`id` is not the contact that the address names",
                    help: "leave it out: it stands in the address")
            }
            cells.append((member.key, try Self.cell(member)))
        }
        let given = Set(cells.map(\.name))
        let stored = try known.map { try consents().sheet(of: $0, schema: project.schema) }
        for field in project.schema.fields where !given.contains(field.name) {
            if replaces {
                cells.append((field.name, ""))
            } else if !field.type.isOptional, field.name != "tags",
                let value = stored?.attributes.first(where: { $0.name == field.name })?.value
            {
                // An import names every field that nobody may be without.
                cells.append((field.name, value))
            }
        }
        if replaces {
            let fields = Set(project.schema.fields.map(\.name))
            for kind in AddressNormalizer.kinds where !given.contains(kind) && !fields.contains(kind) {
                cells.append((kind, ""))
            }
        }
        let text = CSVText.line(cells.map(\.name)) + CSVText.line(cells.map(\.text))
        let (_, refusals) = try importContacts(Array(text.utf8), options: ImportOptions())
        if let refusal = refusals.first {
            throw ServiceRefusal(
                .invalid, "refused", "the contact was not written", help: refusal.faults.first?.help,
                faults: refusal.faults.map { fault in
                    [
                        "field": JSON(fault.column), "code": .string(fault.code), "message": .string(fault.message),
                        "help": .string(fault.help),
                    ]
                })
        }
        return (known == nil, try sheet(of: externalID))
    }

    private static func cell(_ member: JSON.Entry) throws -> String {
        switch member.value {
        case .null: return ""
        case .bool(let flag): return flag ? "yes" : "no"
        case .integer(let number): return String(number)
        case .written(let number): return number
        case .string(let text): return text
        case .array(let items):
            return try items.map { item in
                guard let word = item.string, !word.contains(";") else { throw wrong(member.key) }
                return word
            }.joined(separator: ";")
        case .object: throw wrong(member.key)
        }
    }

    private static func wrong(_ name: String) -> ServiceRefusal {
        ServiceRefusal(
            .invalid, "wrong_value", "`\(name)` is no value of a contact",
            help: "a text, a number, true, false, null or a list of texts without semicolons")
    }
}

/// A row of a file that is imported here: quoted, and otherwise left as it is.
private enum CSVText {
    static func line(_ cells: [String]) -> String {
        cells.map {
            "\"" + $0.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        .joined(separator: ",") + "\n"
    }
}
