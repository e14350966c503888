import RuleEngine
import Runner

/// A consent proof for people and for programs. Nothing in it depends on when or where it is made.
struct ConsentReport {
    let proof: ConsentProof
    let program: AnalysedProject.Program

    var text: String {
        let verdict = proof.isProven ? "proven" : "not proven"
        var lines = ["\(proof.kind.rawValue) \(proof.program): \(verdict), \(Figures.count(proof.sends.count, "send"))"]
        for send in proof.sends { lines += self.lines(send) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(_ send: ConsentProof.Send) -> [String] {
        var lines = ["  \(send.name) (node \(send.node), \(send.purpose.rawValue))"]
        switch send.verdict {
        case .proven(let gates):
            let names = gates.map { "gate \($0)" }.joined(separator: " or ")
            lines.append("    no way around \(names), \(policy)")
        case .unreachable: lines.append("    nobody can come to it")
        case .refuted(.ungated, _): lines.append("    NOT PROVEN: there is a way without a gate")
        case .refuted(.weak(let demand, let claim, let given, let country), _):
            let who = country ?? "a contact without a country"
            lines.append(
                "    NOT PROVEN: \(demand.channel) to \(who): pack \(claim.pack.id) asks \(claim.level.name), \(policy) gives \(given.name)"
            )
        }
        for demand in send.demands { lines += self.lines(demand, of: send) }
        if case .refuted(_, let shown) = send.verdict { lines += self.lines(shown) }
        return lines
    }

    private func lines(_ demand: ConsentDemand, of send: ConsentProof.Send) -> [String] {
        let given = strength(of: send)?.minimum(for: demand.kind)
        let countries = "    \(demand.channel) (\(demand.kind)): \(demand.countries.text)"
        guard send.purpose == .marketing else { return [countries + "; no marketing, so no consent is asked"] }
        let demands = given.map { ", gate demands \($0.name)" } ?? ""
        if demand.claims.isEmpty { return [countries + "; no pack has a say" + demands] }
        let claims = demand.claims.map { "\($0.pack.id) \($0.pack.version) asks \($0.level.name)" }
        return [countries + demands] + claims.map { "      \($0)" }
    }

    private func lines(_ shown: Counterexample?) -> [String] {
        guard let shown else { return ["    no contact was found who shows it, and none is excluded"] }
        let consent = shown.channel.map { "consent by \($0): \(shown.consent.name)" } ?? "consent: none"
        return ["    path: " + shown.path.joined(separator: " > "), "    contact: " + consent]
            + shown.described.map { "      \($0)" }
    }

    private var policy: String { proof.policy.map { "policy \($0)" } ?? "the built-in policy" }

    private func strength(of send: ConsentProof.Send) -> GateStrength? { program.strength(of: send) }

    // MARK: JSON

    var json: JSON {
        [
            "program": .string(proof.program), "kind": .string(proof.kind.rawValue), "proven": JSON(proof.isProven),
            "policy": JSON(proof.policy), "sends": .array(proof.sends.map { json($0) }),
        ]
    }

    private func json(_ send: ConsentProof.Send) -> JSON {
        var object: JSON = [
            "send": .string(send.name), "node": JSON(send.node), "purpose": .string(send.purpose.rawValue),
        ]
        var shown: Counterexample?
        switch send.verdict {
        case .proven(let gates):
            object = object.adding("verdict", .string("proven")).adding("gates", .array(gates.map { JSON($0) }))
        case .unreachable: object = object.adding("verdict", .string("unreachable"))
        case .refuted(let fault, let example):
            shown = example
            object = object.adding("verdict", .string("refuted"))
            if case .weak(let demand, let claim, let given, let country) = fault {
                object = object.adding(
                    "fault",
                    [
                        "channel": .string(demand.channel), "pack": .string(claim.pack.id),
                        "asks": .string(claim.level.name), "gives": .string(given.name), "country": JSON(country),
                    ])
            } else {
                object = object.adding("fault", ["ungated": JSON(true)])
            }
        }
        object = object.adding("channels", .array(send.demands.map { json($0, of: send) }))
        guard let shown else { return object }
        return object.adding(
            "counterexample",
            [
                "path": JSON(shown.path), "nodes": .array(shown.nodes.map { JSON($0) }), "channel": JSON(shown.channel),
                "consent": .string(shown.consent.name), "facts": JSON(shown.described),
            ])
    }

    private func json(_ demand: ConsentDemand, of send: ConsentProof.Send) -> JSON {
        let claims = demand.claims.map { claim -> JSON in
            [
                "pack": .string(claim.pack.id), "version": .string(claim.pack.version),
                "asks": .string(claim.level.name),
            ]
        }
        return [
            "channel": .string(demand.channel), "kind": .string(demand.kind),
            "countries": .string(demand.countries.text), "asked": .string(demand.required.name),
            "gate": JSON(strength(of: send)?.minimum(for: demand.kind).name), "packs": .array(claims),
        ]
    }
}
