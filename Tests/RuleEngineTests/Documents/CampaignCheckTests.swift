import RuleEngine
import Testing

/// Everything that a campaign can say of its beginning, its growth, its end and its winner.
struct CampaignCheckTests {
    private static let templates = """
        template: spring
        purpose: marketing
        email:
          en:
            subject: Spring
            body: |
              <<link "https://acme.example/spring" as "spring">>
              <<sender.postal_address>>
              <<unsubscribe.link>>
        sms:
          en: Spring

        """

    private static let campaign = """
        campaign: spring
        purpose: marketing
        lawful_basis: consent
        audience: {include: [newsletter]}
        holdout: 5%
        schedule:
          at: 2027-03-18 10:00
          in: contact_zone
          if_already_past: next_day
          too_late_after: 6h
        via: [email-main]
        experiment:
          arms:
            plain: {share: 50%, send: spring}
            urgent: {share: 50%, send: spring}
          sample: 20%
          decide_by: clicked
          decide_after: 4h
          confidence: 95%
          otherwise: plain
        rollout:
          - {share: 5%, watch: 45m}
          - {share: 100%}
        stop_if:
          - bounced > 3%
          - complained > 0.1%
        goal:
          event: order_placed
          where: event.total >= EUR 20
          within: 7d
        budget: {at_most: EUR 60, warn_at: 80%}

        """

    private static func compile(_ campaign: String) -> Compiler.Result {
        BaseProject.compile([("templates/spring.yaml", templates), ("campaigns/a.yaml", campaign)])
    }

    @Test func `the whole campaign compiles, and says what it says`() throws {
        let result = Self.compile(Self.campaign)
        #expect(result.diagnostics.isEmpty)
        let campaign = try #require(result.project?.campaigns["spring"])
        #expect(campaign.holdout == 50_000 && campaign.warnAt == 800_000)
        #expect(campaign.schedule?.ifAlreadyPast == .next_day && campaign.schedule?.tooLateAfter == 6 * 3_600_000_000)
        #expect(campaign.experiment?.arms.map(\.name) == ["plain", "urgent"] && campaign.experiment?.otherwise == 0)
        #expect(campaign.rollout.map(\.share) == [50_000, 1_000_000])
        #expect(campaign.stopIf.map(\.source) == ["bounced > 3%", "complained > 0.1%"])
        #expect(campaign.goal?.event == "order_placed")
    }

    /// What is changed, into what, and what is said then.
    static let mistakes: [(String, String, [String])] = [
        ("holdout: 5%", "holdout: 100%", ["E0356"]), ("holdout: 5%", "holdout: 0%", ["E0356"]),
        ("holdout: 5%", "holdout: half", ["E0142"]),
        ("at: 2027-03-18 10:00", "at: 10:00", ["E0143"]), ("at: 2027-03-18 10:00", "at: 2027-03-18", ["E0143"]),
        ("at: 2027-03-18 10:00", "at: 2027-02-29 10:00", ["E0143"]),
        ("at: 2027-03-18 10:00", "every: day", ["E0206"]),
        ("at: 2027-03-18 10:00", "at: 2027-03-18 10:00\n  until: 2027-12-31", ["E0412"]),
        ("at: 2027-03-18 10:00", "at: 2027-03-18 10:00\n  every: day", ["E0412"]),
        ("at: 2027-03-18 10:00", "once: 2027-03-18 10:00", []),
        ("at: 2027-03-18 10:00", "at: 10:00\n  every: day", ["E0412"]),
        ("  if_already_past: next_day\n", "", ["E0206"]), ("next_day", "tomorrow", ["E0217"]),
        ("  too_late_after: 6h\n", "", ["E0206"]), ("in: contact_zone", "in: Berlin", ["E0128"]),
        ("plain: {share: 50%", "plain: {share: 40%", ["E0414"]),
        ("send: spring}\n  sample", "send: sprin}\n  sample", ["E0211"]),
        ("    urgent: {share: 50%, send: spring}\n", "", ["E0359"]),
        ("urgent: {share: 50%", "urgent: {share: 0%", ["E0414", "E0356"]),
        ("sample: 20%", "sample: 0%", ["E0356"]), ("confidence: 95%", "confidence: 100%", ["E0359"]),
        ("confidence: 95%", "confidence: 50%", ["E0359"]), ("otherwise: plain", "otherwise: plan", ["E0253"]),
        ("decide_by: clicked", "decide_by: liked", ["E0217"]), ("decide_by: clicked", "decide_by: goal", []),
        ("decide_after: 4h", "decide_after: 6h", ["E0357"]), ("[email-main]", "[email-main, sms-eu]", ["E0359"]),
        ("send: spring}\n    urgent", "send: welcome}\n    urgent", ["E0359"]),
        ("share: 5%, watch", "share: 100%, watch", ["E0355"]), ("  - {share: 100%}\n", "", ["E0355"]),
        (", watch: 45m", "", ["E0206"]), ("{share: 100%}", "{share: 100%, watch: 1h}", ["E0355"]),
        ("bounced > 3%", "bouncd > 3%", ["E0241"]), ("bounced > 3%", "contact.seats > 3", ["E0242"]),
        ("bounced > 3%", "bounced", ["E0305"]), ("order_placed", "order_place", ["E0246"]),
        ("event.total >= EUR 20", "event.totl >= EUR 20", ["E0247"]), ("  within: 7d\n", "", ["E0206"]),
        ("warn_at: 80%", "warn_at: 80", ["E0142"]), ("EUR 60", "USD 60", ["E0354"]),
        ("via: [email-main]", "via: email-main", []), ("via: [email-main]", "via: reply", ["E0416"]),
        ("via: [email-main]", "via: nowhere", ["E0227"]), ("goal:", "send: spring\ngoal:", ["E0409"]),
        ("goal:", "valid_for: 2d\ngoal:", []), ("goal:", "try_next: {if: not_opened, after: 2d}\ngoal:", ["E0420"]),
        ("goal:", "try_next: {if: not_read, after: 2d}\ngoal:", ["E0417"]),
        ("[email-main]", "[email-main, outbox]\ntry_next: {if: not_opened, after: 2d}", []),
        ("[email-main]", "[email-main, email-main]\ntry_next: {if: not_opened, after: 2d}", ["E0420"]),
        ("[email-main]", "[email-main, outbox]\ntry_next: {if: failed, after: 2d, at_most: 1 attempts}", ["E0420"]),
    ]

    /// A chat tells whether it was read; the mail behind it need not, for nothing comes behind the mail.
    @Test(arguments: [
        ("[site-chat, email-main]", [] as [String]), ("[email-main, site-chat]", ["E0417"]),
        ("[site-chat, email-main, site-chat-2]", ["E0417"]),
    ])
    func `the last channel is not asked for the signal`(via: String, expected: [String]) {
        let chat = """
            channel: site-chat
            kind: webchat
            provider: webchat
            secret: site-chat
            origins: https://acme.example
            ---
            channel: site-chat-2
            kind: webchat
            provider: webchat
            secret: site-chat
            origins: https://acme.example
            """
        let campaign = """
            campaign: ready
            purpose: transactional
            audience: {where: contact.email is known}
            via: \(via)
            try_next: {if: not_read, after: 10m}
            message:
              webchat: {en: "It is ready."}
              email: {en: {subject: "It is ready", body: "It is ready."}}
            """
        let result = BaseProject.compile([("channels/chat.yaml", chat), ("campaigns/ready.yaml", campaign)])
        let codes = result.diagnostics.map(\.code).filter { $0 == "E0417" }
        #expect(codes == expected, "\(result.diagnostics)")
    }

    @Test(arguments: mistakes)
    func `each way to get it wrong is told`(_ old: String, _ new: String, _ expected: [String]) {
        #expect(Self.campaign.contains(old))
        let result = Self.compile(Self.campaign.replacing(old, with: new, maxReplacements: 1))
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        #expect(result.diagnostics.map(\.code) == expected, "\(text)")
    }

    // MARK: Policies, channels, the project

    private static let policy = """
        policy: careful
        purpose: marketing
        quiet_hours:
          - {hours: "20:00-09:00", days: mon-sat, in: contact_zone}
          - {hours: all_day, days: holidays, in: contact_zone}
        after_quiet_hours: {spread: 90m, check_again: true, drop_after: 72h}
        caps:
          - {at_most: 1 per 1d, of: [sms, whatsapp]}
          - {at_most: 3 per 7d, of: any}
        when_capped: wait
        plan_ahead: 24h
        pick_by: priority
        approval: {needed_over: 5000 contacts, by: can_approve_campaigns}

        """

    static let policyMistakes: [(String, String, [String])] = [
        ("careful", "calm", []),
        ("after_quiet_hours: {spread: 90m, check_again: true, drop_after: 72h}\n", "", ["E0358"]),
        (", drop_after: 72h", "", ["E0206"]), ("20:00-09:00", "20:00", ["E0143"]), ("mon-sat", "mon-sam", ["E0143"]),
        ("days: mon-sat, in: contact_zone", "days: mon-sat", ["E0206"]), ("1 per 1d", "1 a day", ["E0182"]),
        ("1 per 1d", "0 per 1d", ["E0182"]), ("1 per 1d", "1 per day", ["E0182"]), ("of: any", "of: all", ["E0217"]),
        ("[sms, whatsapp]", "[sms, whatsap]", ["E0217"]), ("when_capped: wait", "when_capped: later", ["E0217"]),
        ("5000 contacts", "5000", ["E0124"]), ("pick_by: priority", "pick_by: chance", ["E0217"]),
        (
            "caps:\n  - {at_most: 1 per 1d, of: [sms, whatsapp]}\n  - {at_most: 3 per 7d, of: any}\n", "",
            ["E0412", "E0412", "E0412"]
        ),
    ]

    @Test(arguments: policyMistakes)
    func `a policy says when and how often`(_ old: String, _ new: String, _ expected: [String]) {
        let policy = Self.policy.replacing(old, with: new, maxReplacements: 1)
        #expect(policy != Self.policy)
        let result = BaseProject.compile([("policies/careful.yaml", policy)])
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        #expect(result.diagnostics.map(\.code) == expected, "\(text)")
    }

    @Test func `amounts in another currency are converted where there is a rate`() throws {
        let project = BaseProject.project + "exchange_rates: {USD: EUR 0.92, CHF: EUR 1.05}\n"
        let campaign = BaseProject.campaign.replacing("EUR 60", with: "USD 60").replacing(
            "contact.plan != \"team\"", with: "CHF 10 / contact.seats > EUR 1")
        let result = BaseProject.compile([("carillon.yaml", project), ("campaigns/a.yaml", campaign)])
        #expect(result.diagnostics.map(\.code) == [])
        #expect(result.project?.campaigns["spring-sale"]?.budget == Money(micros: 55_200_000, currency: "EUR"))
        for wrong in ["{EUR: EUR 1}", "{USD: USD 1}", "{USD: EUR 0}"] {
            let text = BaseProject.project + "exchange_rates: \(wrong)\n"
            #expect(BaseProject.compile([("carillon.yaml", text)]).diagnostics.map(\.code) == ["E0354"], "\(wrong)")
        }
        let text = BaseProject.project + "exchange_rates: {US: EUR 1}\n"
        #expect(BaseProject.compile([("carillon.yaml", text)]).diagnostics.map(\.code) == ["E0131"])
    }

    @Test func `steps and waits keep the project's limits`() {
        let project = BaseProject.project + "limits: {steps_per_file: 3, wait: 10d}\n"
        func codes(_ steps: String) -> [String] {
            let text =
                "sequence: a\npurpose: transactional\nenter: {event: trial_started}\nsteps:\n" + steps
            return BaseProject.compile([("carillon.yaml", project), ("sequences/a.yaml", text)]).diagnostics.map(\.code)
        }
        #expect(codes("  - wait: 10d\n  - tag: a\n  - tag: b\n") == [])
        #expect(codes("  - wait: 11d\n  - tag: a\n  - tag: b\n") == ["E0360"])
        #expect(
            codes("  - wait_for: order_placed\n    up_to: 11d\n    then: [{tag: a}]\n    else: [{tag: b}]\n") == [
                "E0360"
            ])
        #expect(
            codes("  - wait: 1d\n  - if: contact.seats > 3\n    then: [{tag: a}]\n    else: [{tag: b}]\n") == ["E0360"])
    }

    // MARK: What nothing carries out yet

    // MARK: Graph and version

    @Test func `an experiment is a split of the sample, and the others get the best`() throws {
        let project = try #require(Self.compile(Self.campaign).project)
        let campaign = try #require(project.campaigns["spring"])
        let graph = ProgramGraph.lower(campaign, in: project)
        let edges = graph.edges.map { "\($0.from)>\($0.to)" + ($0.label.map { " \($0)" } ?? "") }
        #expect(
            edges == [
                "0>1", "1>2 95%", "2>3 plain 10%", "2>5 urgent 10%", "2>7 others 80%", "3>4 allowed", "4>13",
                "5>6 allowed", "6>13", "7>8", "8>9 plain 50%", "8>11 urgent 50%", "9>10 allowed", "10>13",
                "11>12 allowed", "12>13",
            ])
        #expect(graph.goal?.event == "order_placed")
    }

    @Test func `an approved text without a language is the one for everybody`() throws {
        let template = """
            template: reminder
            purpose: transactional
            whatsapp:
              approved_as: reminder_2
              values:
                - '<<contact.first_name | default: "there">>'

            """
        let result = BaseProject.compile([("templates/reminder.yaml", template)])
        #expect(result.diagnostics.isEmpty)
        let message = try #require(result.project?.templates["reminder"]?.messages["whatsapp"]?["en"])
        #expect(message.approved == CompiledMessage.Approved(name: "reminder_2", language: "en"))
        #expect(message.fields.keys.sorted() == ["value.1"])
        let own = BaseProject.compile([
            ("templates/reminder.yaml", template.replacing("  values:", with: "  language: de_AT\n  values:"))
        ])
        #expect(own.project?.templates["reminder"]?.messages["whatsapp"]?["de-AT"]?.approved?.language == "de_AT")
        let project = BaseProject.project.replacing("language_fallback: en\n", with: "")
        let none = BaseProject.compile([("carillon.yaml", project), ("templates/reminder.yaml", template)])
        #expect(none.diagnostics.map(\.code) == ["E0206"])
    }

    static let gaps: [(String, [String])] = [
        ("Hi {{1}}, {{2}}!", []), ("{{2}} {{1}} {{2}}", []), ("Hi {{1}}!", ["E0365"]), ("Hi {{1}} {{3}}!", ["E0365"]),
        ("Hi {{1}} {{2}} {{3}}!", ["E0365"]), ("Hi {{name}}!", ["E0365"]), ("Hi {{1}} {{0}}", ["E0365"]),
        ("Hi {{1", ["E0365"]), ("Hi", ["E0365"]), ("Hi {{99999999999999999999}}", ["E0365"]),
    ]

    @Test(arguments: gaps)
    func `the gaps of an approved text and its values match`(_ text: String, _ codes: [String]) {
        let template =
            "template: a\npurpose: transactional\nwhatsapp:\n  approved_as: a_1\n"
            + "  values: [<<contact.plan>>, <<contact.seats>>]\n  text: '\(text)'\n"
        let result = BaseProject.compile([("templates/a.yaml", template)])
        #expect(result.diagnostics.map(\.code) == codes)
    }
}
