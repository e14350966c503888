// What can be wrong between documents: names that lead nowhere, and sends that the law or the parts don't allow.
extension Diagnostic {
    static func unknownBrand(_ span: SourceSpan, _ name: String, nearest: String?) -> Diagnostic {
        Diagnostic(
            code: "E0212",
            message: "no brand is called `\(name)`",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" } ?? "declare it under `brands:` in the project file",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func unknownProvider(_ span: SourceSpan, _ name: String, known: [String]) -> Diagnostic {
        let nearest = NearestName.of(name, among: known)
        return Diagnostic(
            code: "E0213",
            message: "no provider is called `\(name)`",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" }
                ?? "the providers are \(known.sorted().map { "`\($0)`" }.joined(separator: ", "))",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func unknownPack(_ span: SourceSpan, _ name: String, known: [String]) -> Diagnostic {
        let nearest = NearestName.of(name, among: known)
        return Diagnostic(
            code: "E0214",
            message: "no rule pack is called `\(name)`",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" }
                ?? "the packs are \(known.sorted().map { "`\($0)`" }.joined(separator: ", "))",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func noProject(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0216",
            message: "no file holds the `project:` document",
            at: Label(span),
            help: "begin `carillon.yaml` with `project: ` and a name"
        )
    }

    static func secondProject(_ span: SourceSpan, first: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0216",
            message: "there are two projects",
            at: Label(span),
            also: [Label(first, "first declared here")],
            help: "keep one `project:` document"
        )
    }

    static func secondSchema(_ span: SourceSpan, first: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0218",
            message: "there are two schemas",
            at: Label(span),
            also: [Label(first, "first declared here")],
            help: "put all fields into one `schema:` document"
        )
    }

    static func reservedTemplateID(_ span: SourceSpan, _ id: String) -> Diagnostic {
        Diagnostic(
            code: "E0222",
            message: "a template cannot be called `\(id)`",
            at: Label(span, "the word has a meaning in `send`"),
            help: "choose another name"
        )
    }

    static func standardFieldType(_ span: SourceSpan, _ name: String, type: String) -> Diagnostic {
        Diagnostic(
            code: "E0223",
            message: "every contact has a field `\(name)`, and its type is `\(type)`",
            at: Label(span),
            help: "declare it as `\(type)`" + (name == "id" ? "" : " or `optional \(type)`")
                + ", or choose another name"
        )
    }

    static func providerKind(_ span: SourceSpan, provider: String, kind: String, kinds: [String]) -> Diagnostic {
        Diagnostic(
            code: "E0224",
            message: "the provider `\(provider)` does not send `\(kind)`",
            at: Label(span),
            help: "it sends \(kinds.map { "`\($0)`" }.joined(separator: ", "))"
        )
    }

    static func emptyTemplate(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0407",
            message: "the template holds no message",
            at: Label(span),
            help: "add a channel kind, under it a language, under it the texts"
        )
    }

    static func noMessageForChannel(
        _ span: SourceSpan,
        kind: String,
        channel: String,
        template: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0407",
            message: "the template has no message for `\(kind)`, the kind of the channel `\(channel)`",
            at: Label(span),
            also: [Label(template, "the template")],
            help: "add `\(kind):` to the template, or send via another channel"
        )
    }

    static func noPublicURL(_ span: SourceSpan, project: SourceSpan?) -> Diagnostic {
        Diagnostic(
            code: "E0401",
            message: "marketing cannot be sent without the project's `public_url`",
            at: Label(span),
            also: project.map { [Label($0, "the project has none")] } ?? [],
            help: "add `public_url: https://…`, where `carillon serve` is reached: the unsubscribe pages lie there"
        )
    }

    static func browserLinkNotHere(_ span: SourceSpan, kind: String) -> Diagnostic {
        Diagnostic(
            code: "E0423",
            message: "only a mail can be looked at in the browser, and this is a text for `\(kind)`",
            at: Label(span),
            help: "leave `browser.link` out, or write what the page would show into the text"
        )
    }

    static func browserLinkWithoutURL(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0423",
            message: "there is no page to look at the mail without the project's `public_url`",
            at: Label(span),
            help: "add `public_url: https://…`, where `carillon serve` is reached"
        )
    }

    static func noUnsubscribeLink(
        _ span: SourceSpan,
        key: String,
        language: String,
        sentBy: SourceSpan? = nil
    ) -> Diagnostic {
        Diagnostic(
            code: "E0402",
            message: "the `\(key)` of a marketing email in `\(language)` has no unsubscribe link",
            at: Label(span),
            also: sentBy.map { [Label($0, "sent as marketing here")] } ?? [],
            help: "add `<<unsubscribe.link>>` to it"
        )
    }

    static func noPostalAddress(
        _ span: SourceSpan,
        key: String,
        language: String,
        sentBy: SourceSpan? = nil
    ) -> Diagnostic {
        Diagnostic(
            code: "E0403",
            message: "the `\(key)` of a marketing email in `\(language)` has no postal address",
            at: Label(span),
            also: sentBy.map { [Label($0, "sent as marketing here")] } ?? [],
            help: "add `<<sender.postal_address>>` to it"
        )
    }

    static func brandWithoutAddress(_ span: SourceSpan, brand: String) -> Diagnostic {
        Diagnostic(
            code: "E0404",
            message: "the brand `\(brand)` has no postal address, which marketing must show",
            at: Label(span),
            help: "add `postal_address:` to the brand in the project file"
        )
    }

    static func weakConsent(
        _ span: SourceSpan,
        channel: String,
        level: ConsentLevel,
        pack: String,
        minimum: ConsentLevel
    ) -> Diagnostic {
        Diagnostic(
            code: "E0405",
            message: "`\(level.name)` is too weak a consent for `\(channel)`",
            at: Label(span, "pack \(pack) asks `\(minimum.name)`"),
            help: "raise it to `\(minimum.name)`, or remove the pack if it does not concern your contacts"
        )
    }

    static func noLawfulBasis(_ span: SourceSpan, pack: String) -> Diagnostic {
        Diagnostic(
            code: "E0406",
            message: "the campaign names no `lawful_basis`, which the pack `\(pack)` asks for",
            at: Label(span),
            help: "add `lawful_basis: consent`, or the basis that holds"
        )
    }

    static func otherPurpose(
        _ span: SourceSpan,
        what: String,
        purpose: Purpose,
        campaign: Purpose,
        declared: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0408",
            message: "\(what) is for `\(purpose.rawValue)`, the campaign is `\(campaign.rawValue)`",
            at: Label(span),
            also: [Label(declared, "declared here")]
        )
    }

    static func noMessage(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0409",
            message: "the campaign says neither `send`, `message` nor `experiment`",
            at: Label(span),
            help: "add `send:` with the id of a template"
        )
    }

    static func twoMessages(_ key: SyntaxScalar, first: SyntaxScalar) -> Diagnostic {
        Diagnostic(
            code: "E0409",
            message: "the campaign has both `\(first.text)` and `\(key.text)`",
            at: Label(key.span),
            also: [Label(first.span, "sent already")],
            help: "keep one of the two"
        )
    }

    static func noBrand(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0410",
            message: "a marketing campaign must say which brand it is from",
            at: Label(span),
            help: "add `brand:`, or `defaults: {brand: …}` to the project file"
        )
    }

    static func noFallbackText(_ span: SourceSpan, languages: [String], fallback: String?) -> Diagnostic {
        let known = languages.map { "`\($0)`" }.joined(separator: ", ")
        return Diagnostic(
            code: "L002",
            severity: .warning,
            message: "`no-fallback-text`: contacts who speak none of \(known) get nothing",
            at: Label(span),
            help: fallback.map { "add a text in `\($0)`, the project's `language_fallback`" }
                ?? "add `language_fallback:` with one of them to the project file"
        )
    }

    static func includedAndExcluded(_ span: SourceSpan, _ id: String, included: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "L001",
            severity: .warning,
            message: "`segment-excludes-itself`: `\(id)` is included and excluded, so nobody comes from it",
            at: Label(span),
            also: [Label(included, "included here")],
            help: "remove it from one of the two"
        )
    }

    // MARK: Accounts that take over

    static func failoverToItself(_ span: SourceSpan, _ id: String) -> Diagnostic {
        Diagnostic(
            code: "E0190", message: "`\(id)` can't take over from itself", at: Label(span),
            help: "name another account, or leave `failover` out")
    }

    static func failoverTwice(_ span: SourceSpan, _ id: String) -> Diagnostic {
        Diagnostic(
            code: "E0190", message: "`\(id)` stands in the list already", at: Label(span),
            help: "name each account once")
    }

    static func failoverOfAnotherKind(
        _ span: SourceSpan, _ id: String, kind: String, own: String, at place: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0190",
            message: "`\(id)` is of the kind `\(kind)`, and can't take over from one of the kind `\(own)`",
            at: Label(span), also: [Label(place, "declared here")],
            help: "another kind has another text and another consent: name both in `via` instead")
    }
}
