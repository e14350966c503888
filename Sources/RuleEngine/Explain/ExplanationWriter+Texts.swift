extension ExplanationWriter {
    /// What people read: short texts in full, of an email its subject.
    func texts() -> [Phrase] {
        var told: Set<String> = []
        var sentences: [Phrase] = []
        for node in graph.nodes {
            guard let (template, name) = message(of: node) else { continue }
            let kinds = Set(channels(of: node).compactMap { project.channels[$0]?.kind }).sorted()
            var parts: [Phrase] = []
            for kind in kinds {
                for message in (template.messages[kind] ?? [:]).values.sorted(by: { $0.language < $1.language }) {
                    parts.append(line(message, kind: kind))
                }
            }
            // The same template may be sent by different channels at different steps.
            guard told.insert(name + "\u{0}" + kinds.joined(separator: ",")).inserted, !parts.isEmpty else { continue }
            sentences.append(Phrase("\(name) says:", parts))
        }
        return sentences
    }

    private func message(of node: ProgramGraph.Node) -> (CheckedTemplate, String)? {
        switch node {
        case .send:
            guard case .campaign(let campaign) = program.source else { return nil }
            return (campaign.template, campaign.template.id.map(Wording.name) ?? "The message")
        case .deliver(let send, _):
            guard let id = send.template.id else {
                let index = graph.nodes.firstIndex { $0.delivers(send) } ?? 0
                return (send.template, "The message of step \(outline.numbers[index] ?? "?")")
            }
            return (send.template, Wording.name(id))
        case .entry, .holdout, .gate, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .set, .tag, .untag, .emit,
            .call, .start, .handOver, .exit:
            return nil
        }
    }

    private func line(_ message: CompiledMessage, kind: String) -> Phrase {
        let place = "\(Wording.channelKind(kind)), \(Wording.name(message.language))"
        if let approved = message.approved {
            let values = message.fields.sorted { $0.key < $1.key }.map { "\($0.key) = \(wording.text($0.value))" }
            let gaps = values.isEmpty ? "" : " with " + Wording.list(values, "and")
            return Phrase(
                "\(place): the text approved as \(Wording.name(approved.name)) in \(Wording.name(approved.language))\(gaps)"
            )
        }
        if let subject = message.fields["subject"] {
            let carried = message.parts.count
            let words = carried == 0 ? "" : ", with \(carried == 1 ? "an attachment" : "\(carried) attachments")"
            return Phrase("\(place): subject \(wording.text(subject))\(words)")
        }
        let parts = message.parts.isEmpty ? "" : " with " + Wording.list(message.parts.map(\.kind.words), "and")
        return Phrase("\(place): " + (message.fields["text"].map { wording.text($0) } ?? "no text") + parts)
    }
}

extension ProgramGraph.Node {
    fileprivate func delivers(_ send: CheckedSend) -> Bool {
        if case .deliver(let other, _) = self { other.template.span == send.template.span } else { false }
    }
}
