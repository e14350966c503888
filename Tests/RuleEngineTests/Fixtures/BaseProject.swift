import RuleEngine

/// A whole project that compiles: what the tests and the diagnostics pages put their own files into.
enum BaseProject {
    static let files: [(path: String, text: String)] = [
        ("carillon.yaml", project), ("schema/acme.yaml", schema), ("channels/main.yaml", channels),
        ("policies/house-marketing.yaml", policy), ("segments/newsletter.yaml", segment),
        ("templates/welcome.yaml", template),
    ]

    static let project = """
        project: acme
        language: 1
        time_zone: Europe/Berlin
        currency: EUR
        public_url: https://go.acme.example
        language_fallback: en
        brands:
          acme: {name: Acme GmbH, postal_address: "Hauptstraße 1, 10115 Berlin", website: https://acme.example}
        defaults:
          policy: house-marketing
          brand: acme
        teams: [support, sales]
        opening_hours:
          support-berlin:
            in: Europe/Berlin
            open:
              - {days: mon-fri, hours: "09:00-18:00"}
            closed: [holidays, 2027-12-24]
        endpoints:
          crm:
            secret: crm-prod
            calls:
              cart_abandoned: {method: POST, path: /carts/abandoned}

        """

    static let schema = """
        schema: acme
        contact:
          first_name: {type: optional text, pii: true}
          email: {type: optional email, pii: true}
          phone: {type: optional phone, pii: true}
          country: country
          language: locale
          plan: one_of(free, trial, pro, team)
          renewal_date: optional date
          preferred_channel: optional channel
          seats: int
        events:
          trial_started: {plan: text}
          project_created: {name: text}
          cart_updated:
            cart_id: text
            total: money
            items: {list_of: {sku: text, quantity: int}}
          order_placed:
            order_id: {type: text, unique: true}
            cart_id: optional text
            total: money

        """

    static let channels = """
        channel: email-main
        kind: email
        provider: smtp
        host: mail.acme.example
        secret: mail-prod
        from: Acme <news@mail.acme.example>
        limits:
          rate: 80/s
          per_domain: {gmail.com: 20/s}
        cost: {per_message: EUR 0.0001}
        ---
        channel: outbox
        kind: email
        provider: outbox
        folder: outbox
        from: Acme <news@mail.acme.example>
        ---
        channel: sms-eu
        kind: sms
        provider: outbox
        folder: outbox
        from: Acme

        """

    static let policy = """
        policy: house-marketing
        purpose: marketing
        packs: [eu.eprivacy, uk.pecr]
        consent:
          email: soft_optin

        """

    static let segment = """
        segment: newsletter
        where:
          - contact.tags contains "newsletter"

        """

    static let template = """
        template: welcome
        purpose: marketing
        email:
          en:
            subject: Welcome
            body: |
              Hello!
              <<sender.postal_address>>
              <<unsubscribe.link>>

        """

    static let campaign = """
        campaign: spring-sale
        about: 15% off
        purpose: marketing
        topic: offers
        lawful_basis: consent
        priority: 40
        audience:
          include: [newsletter]
          where:
            - contact.plan != "team"
          expect: 10..2000
        via: [email-main]
        send: welcome
        budget: {at_most: EUR 60}

        """

    static let catalog = Catalog(
        providers: [
            Catalog.Provider(
                name: "smtp",
                kinds: ["email"],
                settings: [
                    Catalog.Setting(name: "host", kind: .text, isRequired: true),
                    Catalog.Setting(name: "port", kind: .integer(1...65_535), isRequired: false),
                    Catalog.Setting(name: "tls", kind: .oneOf(["implicit", "starttls", "none"]), isRequired: false),
                    Catalog.Setting(name: "allow_plaintext", kind: .flag, isRequired: false),
                ],
                needsSender: true
            ),
            Catalog.Provider(
                name: "outbox",
                kinds: [],
                settings: [Catalog.Setting(name: "folder", kind: .text, isRequired: false)],
                needsSender: false
            ),
            Catalog.Provider(
                name: "webhook",
                kinds: [],
                settings: [Catalog.Setting(name: "endpoint", kind: .url, isRequired: true)],
                needsSender: false
            ),
            telegram,
            Catalog.Provider(
                name: "twilio", kinds: ["sms"], settings: [], needsSender: true, textLimit: .init(1600, .characters)),
        ],
        packs: [
            Catalog.Pack(
                id: "eu.eprivacy",
                version: "1",
                countries: ["AT", "DE", "FR"],
                minimumConsent: ["email": .softOptIn],
                needsLawfulBasis: true
            ),
            Catalog.Pack(
                id: "uk.pecr", version: "1", countries: ["GB"], minimumConsent: ["email": .softOptIn],
                needsLawfulBasis: true),
            Catalog.Pack(
                id: "us.federal", version: "1", countries: ["US"],
                minimumConsent: ["email": .none, "sms": .expressWritten], needsLawfulBasis: false),
            Catalog.Pack(
                id: "in.promo", version: "1", isVerified: false, countries: ["IN"], minimumConsent: ["sms": .express],
                needsLawfulBasis: false,
                windows: [
                    Catalog.Pack.Window(
                        channels: ["voice_recorded"], days: WeekDays(rawValue: 0x7F),
                        hours: ClockRange(from: ClockTime(minute: 600), to: ClockTime(minute: 1260)),
                        clock: .contactZone)
                ]),
        ],
        zoneRules: { $0 == "Europe/Berlin" ? berlin : nil }
    )

    private static let berlin = try? TimeZoneRulesTests.rules("Europe/Berlin")

    /// Compiles the project with some of its files replaced and others added. An empty text takes a file away.
    static func compile(_ changes: [(path: String, text: String)] = []) -> Compiler.Result {
        compile(bytes: changes.map { ($0.path, Array($0.text.utf8)) })
    }

    static func compile(
        bytes changes: [(path: String, bytes: [UInt8])],
        looking look: (@Sendable (String, String) -> Catalog.MediaFile?)? = nil
    ) -> Compiler.Result {
        var all = files.map { file in changes.last { $0.path == file.path } ?? (file.path, Array(file.text.utf8)) }
        for change in changes where !all.contains(where: { $0.path == change.path }) { all.append(change) }
        let sources = all.filter { !$0.bytes.isEmpty }.map { SourceFile(path: $0.path, bytes: $0.bytes) }
        var catalog = catalog
        catalog.mediaFile = look
        return Compiler.compile(sources, catalog: catalog)
    }

    /// A provider that doesn't take everything.
    private static var telegram: Catalog.Provider {
        var provider = Catalog.Provider(name: "telegram", kinds: ["telegram"], settings: [], needsSender: false)
        provider.parts = Catalog.PartRules(
            taken: [.image, .file, .location, .reply, .open], captioned: [.image, .file], mostReplies: 3, mostOpens: 3,
            mixesButtons: true, buttonsBelowMedia: true)
        return provider
    }
}
