import HTTPTypes
import Runner

/// The audit log, read and verified.
struct AuditRoutes: Sendable {
    let desks: DeskPool

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/audit", access: .scope(.viewAudit), id: "listAudit", tag: "audit",
                summary: "Who changed what, the newest first.", parameters: Parameter.paging,
                answers: [.ok("A page of entries.", .page(of: Self.entry))],
                handler: { request in
                    APIReply(try await desks.run { try $0.audit().entries(request.page) }) { $0.json }
                }),
            APIRoute(
                method: .get, path: "/audit/verify", access: .scope(.viewAudit), id: "verifyAudit", tag: "audit",
                summary: "Look whether every entry is as it was written, and none is missing.",
                answers: [
                    .ok(
                        "What the whole chain came to.",
                        .object([
                            .needed("whole", .flag), .needed("entries", Self.count),
                            .needed("hash", .text(0...64), "The last entry's: keep it elsewhere."),
                            .needed("broken_at", .either([Self.count, .null])),
                        ]))
                ],
                handler: { _ in
                    switch try await desks.run({ try $0.audit().verify() }) {
                    case .whole(let entries, let last):
                        APIReply([
                            "whole": true, "entries": JSON(entries), "hash": .string(AuditEntry.text(of: last)),
                            "broken_at": .null,
                        ])
                    case .broken(let number):
                        APIReply(["whole": false, "entries": JSON(number - 1), "hash": "", "broken_at": JSON(number)])
                    }
                }),
        ]
    }

    private static let count = Shape.integer(0...(.max))

    private static let entry = Shape.named(
        "AuditEntry",
        .object([
            .needed("number", count), .needed("at", .instant), .needed("actor", .word), .needed("action", .word),
            .needed("object", .text(0...300)), .needed("before", .text(0...64)), .needed("after", .text(0...64)),
            .needed("request_id", .text(0...128)),
            .needed("address", .text(0...64), "A keyed hash of where it came from."), .needed("hash", .text(64...64)),
        ]))
}
