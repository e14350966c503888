import Testing

/// Sequences and rules from the command line.
struct LiveProgramTests {
    private static let project = """
        project: hand
        language: 1
        time_zone: Europe/Berlin
        currency: EUR
        language_fallback: en
        public_url: http://127.0.0.1:8087
        files: [all/**]
        brands: {hand: {name: Hand, postal_address: "1 Road, Berlin"}}
        defaults: {brand: hand}
        endpoints:
          crm:
            secret: crm-prod
            calls: {told: {method: POST, path: /told}}
        ---
        schema: hand
        contact:
          plan: optional text
        events:
          began: {plan: text}
        ---
        channel: mail
        kind: email
        provider: outbox
        folder: out
        from: Hand <a@hand.example>
        ---
        template: hello
        purpose: transactional
        email:
          en: {subject: "Hello", body: "Hello <<contact.id>>"}
        """

    private static func sequence(_ end: String) -> String {
        """
        sequence: trial
        purpose: transactional
        enter: {event: began, where: event.plan == "pro"}
        via: [mail]
        steps:
          - send: hello
            name: first
          - wait: 2d
            name: rest
          - call: crm.told
            body: {plan: '<<entry.plan>>'}
        \(end)
        """
    }

    private func make(_ program: Program) throws {
        try write(program, "carillon.yaml", Self.project)
        try write(program, "all/trial.yaml", Self.sequence(""))
        try write(program, "people.csv", "id,email,plan\nanna,anna@example.com,pro\nben,ben@example.com,pro\n")
        let done = try program.shell("carillon contacts import people.csv")
        #expect(done.status == 0, "\(done.errors)")
    }

    private func write(_ program: Program, _ path: String, _ text: String) throws {
        let done = try program.shell("mkdir -p \"$(dirname \(path))\" && cat > \(path) <<'END'\n\(text)\nEND\n")
        #expect(done.status == 0, "\(done.errors)")
    }

    private static let endpoint =
        "export CARILLON_ENDPOINT_CRM=https://crm.example CARILLON_SECRET_CRM_PROD=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw;"

    @Test func `what calls out goes live only where somebody says where`() throws {
        let program = try Program()
        defer { program.remove() }
        try make(program)
        let bare = try program.shell("carillon activate trial")
        #expect(bare.status == 4)
        #expect(bare.errors.contains("CARILLON_ENDPOINT_CRM"))
        let unsigned = try program.shell("export CARILLON_ENDPOINT_CRM=https://crm.example; carillon activate trial")
        #expect(unsigned.status == 4)
        #expect(unsigned.errors.contains("CARILLON_SECRET_CRM_PROD"))
        let near = try program.shell("export CARILLON_ENDPOINT_CRM=http://10.0.0.1; carillon activate trial")
        #expect(near.errors.contains("CARILLON_PRIVATE_ENDPOINTS"))
        #expect(try program.shell("\(Self.endpoint) carillon activate trial").status == 0)
        // A runner without it says so, and goes on.
        let run = try program.shell("carillon run --until-idle")
        #expect(run.status == 0)
        #expect(run.errors.contains("nothing says where the endpoint `crm` is"))
    }

    @Test func `plan and activate tell who is where, and a kill ends everybody's run`() throws {
        let program = try Program()
        defer { program.remove() }
        try make(program)
        #expect(try program.shell("\(Self.endpoint) carillon activate trial").status == 0)
        let events =
            #"{"contact":"anna","event":"began","fields":{"plan":"pro"}}\n{"contact":"ben","event":"began","fields":{"plan":"free"}}\n"#
        #expect(try program.shell("printf '\(events)' | carillon events send").status == 0)
        #expect(try program.shell("\(Self.endpoint) carillon run --until-idle").status == 0)
        let ben = try program.shell("carillon why trial ben")
        #expect(ben.output.contains("would begin if `event.plan == \"pro\"` held"), "\(ben.output)\(ben.errors)")
        try write(
            program, "all/trial.yaml",
            Self.sequence("  - send: hello\n    name: last\nwhen_changed: {move: {rest: last}, otherwise: keep}"))
        let plan = try program.shell("carillon plan all/trial.yaml")
        #expect(plan.output.contains("at `rest`  go on at `last` of the new version  anna"), "\(plan.output)")
        let changed = try program.shell("\(Self.endpoint) carillon activate trial")
        #expect(changed.output.contains("go on at `last`"), "\(changed.output)\(changed.errors)")
        let why = try program.shell("carillon why trial anna")
        #expect(why.output.contains("moved from `rest` to `last`"), "\(why.output)")
        let killed = try program.shell("carillon kill trial")
        #expect(killed.output.contains("`trial` is killed, with 1 person inside"), "\(killed.output)\(killed.errors)")
        #expect(try program.shell("carillon why trial anna").output.contains("somebody ended the program"))
        let then = try program.shell("carillon why trial anna --at 2020-01-01")
        #expect(then.output.contains("anna has never been in `trial`"), "\(then.output)\(then.errors)")
    }
}
