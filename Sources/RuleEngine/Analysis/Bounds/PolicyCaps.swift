/// The caps of a program's policy that count all that the program sends.
struct PolicyCaps {
    let policy: String
    let caps: [FrequencyCap]

    /// Nil where there are none.
    init?(_ program: AnalysedProject.Program, in project: CheckedProject) {
        let policy =
            switch program.source {
            case .campaign(let campaign): campaign.policy
            case .journey(let journey): journey.policy
            }
        guard let policy, !policy.caps.isEmpty else { return nil }
        var kinds: Set<String> = []
        for node in program.graph.nodes {
            let channels: [String] =
                switch node {
                case .send(let ids, _): ids
                case .deliver(let send, _): send.channels(in: project)
                case .entry, .holdout, .gate, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .set, .tag, .untag,
                    .emit, .call, .start, .handOver, .exit:
                    []
                }
            kinds.formUnion(channels.compactMap { project.channels[$0]?.kind })
        }
        self.policy = policy.id
        caps = policy.caps.filter { cap in cap.kinds.map { kinds.isSubset(of: $0) } ?? true }
    }

    /// The most messages within a span; nil where no cap says.
    func most(within width: Int64) -> Int? {
        caps.filter { $0.period > 0 }.map { cap in
            // A span that is longer than the cap's period holds several of them.
            let periods = cap.period >= width ? 1 : (width - 1) / cap.period + 1
            return Int(min(Int64(cap.count).cappedProduct(periods), 1_000_000_000))
        }.min()
    }
}

extension ProgramBounds.Frequency {
    func capped(by caps: PolicyCaps?, within width: Int64) -> ProgramBounds.Frequency {
        guard let caps, let most = caps.most(within: width) else { return self }
        if case .atMost(let count, _) = self, count <= most { return self }
        return .capped(most, policy: caps.policy)
    }
}
