/// How long messages become, before anybody gets one.
extension ProjectChecker {
    /// Every text message against the parts that it may have. What its own words and limited values need is an error;
    /// what it takes a long value for is a warning, which says what it assumes.
    mutating func checkSegments(_ template: CheckedTemplate, _ declared: SourceSpan, _ node: SyntaxNode?) -> Bool {
        guard let limit = template.maxSegments else { return true }
        let facts = RenderingFacts(schema: schema, settings: settings)
        var isSound = true
        for (language, message) in (template.messages["sms"] ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let text = message.fields["text"] else { continue }
            let place = node?.value(language)?.span ?? message.span
            let least = text.longest(facts, assuming: .empty)
            let usual = text.longest(facts, assuming: .usual)
            if least.segments > limit {
                diagnostics.report(.tooManySegments(place, least, limit: limit, declared: declared))
                isSound = false
            } else if usual.segments > limit {
                diagnostics.report(.maybeTooManySegments(place, usual, limit: limit, declared: declared))
            }
        }
        return isSound
    }

    /// A template against what the providers take by whose channels it goes.
    mutating func checkLengths(
        _ template: CheckedTemplate, at place: SourceSpan, kinds: [(kind: String, channel: String)]
    ) -> Bool {
        var isSound = true
        for (kind, id) in kinds where kind != "email" {
            guard let channel = channels[id],
                let limit = catalog.providers.first(where: { $0.name == channel.provider })?.textLimit
            else { continue }
            let facts = RenderingFacts(schema: schema, settings: settings)
            for (_, message) in (template.messages[kind] ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard let text = message.fields["text"] else { continue }
                let least = limit.length(of: text.longest(facts, assuming: .empty))
                if least > limit.most {
                    diagnostics.report(
                        .tooLong(message.span, length: least, limit: limit, channel: id, sentBy: place))
                    isSound = false
                    continue
                }
                let usual = text.longest(facts, assuming: .usual)
                let length = limit.length(of: usual)
                if length > limit.most {
                    diagnostics.report(
                        .maybeTooLong(
                            message.span, usual, length: length, limit: limit, channel: id, sentBy: place))
                }
            }
        }
        return isSound
    }
}
