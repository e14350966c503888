extension ProgramGraph {
    /// A campaign as a graph: the audience comes in, passes the gate, and is sent to.
    package static func lower(_ campaign: CheckedCampaign, in project: CheckedProject) -> ProgramGraph {
        ProgramGraph(
            id: campaign.id,
            nodes: [
                .entry(next: 1), .gate(purpose: campaign.purpose, next: 2), .send(channels: campaign.via, next: 3),
                .exit(name: "finished"),
            ], canonicalForm: [])
    }
}
