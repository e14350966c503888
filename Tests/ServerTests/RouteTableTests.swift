import Glibc
import HTTPTypes
import RuleEngine
import Runner
import Testing

@testable import Server

/// What every operation has to say of itself, and who may call it.
@Suite struct RouteTableTests {
    /// Who calls: people by their role, with what they hold beside it, and keys with scopes of their own.
    struct Caller: Sendable {
        var name: String
        var role: Role?
        var scopes: Set<Scope>

        init(_ role: Role, _ extra: Set<Scope> = []) {
            name = role.rawValue + (extra.isEmpty ? "" : "-more")
            self.role = role
            scopes = role.scopes.union(extra)
        }

        init(key name: String, _ scopes: Set<Scope>) {
            self.name = name
            self.scopes = scopes
        }

        func may(_ route: APIRoute) -> Bool {
            switch route.access {
            case .open, .anyone: break
            case .scope, .sending, .any:
                guard route.access.scopes.contains(where: scopes.contains) else { return false }
            }
            if case .open = route.access { return true }
            let own: Set = ["killProgram", "logOut", "beginFactor", "confirmFactor", "removeFactor"]
            let isChange = route.method != .get && !own.contains(route.id)
            return role != .reviewer || !isChange
        }
    }

    static let callers = [
        Caller(.admin), Caller(.admin, Set(Scope.allCases)), Caller(.campaignManager),
        Caller(.campaignManager, [.sendEmail, .viewPersonalData]), Caller(.templateEditor),
        Caller(.sender, [.sendEmail]),
        Caller(.reviewer), Caller(.analyst), Caller(key: "shop", [.triggerEvents]),
        Caller(key: "office", [.manageContacts, .manageConsent, .importExport, .viewPersonalData, .viewReports]),
        Caller(key: "nobody", []),
    ]

    /// Written down beside the routes on purpose: whoever opens one to others changes both.
    static let access: [String: [Scope]] = [
        "sendEvents": [.triggerEvents],
        "findContacts": [.viewPersonalData], "getContact": [.viewPersonalData], "putContact": [.manageContacts],
        "patchContact": [.manageContacts], "eraseContact": [.manageContacts], "exportContact": [.importExport],
        "importContacts": [.importExport],
        "listConsents": [.viewPersonalData], "writeConsent": [.manageConsent], "requestConsent": [.manageConsent],
        "listSuppressions": [.viewPersonalData], "suppress": [.manageConsent], "liftSuppression": [.manageConsent],
        "getPreferences": [.viewPersonalData], "updatePreferences": [.manageConsent],
        "listPrograms": [.viewReports], "getProgram": [.viewReports], "explainProgram": [.viewReports],
        "drawProgram": [.viewReports], "checkPrograms": [.manageCampaigns], "planProgram": [.viewPersonalData],
        "activateProgram": [.manageCampaigns], "pauseProgram": [.operate], "resumeProgram": [.operate],
        "killProgram": [.operate, .kill], "listCampaigns": [.viewReports], "getCampaign": [.viewReports],
        "listRecipients": [.viewReports], "exportRecipients": [.importExport], "previewSegment": [.viewPersonalData],
        "explainDelivery": [.viewReports], "findDeliveries": [.viewReports], "getDelivery": [.viewReports],
        "findRuns": [.viewReports], "getDeliveredMessage": [.viewPersonalData],
        "getStatistics": [.viewReports], "sendMessage": Scope.sending, "listMessages": [.viewReports],
        "getMessage": [.viewReports], "cancelMessage": Scope.sending, "listTemplates": [.viewReports],
        "getTemplate": [.viewReports], "getTemplateUsage": [.viewReports], "createTemplate": [.manageTemplates],
        "changeTemplate": [.manageTemplates], "deleteTemplate": [.manageTemplates],
        "restoreTemplate": [.manageTemplates], "previewTemplate": [.viewPersonalData],
        "listChannels": [.viewReports], "getChannel": [.viewReports], "createChannel": [.manageCredentials],
        "sendBulk": Scope.sending, "startCampaign": [.manageCampaigns],
        "uploadPrograms": [.manageCampaigns],
        "listSessions": [.viewPersonalData], "getSession": [.viewPersonalData],
        "changeConversation": Scope.sending, "noteConversation": Scope.sending, "replyInConversation": Scope.sending,
        "listQuickReplies": Scope.sending, "putQuickReply": [.manageTemplates],
        "deleteQuickReply": [.manageTemplates], "scheduleMessage": Scope.sending,
        "listScheduledMessages": [.viewReports], "getScheduledMessage": [.viewReports],
        "pauseScheduledMessage": Scope.sending, "resumeScheduledMessage": Scope.sending,
        "endScheduledMessage": Scope.sending, "getTimeline": [.viewPersonalData],
        "findMatches": [.viewPersonalData], "listMerges": [.viewPersonalData], "mergeContacts": [.manageContacts],
        "undoMerge": [.manageContacts],
        "listApprovals": [.viewReports], "approveProgram": [.approveCampaigns],
        "exportContactCSV": [.importExport], "listRetention": [.viewAudit], "setRetention": [.manageConsent],
        "listChanges": [.viewReports], "streamChanges": [.viewReports], "listHooks": [.manageCredentials],
        "createHook": [.manageCredentials], "changeHook": [.manageCredentials], "removeHook": [.manageCredentials],
        "rotateHook": [.manageCredentials], "listHookDeliveries": [.manageCredentials],
        "replayHook": [.manageCredentials], "listCredentials": [.manageCredentials],
        "setCredential": [.manageCredentials],
        "removeCredential": [.manageCredentials], "rotateCredentials": [.manageCredentials],
        "logIn": [], "logOut": [], "whoAmI": [], "setPassword": [], "listKeys": [.manageUsers],
        "createKey": [.manageUsers], "revokeKey": [.manageUsers], "rotateKey": [.manageUsers],
        "listUsers": [.manageUsers], "createUser": [.manageUsers], "changeUser": [.manageUsers],
        "resetUser": [.manageUsers], "beginFactor": [], "confirmFactor": [], "removeFactor": [],
        "resetFactor": [.manageUsers], "listAudit": [.viewAudit], "verifyAudit": [.viewAudit],
    ]

    @Test func `each operation is declared once, with its parameters`() throws {
        let routes = try ServiceFixture().routes
        #expect(Set(routes.map(\.id)).count == routes.count)
        #expect(Set(routes.map { $0.method.rawValue + $0.path }).count == routes.count)
        #expect(Set(routes.map(\.id)) == Set(Self.access.keys))
        for route in routes {
            #expect(route.access.scopes == Self.access[route.id], "\(route.id)")
            let inPath = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { $0.dropFirst().dropLast() }
            let declared = route.parameters.filter { $0.place == .path }.map(\.name)
            #expect(inPath.map(String.init) == declared, "\(route.id)")
            #expect(route.answers.contains { $0.status < 300 }, "\(route.id)")
            #expect(!route.summary.isEmpty && route.summary.hasSuffix("."), "\(route.id)")
        }
    }

    /// Role × route × object: what is there, what is another tenant's, and what is missing.
    @Test func `every role gets what its scopes say of every route`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            var cases = 0
            for caller in Self.callers {
                for route in fixture.routes {
                    // A person's session ends with `logOut`.
                    let key = try caller.role.map { try fixture.session(caller.name, $0, caller.scopes) }
                    let about = "\(caller.name): \(route.id)"
                    for object in ["c1", "missing"] {
                        cases += 1
                        let path = route.path.replacing("{id}", with: object) + Self.end(of: route)
                        let body = route.body == nil ? nil : "[]"
                        let reply = try call(route.method.rawValue, path, body, scopes: caller.scopes, key: key)
                        let isRefused = reply.code == "forbidden" || reply.code == "looks_only"
                        #expect(isRefused == !caller.may(route), "\(about): \(reply.status) \(reply.code ?? "")")
                        #expect(reply.status < 500, "\(about)")
                    }
                    cases += 1
                    let other = try caller.role.map { try fixture.session(caller.name, $0, caller.scopes) }
                    let path = route.path.replacing("{id}", with: "c1")
                    let foreign = try call(
                        route.method.rawValue, path, route.body == nil ? nil : "[]", scopes: caller.scopes, key: other,
                        headers: ["X-Tenant-ID": "2", "X-HTTP-Method-Override": "DELETE"])
                    #expect(foreign.status == 403 && foreign.code == "other_tenant", "\(about)")
                }
            }
            #expect(cases >= 3 * Self.callers.count * fixture.routes.count)
            // Nothing of it has changed anything: a body that is a list is none that these take.
            #expect(try call("GET", "/contacts/c1").body["erased"]?.flag == false)
        }
    }

    @Test func `the document is whole: what it refers to is in it`() async throws {
        let fixture = try ServiceFixture()
        let document = OpenAPI.document(of: fixture.routes, below: APIRoutes.base)
        let text = document.text
        for part in text.split(separator: "#/components/schemas/").dropFirst() {
            let name = String(part.prefix { $0.isLetter })
            #expect(document["components"]?["schemas"]?[name] != nil, "\(name)")
        }
        let paths = document["paths"]?.entries ?? []
        #expect(paths.reduce(0) { $0 + $1.value.entries.count } == fixture.routes.count)
    }

    @Test func `the page lists every operation with its scope`() throws {
        let here = #filePath
        let root = try #require(here.firstRange(of: "/Tests/ServerTests/"))
        let file = try #require(fopen(here[..<root.lowerBound] + "/docs/api.md", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        let lines = Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n"))
        for route in try ServiceFixture().routes {
            let scopes =
                switch route.access {
                case .open: "nobody is asked"
                case .anyone: "any key or session"
                case .scope, .sending, .any: route.access.scopes.map { "`\($0.rawValue)`" }.joined(separator: ", ")
                }
            let line = "| `\(route.method.rawValue) \(route.path)` | \(scopes) |"
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    /// What keeps a stream from being one.
    private static func end(of route: APIRoute) -> String { route.id == "streamChanges" ? "?after=0-0-0-x" : "" }

    static let nonsense = [
        "%00", "%FF%FE", "..%2F..%2Fetc", "'%20OR%201=1--", String(repeating: "a", count: 4_000),
        "%", "%zz", "1;DROP", "-1",
    ]

    static let bodies = [
        "", "null", "[]", "{}", "{", "\u{0}", "\"text\"", "123456789012345678901234567890", #"{"a": 1, "a": 2}"#,
        String(repeating: "[", count: 5_000), #"{"contact": 1, "target": [], "channel": {}, "action": null}"#,
        #"{"contact": "\#("\\")u0000", "target": "\#("\\")ud800"}"#, "id,email\n1,x\n\"", "id\n" + "\u{0}\n",
    ]

    /// Statuses and codes are held to the declarations by the client itself.
    @Test func `nonsense is refused by name, and never breaks anything`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            for route in fixture.routes {
                let types = route.body?.types.map(\.type) ?? ["application/json"]
                for word in Self.nonsense {
                    let path = route.path.replacing("{id}", with: word)
                    let body = route.body == nil ? nil : "{}"
                    let names = route.parameters.filter { $0.place == .query }.map(\.name) + ["nothing"]
                    // A stream that is well asked for has no end.
                    let plain = route.id == "streamChanges" ? [] : [path]
                    for address in plain + names.map({ path.replacing(word, with: "x") + "?\($0)=\(word)" }) {
                        let reply = try call(route.method.rawValue, address, body, type: types[0])
                        #expect(reply.status < 500, "\(route.id) \(address.prefix(80)): \(reply.text.prefix(200))")
                    }
                }
                guard route.body != nil else { continue }
                for body in Self.bodies {
                    for type in types + ["text/plain", ""] {
                        let reply = try call(
                            route.method.rawValue, route.path.replacing("{id}", with: "x"), body, type: type,
                            headers: ["Idempotency-Key": "n"])
                        #expect(reply.status < 500, "\(route.id) \(body.prefix(40)): \(reply.text.prefix(200))")
                    }
                }
            }
        }
    }
}
