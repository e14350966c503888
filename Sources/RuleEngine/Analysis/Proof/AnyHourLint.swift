extension ProjectAnalysis {
    /// A text or a call wakes people up. Where neither a pack of their country nor the policy says when marketing may
    /// come, it may come at four in the morning.
    static let anyHour = ProjectAnalysis(name: "find marketing texts and calls that may come at any hour") {
        project, diagnostics in
        let prover = ConsentProver(project)
        let packs = PackReach.of(project.catalog.packs)
        // Where no pack knows hours for a kind, nobody has said that it has any.
        let kinds = wakingKinds.filter { kind in packs.contains { $0.pack.hasWindow(for: kind) } }
        project.findEach(&diagnostics) { program, diagnostics in
            let facts = program.facts
            guard !kinds.isEmpty, facts.policy?.quietHours.isEmpty ?? true else { return }
            var reach: CountryReach?
            for (index, node) in program.graph.nodes.enumerated()
            where node.isSend && facts.purpose(of: node) == .marketing {
                let waking = prover.kinds(of: node, facts).filter { kinds.contains($0) }
                guard !waking.isEmpty else { continue }
                reach = reach ?? prover.reach(of: program)
                let countries = reach?.before[index] ?? .all
                for kind in waking where !project.catalog.hasPreset(of: facts.policy, for: kind) {
                    let covered = packs.filter { $0.pack.hasWindow(for: kind) }.reduce(CountrySet.none) {
                        $0.union($1.pack.countries.isEmpty ? .all : CountrySet($1.pack.countries))
                    }
                    // Whoever has no country falls under every pack, its hours included.
                    let open = countries.numbers.first { !covered.contains(number: $0) && $0 != CountrySet.missing }
                    guard let open, let country = CountrySet.code(of: open) else { continue }
                    diagnostics.report(.anyHour(program.viaSpan(of: index), kind: kind, country: country))
                    return
                }
            }
        }
    }

    private static let wakingKinds = ["sms", "voice_live", "voice_recorded"]
}

extension Catalog {
    /// The policy names a set of hours for this kind of channel.
    fileprivate func hasPreset(of policy: CheckedPolicy?, for kind: String) -> Bool {
        packs.contains { $0.isPreset && policy?.packs.contains($0.id) == true && $0.hasWindow(for: kind) }
    }
}

extension Catalog.Pack {
    fileprivate func hasWindow(for kind: String) -> Bool {
        states.isEmpty && windows.contains { $0.channels.contains(kind) }
    }
}

extension Diagnostic {
    fileprivate static func anyHour(_ span: SourceSpan, kind: String, country: String) -> Diagnostic {
        let what = kind == "sms" ? "text" : "call"
        let whom = country == "ZZ" ? "somewhere" : "in \(country)"
        return Diagnostic(
            code: "L042", severity: .warning,
            message: "`any-hour`: this marketing \(what) may reach people \(whom) in the middle of the night",
            at: Label(span, "no pack that holds there says when"),
            help: "give the policy `quiet_hours`, or let it name a pack of hours such as `us.common`")
    }
}
