import RuleEngine

/// What a change is about: the thing by its id, and what it is now, for the audit log's hashes.
package struct AuditSubject: Sendable {
    package var object: String
    package var state: String?

    package init(object: String, state: String?) {
        self.object = object
        self.state = state
    }
}

extension ServiceDesk {
    /// A contact by its number, which means nothing to anybody once the person is forgotten.
    package func subject(contact name: String) -> AuditSubject? {
        guard let sheet = try? sheet(of: name) else { return nil }
        return AuditSubject(object: "contact:\(sheet.key.rawValue)", state: sheet.json.text)
    }

    package func subject(program id: String) -> AuditSubject? {
        guard let program = try? program(id) else { return nil }
        return AuditSubject(object: "program:" + id, state: program.text)
    }

    package func subject(key id: String) -> AuditSubject? {
        guard let key = try? apiKeys().first(where: { $0.id == id }) else { return nil }
        return AuditSubject(object: "key:" + id, state: key.json(at: now).text)
    }

    package func subject(user name: String) -> AuditSubject? {
        guard let user = try? person(name) else { return nil }
        return AuditSubject(object: "user:" + name, state: user.json.text)
    }

    /// Writes down who did what, durably.
    package func record(
        _ action: String, _ object: String, before: String? = nil, after: String? = nil, actor: String,
        request: String = "", address: String? = nil
    ) throws(StoreError) {
        let seal = AuditSeal(store.key)
        var entry = AuditEntry(at: now, actor: actor, action: action, object: object, request: request)
        entry.before = before.map { seal.hash(of: $0) } ?? []
        entry.after = after.map { seal.hash(of: $0) } ?? []
        entry.address = address.map { seal.address($0) } ?? ""
        try audit().append(entry)
    }

    /// That somebody tried to log in. Whether anybody has the name, the entry doesn't say.
    package func record(failedLogin name: String, request: String, address: String?) throws(StoreError) {
        try record(
            "failedLogIn", "login:" + AuditSeal(store.key).tried(name), actor: Principal.anonymous.actor,
            request: request, address: address)
    }

    /// What stands in an address of the API, as the log may hold it.
    package func auditName(_ text: String) -> String { AuditSeal(store.key).name(text) }
}
