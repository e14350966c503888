import RuleEngine
import Runner
import Testing

/// A project that fits on a page, for tests of tests.
enum SmallProject {
    static let files: [(path: String, text: String)] = [
        (
            "carillon.yaml",
            """
            project: small
            time_zone: Europe/Berlin
            currency: EUR
            public_url: https://go.small.example
            language_fallback: en
            teams: [desk]
            brands:
              small: {name: Small, postal_address: "Weg 1, Berlin"}
            defaults: {policy: house, brand: small}
            """
        ),
        (
            "schema/small.yaml",
            """
            schema: small
            contact:
              first_name: optional text
              country: country
              plan: one_of(free, pro)
              seats: int
            events:
              joined: {plan: text}
              bought: {total: money}
            """
        ),
        (
            "policies/house.yaml",
            """
            policy: house
            purpose: marketing
            packs: [eu.eprivacy]
            consent: {email: soft_optin}
            """
        ),
        (
            "channels/mail.yaml",
            """
            channel: mail
            kind: email
            provider: outbox
            folder: out
            from: Small <news@small.example>
            cost: {per_message: EUR 0.01}
            """
        ),
        (
            "templates/texts.yaml",
            """
            template: hello
            purpose: marketing
            topic: news
            email:
              en:
                subject: 'Hello<<contact.first_name | prefix: ", ">>'
                body: |
                  Come in: <<link "https://small.example/in" as "door">>
                  <<sender.postal_address>>
                  <<unsubscribe.link>>
            ---
            template: again
            purpose: marketing
            topic: news
            email:
              en:
                subject: Still there?
                body: |
                  <<sender.postal_address>>
                  <<unsubscribe.link>>
            """
        ),
        (
            "sequences/welcome.yaml",
            """
            sequence: welcome
            purpose: marketing
            topic: news
            lawful_basis: consent
            enter:
              event: joined
              where: contact.country == "DE"
            goal: {event: bought, within: 30d, then: exit}
            via: [mail]
            steps:
              - send: hello
              - wait: 2d
              - if: opened(hello)
                then:
                  - send: again
                else:
                  - hand_over: desk
                    note: <<contact.seats>> seats
            """
        ),
    ]

    static func compile(_ extra: [(path: String, text: String)] = []) -> Compiler.Result {
        let replaced = Set(extra.map(\.path))
        let all = files.filter { !replaced.contains($0.path) } + extra
        return Compiler.compile(
            all.map { SourceFile(path: $0.path, bytes: Array($0.text.utf8)) }, catalog: .standard())
    }

    static func stage(_ extra: [(path: String, text: String)] = []) throws -> (RehearsalStage, CheckedProject) {
        let result = compile(extra)
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        let project = try #require(result.project, "\(text)")
        return (try RehearsalStage(project), project)
    }

    /// What becomes of one test document.
    static func outcome(_ test: String, _ extra: [(path: String, text: String)] = []) throws -> TestRun.Outcome {
        let (stage, project) = try stage(extra + [("tests/one.yaml", test)])
        var run = TestRun(stage)
        run.run(project.tests)
        return try #require(run.outcomes.first)
    }
}
