import HTTPTypes
import Runner

/// Four eyes: whoever answers for a program can't agree to it, and what is agreed to is its meaning, audience and all.
struct ApprovalRoutes: Sendable {
    let desks: DeskPool

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/programs/{id}/approvals", access: .scope(.viewReports), id: "listApprovals",
                tag: "programs", summary: "Who has agreed to it as it is now.", parameters: [.program],
                answers: [.ok("What its policy asks, and who has agreed.", Self.standing)],
                problems: [404: ["unknown_program"], 409: ["errors"], 503: ["time_zone"]],
                handler: { request in
                    APIReply(try await desks.run { try $0.approvalStanding(of: request["id"]) })
                }),
            APIRoute(
                method: .post, path: "/programs/{id}/approvals", access: .scope(.approveCampaigns),
                id: "approveProgram", tag: "programs",
                summary: "Agree to a program in one meaning. A change of what it does voids that.",
                parameters: [.program],
                body: .json(
                    .object([
                        .needed("version", .text(64...64), "As `GET /programs/{id}` shows it: what was looked at.")
                    ])),
                answers: [APIRoute.Answer(status: 201, about: "As it stands now.", shape: Self.standing)],
                problems: [
                    403: ["no_person", "lacks_permission"], 404: ["unknown_program"],
                    409: ["errors", "changed", "own", "not_asked"], 503: ["time_zone"],
                ],
                isRepeatable: true,
                handler: { request in
                    let version = request.document["version"]?.string ?? ""
                    return APIReply(
                        status: .created,
                        try await desks.run { try $0.approve(request["id"], version: version, by: request.caller) })
                }),
        ]
    }

    private static let standing = Shape.named(
        "ApprovalStanding",
        .object([
            .needed("id", .word), .needed("version", .text(64...64)), .needed("owner", Shape.words.orNull),
            .needed(
                "needed_over", .either([.integer(0...(.max)), .null]), "Contacts; null where nobody has to agree."),
            .needed("permission", Shape.words.orNull), .needed("approved", .flag),
            .needed(
                "approvals",
                .list(
                    .object([.needed("name", .words), .needed("permission", .words), .needed("at", .instant)]),
                    most: 10_000)),
        ]))
}
