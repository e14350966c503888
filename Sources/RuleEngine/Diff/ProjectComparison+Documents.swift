extension ProjectComparison {
    func changes(of was: CheckedSegment, _ now: CheckedSegment) -> [MeaningChange] {
        var list = ChangeList("segment \(Wording.name(now.id))", old: was.span, new: now.span)
        conditions.compare("a condition", was.conditions, now.conditions, places: (was.span, now.span), into: &list)
        list.compare("the expected size", was.expect.map(Self.range), now.expect.map(Self.range))
        return list.changes
    }

    func changes(of was: CheckedTemplate, _ now: CheckedTemplate) -> [MeaningChange] {
        var list = ChangeList("template \(Wording.name(now.id ?? ""))", old: was.span, new: now.span)
        list.compare("the purpose", was.purpose?.rawValue, now.purpose?.rawValue)
        list.compare("the topic", was.topic.map(Wording.name), now.topic.map(Wording.name))
        texts("the text", was, now, &list)
        return list.changes
    }

    /// Text by text: by kind of channel, language and field.
    func texts(_ what: String, _ was: CheckedTemplate, _ now: CheckedTemplate, _ list: inout ChangeList) {
        let old = before.texts(of: was)
        let new = after.texts(of: now)
        for place in Set(old.keys).union(new.keys).sorted() where old[place] != new[place] {
            let key = place.split(separator: ",").map { String($0.drop { $0 == " " }) }
            func span(_ template: CheckedTemplate) -> SourceSpan {
                let message = key.count > 1 ? template.message(kind: key[0], language: key[1]) : nil
                return message?.span ?? template.span
            }
            let (first, second) = Wording.difference(old[place], new[place])
            list.compare("\(what) (\(place))", first, second, places: (span(was), span(now)))
        }
    }

    func changes(of was: CheckedPolicy, _ now: CheckedPolicy) -> [MeaningChange] {
        var list = ChangeList("policy \(Wording.name(now.id))", old: was.span, new: now.span)
        list.compare("the purpose", was.purpose.rawValue, now.purpose.rawValue)
        list.compareSets("the rule pack", was.packs.map(Wording.name), now.packs.map(Wording.name))
        // A pack brings its own minimum: what follows from a changed pack alone is not told twice.
        let packsChanged = Set(was.packs) != Set(now.packs)
        for kind in Set(was.consent.keys).union(now.consent.keys).sorted() {
            let (first, second) = (was.consent[kind] ?? .express, now.consent[kind] ?? .express)
            if packsChanged, !isUsed(kind) { continue }
            list.compare(
                "the consent that \(Wording.channelKind(kind)) needs", Wording.name(first.name),
                Wording.name(second.name),
                second < first ? .weakerConsent : .strongerConsent)
        }
        list.compare(
            "what becomes of a send whose outcome nobody knows", was.onUncertain.rawValue, now.onUncertain.rawValue)
        contactRules(was, now, &list)
        return list.changes
    }

    private func contactRules(_ was: CheckedPolicy, _ now: CheckedPolicy, _ list: inout ChangeList) {
        func places(_ key: String) -> (old: SourceSpan?, new: SourceSpan?) {
            (was.keys[key] ?? was.span, now.keys[key] ?? now.span)
        }
        func words(_ policy: CheckedPolicy) -> String? {
            policy.afterQuietHours.map { after in
                (after.spread.map { "spread over \(Wording.duration($0)), " } ?? "")
                    + (after.checksAgain ? "asked again, " : "") + "dropped after \(Wording.duration(after.dropAfter))"
            }
        }
        list.compareSets(
            "the quiet time", was.quietHours.map(Wording.quiet), now.quietHours.map(Wording.quiet),
            places: places("quiet_hours"))
        list.compare(
            "what becomes of messages after quiet hours", words(was), words(now), places: places("after_quiet_hours"))
        list.compareSets("the cap", was.caps.map(Wording.cap), now.caps.map(Wording.cap), places: places("caps"))
        list.compare(
            "what becomes of a message above a cap", was.whenCapped?.rawValue, now.whenCapped?.rawValue,
            places: places("when_capped"))
        list.compare(
            "how far ahead messages compete", was.planAhead.map(Wording.duration), now.planAhead.map(Wording.duration),
            places: places("plan_ahead"))
        list.compare(
            "who wins there", was.picksByPriority ? "the higher priority" : nil,
            now.picksByPriority ? "the higher priority" : nil, places: places("pick_by"))
        func approval(_ policy: CheckedPolicy) -> String? {
            policy.approval.map { "\(Wording.name($0.by)) above \(Wording.number($0.neededOver)) contacts" }
        }
        list.compare("who must agree", approval(was), approval(now), places: places("approval"))
    }

    private func isUsed(_ kind: String) -> Bool {
        old.channels.values.contains { $0.kind == kind } || new.channels.values.contains { $0.kind == kind }
    }

    func changes(of was: CheckedChannel, _ now: CheckedChannel) -> [MeaningChange] {
        var list = ChangeList("channel \(Wording.name(now.id))", old: was.span, new: now.span)
        list.compare("the kind", Wording.channelKind(was.kind), Wording.channelKind(now.kind))
        list.compare("the provider", Wording.name(was.provider), Wording.name(now.provider))
        list.compare("the sender", was.from.map(Wording.text), now.from.map(Wording.text))
        list.compare("the name of the secret", was.secret.map(Wording.name), now.secret.map(Wording.name))
        list.compare(
            "the price of a message", was.costPerMessage.map(before.money), now.costPerMessage.map(after.money))
        for country in Set(was.costPerSegment.keys).union(now.costPerSegment.keys).sorted() {
            list.compare(
                "the price of a part (\(country))", was.costPerSegment[country].map(before.money),
                now.costPerSegment[country].map(after.money))
        }
        list.compare("the rate", was.rate.map(Self.rate), now.rate.map(Self.rate))
        for domain in Set(was.ratePerDomain.keys).union(now.ratePerDomain.keys).sorted() {
            list.compare(
                "the rate for \(domain)", was.ratePerDomain[domain].map(Self.rate),
                now.ratePerDomain[domain].map(Self.rate))
        }
        func warmUp(_ channel: CheckedChannel) -> String? {
            channel.warmUp.map {
                "from \(Self.rate($0.start)), \(Wording.share($0.growth)) more each day, up to \(Self.rate($0.until))"
            }
        }
        list.compare("the warm-up", warmUp(was), warmUp(now))
        list.compare(
            "the most contacts of a day", was.contactsPerDay.map(Wording.number), now.contactsPerDay.map(Wording.number)
        )
        func failover(_ channel: CheckedChannel) -> String? {
            channel.failover.isEmpty ? nil : channel.failover.map(Wording.name).joined(separator: ", then ")
        }
        list.compare("who takes over while it is down", failover(was), failover(now))
        list.compare("who reads answers", was.repliesTo?.rawValue, now.repliesTo?.rawValue)
        for key in Set(was.settings.keys).union(now.settings.keys).sorted() {
            list.compare(
                "the setting \(Wording.name(key))", was.settings[key].map(Wording.text),
                now.settings[key].map(Wording.text))
        }
        return list.changes
    }

    private static func rate(_ rate: SendRate) -> String {
        "\(rate.perSecond) messages a second"
    }

    func changes(of was: CheckedRoute, _ now: CheckedRoute) -> [MeaningChange] {
        var list = ChangeList("route \(Wording.name(now.id))", old: was.span, new: now.span)
        list.compare(
            "the order of its channels", Wording.list(was.candidates.map { before.channel($0) }, "then"),
            Wording.list(now.candidates.map { after.channel($0) }, "then"))
        conditions.compare(
            "a condition that leaves a channel out", was.skipWhen, now.skipWhen, isAlternative: true,
            places: (was.span, now.span), into: &list)
        list.compare("what the best channel is", ranks(was, before), ranks(now, after))
        list.compare("when the next channel is tried", was.tryNext.map(before.tryNext), now.tryNext.map(after.tryNext))
        return list.changes
    }

    private func ranks(_ route: CheckedRoute, _ wording: Wording) -> String? {
        let ranks = route.rank.map { $0.type.type == .bool ? wording.condition($0.root).flat : wording.term($0.root) }
        return ranks.isEmpty ? nil : Wording.list(ranks, "then")
    }

    // MARK: Schema and settings

    func changesOfSchema() -> [MeaningChange] {
        func fields(_ fields: [ContactField]) -> [String: (words: String, span: SourceSpan?)] {
            Dictionary(
                uniqueKeysWithValues: fields.map {
                    ($0.name, (Self.type($0.type, personal: $0.isPersonal), $0.declaration))
                })
        }
        var list = ChangeList("schema", old: nil, new: nil)
        Self.compare("the field", fields(old.schema.fields), fields(new.schema.fields), &list)
        let events = Set(old.events.keys).union(new.events.keys).sorted()
        for id in events {
            let name = Wording.name(id)
            guard let was = old.events[id], let now = new.events[id] else {
                list.compare(
                    "the event \(name)", old.events[id].map { _ in name }, new.events[id].map { _ in name },
                    places: (old.events[id]?.declaration, new.events[id]?.declaration))
                continue
            }
            func fields(_ event: EventSchema) -> [String: (words: String, span: SourceSpan?)] {
                Dictionary(uniqueKeysWithValues: event.fields.map { ($0.name, (Self.eventField($0), $0.declaration)) })
            }
            Self.compare("\(name)’s field", fields(was), fields(now), &list)
        }
        return list.changes
    }

    private static func compare(
        _ what: String, _ was: [String: (words: String, span: SourceSpan?)],
        _ now: [String: (words: String, span: SourceSpan?)], _ list: inout ChangeList
    ) {
        for name in Set(was.keys).union(now.keys).sorted() {
            list.compare(
                "\(what) \(Wording.name(name))", was[name]?.words, now[name]?.words,
                places: (was[name]?.span, now[name]?.span))
        }
    }

    private static func type(_ type: TypeInfo, personal: Bool) -> String {
        (type.isOptional ? "optional " : "") + type.type.spelling + (personal ? ", personal" : "")
    }

    private static func eventField(_ field: EventField) -> String {
        let records = field.record.map { "\($0.name): \(eventField($0))" }.joined(separator: ", ")
        return type(field.type, personal: false) + (field.isUnique ? ", unique" : "")
            + (records.isEmpty ? "" : " of {\(records)}")
    }

    func changesOfSettings() -> [MeaningChange] {
        let (was, now) = (old.settings, new.settings)
        var list = ChangeList("project \(Wording.name(now.id))", old: nil, new: nil)
        list.compare("the id", Wording.name(was.id), Wording.name(now.id))
        list.compare("the time zone", was.timeZone, now.timeZone)
        list.compare("the currency", was.currency, now.currency)
        list.compare("the public address", was.publicURL, now.publicURL)
        list.compare("the fallback of languages", was.languageFallback, now.languageFallback)
        list.compare(
            "whose clock counts where nobody knows the zone", was.unknownZone?.rawValue, now.unknownZone?.rawValue)
        for currency in Set(was.exchangeRates.keys).union(now.exchangeRates.keys).sorted() {
            func rate(_ micros: Int64?) -> String? { micros.map { Value.number($0, .money).described } }
            list.compare(
                "the exchange rate of \(currency)", rate(was.exchangeRates[currency]), rate(now.exchangeRates[currency])
            )
        }
        for id in Set(was.brands.keys).union(now.brands.keys).sorted() {
            let name = "the brand \(Wording.name(id))"
            guard let first = was.brands[id], let second = now.brands[id] else {
                list.compare(name, was.brands[id]?.name, now.brands[id]?.name)
                continue
            }
            list.compare("the name of \(name)", first.name, second.name)
            list.compare("the postal address of \(name)", first.postalAddress, second.postalAddress)
            list.compare("the website of \(name)", first.website, second.website)
        }
        list.compareSets("the team", was.teams.map(Wording.name), now.teams.map(Wording.name))
        for id in Set(was.openingHours.keys).union(now.openingHours.keys).sorted() {
            list.compare(
                "the opening hours \(Wording.name(id))", was.openingHours[id].map { before.openingHours($0).flat },
                now.openingHours[id].map { after.openingHours($0).flat })
        }
        for id in Set(was.calls.keys).union(now.calls.keys).sorted() {
            func words(_ call: EndpointCall) -> String {
                "\(call.method) \(call.path)" + (call.secret.map { " with the secret \(Wording.name($0))" } ?? "")
            }
            list.compare("the call \(Wording.name(id))", was.calls[id].map(words), now.calls[id].map(words))
        }
        return list.changes
    }
}

extension CheckedTemplate {
    fileprivate func message(kind: String, language: String) -> CompiledMessage? {
        messages[kind]?[language]
    }
}
