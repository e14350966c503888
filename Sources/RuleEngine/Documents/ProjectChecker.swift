/// Puts the documents of a project together: names first, then what each document says.
///
/// Nothing is reported twice: a document that was found unsound keeps its name, so that references to it hold,
/// and is otherwise left alone.
struct ProjectChecker {
    let catalog: Catalog
    /// In file order. A program's document may be replaced by a newer reading of it.
    var documents: [Document]
    /// Ids by kind, sound or not.
    private(set) var ids: [DocumentKind: [String: Int]] = [:]
    var settings: ProjectSettings
    var settingsDocument: Document?
    var schema: ContactSchema
    var segments: [String: CheckedSegment] = [:]
    var policies: [String: CheckedPolicy] = [:]
    var channels: [String: CheckedChannel] = [:]
    var templates: [String: CheckedTemplate] = [:]
    var campaigns: [String: CheckedCampaign] = [:]
    var events: [String: EventSchema] = [:]
    var fragments: [String: CheckedFragment] = [:]
    /// The texts that messages share.
    var blocks: [String: TextBlock] = [:]
    /// The frames around email, by the brand's id.
    var layouts: [String: CheckedLayout] = [:]
    var routes: [String: CheckedRoute] = [:]
    /// Templates that read `entry.` or rely on what their uses have shown, compiled for one use: by template, event and
    /// what is known there.
    var specialised: [SpecialisedTemplate.Key: SpecialisedTemplate] = [:]
    /// Templates that show values of which only the ways to their sends can say that they are there, each with what is
    /// wrong with it where nothing has shown them.
    var relying: [String: [Diagnostic]] = [:]
    /// Which of the program's findings are about a template that other programs send too.
    var shared: [CheckedProgram.Shared] = []
    /// Events, segments, templates and opening hours, as conditions see them. Grows as the stages go on.
    var journeyScope = JourneyScope()
    var diagnostics: DiagnosticBag
    /// The project's clock; nil where the project has none that is known here.
    private let zone: TimeZoneRules?

    init(documents: [Document], settings: ProjectSettings, catalog: Catalog) {
        self.documents = documents
        self.settings = settings
        self.catalog = catalog
        diagnostics = DiagnosticBag()
        schema = ContactSchema(id: "none", declared: [])
        zone = catalog.zoneRules(settings.timeZone)
    }

    var scope: ExpressionScope { scope([.contact, .now]) }

    func scope(_ roots: Set<ExpressionScope.Root>) -> ExpressionScope {
        var scope = ExpressionScope(
            schema: schema, currency: settings.currency, roots: roots, journey: journeyScope)
        scope.exchangeRates = settings.exchangeRates
        if let zone { scope.zone = zone }
        scope.zoneName = settings.timeZone
        return scope
    }

    /// Everything that programs refer to: fills the tables, and reports what is wrong in them.
    mutating func checkDeclarations(mainFile: SourceSpan?) {
        collectNames()
        checkProject(mainFile: mainFile)
        checkSchema()
        checkEvents()
        checkSegments(sound(.segment))
        for document in sound(.policy) { policies[document.id] = checkPolicy(document) }
        for document in sound(.channel) { channels[document.id] = checkChannel(document) }
        for document in sound(.channel) { checkFailover(document) }
        checkBlocks()
        checkLayouts()
        for document in sound(.template) {
            templates[document.id] = checkSharedTemplate(document)
        }
        for document in sound(.route) { routes[document.id] = checkRoute(document) }
        for document in sound(.fragment) { fragments[document.id] = checkFragment(document) }
        checkFragmentCycles()
    }

    /// The sound documents of a kind; of two with one id the first.
    func sound(_ kind: DocumentKind) -> [Document] {
        (ids[kind] ?? [:]).values.sorted().map { documents[$0] }.filter(\.isSound)
    }

    private mutating func collectNames() {
        for (index, document) in documents.enumerated() {
            if let first = ids[document.kind]?[document.id] {
                diagnostics.report(
                    .duplicateID(
                        document.idSpan,
                        kind: document.kind,
                        document.id,
                        first: documents[first].idSpan
                    )
                )
            } else {
                ids[document.kind, default: [:]][document.id] = index
            }
        }
    }

    /// Gives a program the id that it has now. False where more than one id has changed, or one of another kind, or where
    /// two documents would share it: then the names have to be collected anew.
    mutating func rename(_ changed: [Document], from base: Int) -> Bool {
        let renamed = changed.indices.filter { index in
            documents[base + index].id != changed[index].id || documents[base + index].kind != changed[index].kind
        }
        guard renamed.count == 1, let index = renamed.first else { return false }
        let (old, new) = (documents[base + index], changed[index])
        guard old.kind == new.kind, Self.programKinds.contains(old.kind), ids[old.kind]?[old.id] == base + index,
            ids[new.kind]?[new.id] == nil
        else { return false }
        ids[old.kind]?[old.id] = nil
        ids[new.kind]?[new.id] = base + index
        return true
    }

    /// Nil where no document has this id, which is reported then.
    mutating func resolve(_ scalar: SyntaxScalar, _ kind: DocumentKind) -> String? {
        if ids[kind]?[scalar.text] != nil { return scalar.text }
        let nearest = diagnostics.nearest(scalar.text, among: (ids[kind] ?? [:]).keys)
        diagnostics.report(.unknownReference(scalar.span, kind: kind, scalar.text, nearest: nearest))
        return nil
    }

    private mutating func checkProject(mainFile: SourceSpan?) {
        let projects = documents.indices.filter { documents[$0].kind == .project }
        guard let first = projects.first else {
            if let mainFile { diagnostics.report(.noProject(mainFile)) }
            return
        }
        settingsDocument = documents[first]
        for other in projects.dropFirst() where documents[other].id != documents[first].id {
            diagnostics.report(.secondProject(documents[other].idSpan, first: documents[first].idSpan))
        }
        let defaults = documents[first].value("defaults")
        if let policy = defaults?.value("policy")?.scalar, documents[first].isSound {
            _ = resolve(policy, .policy)
        }
        if let brand = defaults?.value("brand")?.scalar, documents[first].isSound { _ = resolveBrand(brand) }
        checkMailBasics(documents[first])
        checkOpeningHours(documents[first])
        checkExchangeRates(documents[first])
    }

    private mutating func checkExchangeRates(_ document: Document) {
        for entry in document.value("exchange_rates")?.entries ?? [] where document.isSound {
            guard let rate = entry.value.scalar, let money = try? Units.money(rate.text) else { continue }
            if money.currency != settings.currency || entry.key.text == settings.currency || money.micros == 0 {
                diagnostics.report(.badExchangeRate(rate.span, entry.key.text, rate.text, project: settings.currency))
            }
        }
    }

    /// An amount of a sound document, in the project's currency.
    func amount(_ text: String?) -> Money? {
        text.flatMap { try? Units.money($0) }.flatMap { settings.converted($0) }
    }

    /// Texts that end up in mail headers and pages.
    private mutating func checkMailBasics(_ document: Document) {
        guard let url = document.value("public_url")?.scalar, document.isSound else { return }
        if url.text.utf8.contains(UInt8(ascii: "?")) || url.text.utf8.contains(UInt8(ascii: "#")) {
            diagnostics.report(
                .badURL(
                    url.span,
                    url.text,
                    reason: "it is the beginning of addresses, so `?` and `#` cannot stand in it"
                )
            )
        }
    }

    mutating func resolveBrand(_ scalar: SyntaxScalar) -> Brand? {
        if let brand = settings.brands[scalar.text] { return brand }
        // Brands of an unsound project are read as far as they go, so an unknown one is only certain in a sound one.
        if settingsDocument?.isSound ?? false {
            diagnostics.report(
                .unknownBrand(
                    scalar.span,
                    scalar.text,
                    nearest: NearestName.of(scalar.text, among: settings.brands.keys)
                )
            )
        }
        return nil
    }

    /// Nil where one has errors.
    ///
    /// - Parameter isAlternative: one of them is enough. Otherwise all must hold, and each is read under what the ones before
    ///   it have shown.
    mutating func conditions(
        _ node: SyntaxNode?, in scope: ExpressionScope? = nil, isAlternative: Bool = false
    ) -> [TypedExpression]? {
        guard let node else { return [] }
        var isSound = true
        var conditions: [TypedExpression] = []
        var scope = scope ?? self.scope
        for text in node.texts {
            if let condition = ExpressionCompiler.compile(
                text.embedded,
                expecting: .bool,
                in: scope,
                reporting: &diagnostics
            ) {
                conditions.append(condition)
                if !isAlternative { scope = scope.knowing(condition.narrowing.whenTrue) }
            } else {
                isSound = false
            }
        }
        return isSound ? conditions : nil
    }
}

extension [TypedExpression] {
    /// What is known where all of them hold.
    var shown: Set<KnownValue> {
        reduce(into: []) { $0.formUnion($1.narrowing.whenTrue) }
    }
}

extension ProjectSettings {
    /// Reads what can be read; what can't was reported with the document's form.
    init(document: Document?) {
        self.init(id: document?.id ?? "none")
        guard let document else { return }
        if let zone = document.node.text("time_zone") { timeZone = zone }
        if let code = document.node.text("currency"), code.utf8.count == 3 { currency = code }
        publicURL = document.node.text("public_url")
        while publicURL?.hasSuffix("/") == true { publicURL?.removeLast() }
        languageFallback = document.node.text("language_fallback")
        defaultPolicy = document.value("defaults")?.text("policy")
        defaultBrand = document.value("defaults")?.text("brand")
        for entry in document.value("brands")?.entries ?? [] {
            guard let name = entry.value.text("name") else { continue }
            brands[entry.key.text] = Brand(
                name: name,
                postalAddress: entry.value.text("postal_address"),
                website: entry.value.text("website")
            )
            if entry.value.value("layout") != nil { brands[entry.key.text]?.layout = entry.key.text }
        }
        readJourneySettings(document)
        readBounds(document)
    }
}
