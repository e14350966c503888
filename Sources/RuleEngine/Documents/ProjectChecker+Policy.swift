extension ProjectChecker {
    mutating func checkSegment(_ document: Document) -> CheckedSegment? {
        guard let conditions = conditions(document.value("where")) else { return nil }
        return CheckedSegment(
            id: document.id,
            about: document.node.text("about"),
            conditions: conditions,
            expect: document.node.text("expect").flatMap { try? Units.range($0) },
            span: document.idSpan
        )
    }

    mutating func checkPolicy(_ document: Document) -> CheckedPolicy? {
        guard let purpose = document.node.text("purpose").flatMap(Purpose.init) else { return nil }
        var packs: [Catalog.Pack] = []
        var isSound = true
        for name in document.value("packs")?.texts ?? [] {
            if let pack = catalog.packs.first(where: { $0.id == name.text }) {
                packs.append(pack)
            } else {
                isSound = false
                diagnostics.report(.unknownPack(name.span, name.text, known: catalog.packs.map(\.id)))
            }
        }
        var consent: [String: ConsentLevel] = [:]
        for kind in Catalog.channelKinds {
            // The packs' minimum where they know the channel, and never less than a clear yes where they don't.
            let minima = packs.compactMap { $0.minimumConsent[kind] }
            consent[kind] = minima.max() ?? .express
        }
        for entry in document.value("consent")?.entries ?? [] {
            guard let level = entry.value.text.flatMap(ConsentLevel.init(name:)) else { continue }
            let strictest = packs.max {
                ($0.minimumConsent[entry.key.text] ?? .none) < ($1.minimumConsent[entry.key.text] ?? .none)
            }
            if purpose == .marketing, let pack = strictest, let minimum = pack.minimumConsent[entry.key.text],
                level < minimum
            {
                isSound = false
                diagnostics.report(
                    .weakConsent(
                        entry.value.span,
                        channel: entry.key.text,
                        level: level,
                        pack: pack.id,
                        minimum: minimum
                    )
                )
            }
            consent[entry.key.text] = level
        }
        guard isSound else { return nil }
        return CheckedPolicy(
            id: document.id,
            purpose: purpose,
            packs: packs.map(\.id),
            consent: consent,
            onUncertain: document.node.text("on_uncertain").flatMap(UncertainPolicy.init) ?? .hold,
            span: document.idSpan
        )
    }
}
