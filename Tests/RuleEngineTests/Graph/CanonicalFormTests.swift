import RuleEngine
import Testing

/// The version of a program follows its meaning, and nothing else.
struct CanonicalFormTests {
    /// A project as values, so that it can be written down in many ways, and changed in single places.
    struct Parts: Sendable {
        var purposeOfTopic = "offers"
        var id = "spring-sale"
        var about = "15% off"
        var owner = "maria"
        var lawfulBasis = "consent"
        var priority = "40"
        var brandName = "Acme GmbH"
        var address = "Hauptstraße 1, 10115 Berlin"
        var website = "https://acme.example"
        var zone = "Europe/Berlin"
        var fallback = "en"
        var include = ["newsletter", "buyers"]
        var exclude = ["staff"]
        var conditions = ["contact.plan != \"team\"", "contact.seats > 3"]
        var expect = "10..2000"
        var budget = "EUR 60"
        var segmentCondition = "contact.tags contains \"newsletter\""
        var buyersCondition = "contact.seats >= 2 and contact.country in [\"DE\", \"AT\"]"
        var staffCondition = "contact.email ends_with \"@acme.example\""
        var packs = ["eu.eprivacy", "uk.pecr"]
        var consent = "soft_optin"
        var onUncertain = "hold"
        var from = "Acme <news@mail.acme.example>"
        var cost = "EUR 0.0001"
        var rate = "80/s"
        var host = "mail.acme.example"
        var subject = "Hello, there is \"news\" for you"
        var body =
            "Hello <<contact.first_name | default: \"you\">>!\n\n  It's 15% off: # really\n<<sender.postal_address>>\n<<unsubscribe.link>>\n"
        var germanSubject = "Grüße 🌷"
        var seatsType = "int"
        var firstNameType = "optional text"
        var segmentName = "newsletter"
        var templateName = "offer"
        var holdout = "5%"
        var tooLate = "6h"
        var startDay = "18"
        var past = "next_day"
        var stage = "5%"
        var watch = "45m"
        var stopIf = ["bounced > 3%", "complained > 0.1%"]
        var goal = "event.total >= EUR 20"
        var within = "7d"
        var warnAt = "80%"
        var quiet = "20:00-09:00"
        var dropAfter = "72h"
        var cap = "3 per 7d"
        var capped = "wait"
        var approval = "5000 contacts"

        var documents: [(path: String, value: YAMLValue)] {
            let names = include.map { $0 == "newsletter" ? segmentName : $0 }
            return [
                (
                    "carillon.yaml",
                    .mapping([
                        ("project", .text("acme")), ("time_zone", .text(zone)), ("currency", .text("EUR")),
                        ("public_url", .text("https://go.acme.example")), ("language_fallback", .text(fallback)),
                        (
                            "brands",
                            .mapping([
                                (
                                    "acme",
                                    .mapping([
                                        ("name", .text(brandName)), ("postal_address", .text(address)),
                                        ("website", .text(website)),
                                    ])
                                )
                            ])
                        ),
                        ("defaults", .mapping([("policy", .text("house-marketing")), ("brand", .text("acme"))])),
                    ])
                ),
                (
                    "schema/acme.yaml",
                    .mapping([
                        ("schema", .text("acme")),
                        (
                            "contact",
                            .mapping([
                                ("first_name", .mapping([("type", .text(firstNameType)), ("pii", .text("true"))])),
                                ("country", .text("country")), ("plan", .text("one_of(free, trial, pro, team)")),
                                ("seats", .text(seatsType)),
                            ])
                        ),
                        ("events", .mapping([("order_placed", .mapping([("total", .text("money"))]))])),
                    ])
                ),
                (
                    "policies/house-marketing.yaml",
                    .mapping([
                        ("policy", .text("house-marketing")), ("purpose", .text("marketing")),
                        ("packs", .list(packs.map(YAMLValue.text))), ("consent", .mapping([("email", .text(consent))])),
                        ("on_uncertain", .text(onUncertain)),
                        (
                            "quiet_hours",
                            .list([.mapping([("hours", .text(quiet)), ("in", .text("contact_zone"))])])
                        ), ("after_quiet_hours", .mapping([("drop_after", .text(dropAfter))])),
                        ("caps", .list([.mapping([("at_most", .text(cap)), ("of", .text("any"))])])),
                        ("when_capped", .text(capped)),
                        (
                            "approval",
                            .mapping([("needed_over", .text(approval)), ("by", .text("can_approve"))])
                        ),
                    ])
                ),
                (
                    "channels/main.yaml",
                    .mapping([
                        ("channel", .text("email-main")), ("kind", .text("email")), ("provider", .text("smtp")),
                        ("host", .text(host)), ("from", .text(from)), ("limits", .mapping([("rate", .text(rate))])),
                        ("cost", .mapping([("per_message", .text(cost))])),
                    ])
                ),
                (
                    "segments/newsletter.yaml",
                    .mapping([
                        ("segment", .text(segmentName)), ("where", .list([.text(segmentCondition)])),
                    ])
                ),
                ("segments/buyers.yaml", .mapping([("segment", .text("buyers")), ("where", .text(buyersCondition))])),
                ("segments/staff.yaml", .mapping([("segment", .text("staff")), ("where", .text(staffCondition))])),
                (
                    "templates/offer.yaml",
                    .mapping([
                        ("template", .text(templateName)), ("purpose", .text("marketing")),
                        (
                            "email",
                            .mapping([
                                ("en", .mapping([("subject", .text(subject)), ("body", .lines(body))])),
                                ("de", .mapping([("subject", .text(germanSubject)), ("body", .lines(body))])),
                            ])
                        ),
                    ])
                ),
                (
                    "campaigns/spring.yaml",
                    .mapping([
                        ("campaign", .text(id)), ("about", .text(about)), ("purpose", .text("marketing")),
                        ("topic", .text(purposeOfTopic)), ("lawful_basis", .text(lawfulBasis)), ("owner", .text(owner)),
                        ("priority", .text(priority)),
                        (
                            "audience",
                            .mapping([
                                ("include", .list(names.map(YAMLValue.text))),
                                ("exclude", .list(exclude.map(YAMLValue.text))),
                                ("where", .list(conditions.map(YAMLValue.text))), ("expect", .text(expect)),
                            ])
                        ),
                        ("via", .list([.text("email-main")])), ("send", .text(templateName)),
                        ("budget", .mapping([("at_most", .text(budget)), ("warn_at", .text(warnAt))])),
                        ("holdout", .text(holdout)),
                        (
                            "schedule",
                            .mapping([
                                ("at", .text("2027-03-\(startDay) 10:00")), ("in", .text("contact_zone")),
                                ("if_already_past", .text(past)), ("too_late_after", .text(tooLate)),
                            ])
                        ),
                        (
                            "rollout",
                            .list([
                                .mapping([("share", .text(stage)), ("watch", .text(watch))]),
                                .mapping([("share", .text("100%"))]),
                            ])
                        ), ("stop_if", .list(stopIf.map(YAMLValue.text))),
                        (
                            "goal",
                            .mapping([
                                ("event", .text("order_placed")), ("where", .text(goal)), ("within", .text(within)),
                            ])
                        ),
                    ])
                ),
            ]
        }

        func form(seed: UInt64) throws -> [UInt8] {
            var writer = YAMLWriter(seed: seed)
            let files = documents.map { (path: $0.path, text: writer.document($0.value)) }
            let result = BaseProject.compile(files + [("templates/welcome.yaml", "")])
            let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
            let project = try #require(result.project, "\(text)")
            let campaign = try #require(project.campaigns[id])
            return ProgramGraph.lower(campaign, in: project).canonicalForm
        }
    }

    @Test(arguments: 0..<10)
    func `a thousand ways to write a project down have one form`(_ tenth: Int) throws {
        let form = try Parts().form(seed: 0)
        #expect(form.count > 500)
        for seed in 1...100 { #expect(try Parts().form(seed: UInt64(tenth * 1000 + seed)) == form, "seed \(seed)") }
    }

    /// Each changes the meaning, differently for each number.
    static let mutations: [(name: String, change: @Sendable (inout Parts, Int) -> Void)] = [
        ("topic", { $0.purposeOfTopic = "offers-\($1)" }),
        ("id", { $0.id = "sale-\($1)" }),
        ("lawful basis", { $0.lawfulBasis = KeyTableWords.bases[$1 % KeyTableWords.bases.count] }),
        ("priority", { $0.priority = "\(41 + $1)" }),
        ("brand's name", { $0.brandName = "Acme \($1)" }),
        ("address", { $0.address = "Street \($1)" }),
        ("website", { $0.website = "https://acme\($1).example" }),
        ("zone", { $0.zone = "Europe/Zone\($1 % 7)" }),
        ("fallback", { $0.fallback = ["de", "fr", "es", "it"][$1 % 4] }),
        ("include", { $0.include = $1 % 2 == 0 ? ["newsletter"] : ["buyers"] }),
        ("exclude nobody", { parts, _ in parts.exclude = [] }),
        (
            "exclude others",
            {
                $0.include = ["newsletter"]; $0.exclude = $1 % 2 == 0 ? ["buyers"] : ["buyers", "staff"]
            }
        ),
        ("condition", { $0.conditions[1] = "contact.seats > \(4 + $1)" }),
        ("operator", { $0.conditions[1] = "contact.seats \(["<", "<=", ">=", "==", "!="][$1 % 5]) 3" }),
        ("fewer conditions", { $0.conditions.remove(at: $1 % 2) }),
        ("more conditions", { $0.conditions.append("contact.country == \"\(["DE", "FR", "US", "GB"][$1 % 4])\"") }),
        ("expect", { $0.expect = "10..\(2001 + $1)" }),
        ("budget", { $0.budget = "EUR \(61 + $1)" }),
        ("segment", { $0.segmentCondition = "contact.tags contains \"news-\($1)\"" }),
        (
            "other segment",
            { $0.buyersCondition = "contact.seats >= \(3 + $1) and contact.country in [\"DE\", \"AT\"]" }
        ),
        ("excluded segment", { $0.staffCondition = "contact.email ends_with \"@acme\($1).example\"" }),
        ("packs", { $0.packs = [["eu.eprivacy"], ["uk.pecr"], ["eu.eprivacy", "us.federal"]][$1 % 3] }),
        ("consent", { $0.consent = ["express", "express_written"][$1 % 2] }),
        ("uncertain", { parts, _ in parts.onUncertain = "resend" }),
        ("sender", { $0.from = "Acme <news\($1)@mail.acme.example>" }),
        ("subject", { $0.subject += " \($1)" }),
        ("body", { $0.body = "\($1) " + $0.body }),
        ("condition in the body", { $0.body = "<<if contact.seats > \($1)>>many<<end>>" + $0.body }),
        ("default", { $0.body = $0.body.replacing("\"you\"", with: "\"you \($1)\"") }),
        ("white space of the body", { $0.body += String(repeating: "\n", count: 1 + $1 % 5) + "." + "\n" }),
        ("German subject", { $0.germanSubject += "\($1)" }),
        ("holdout", { $0.holdout = "\(6 + $1 % 80)%" }), ("too late", { $0.tooLate = "\(7 + $1)h" }),
        ("day", { $0.startDay = "\(19 + $1 % 12)" }), ("past", { $0.past = ["send_now", "skip"][$1 % 2] }),
        ("stage", { $0.stage = "\(6 + $1 % 90)%" }), ("watch", { $0.watch = "\(46 + $1)m" }),
        ("rate", { $0.stopIf[1] = "complained > \(1 + $1 % 50)%" }),
        ("goal", { $0.goal = "event.total >= EUR \(21 + $1)" }), ("within", { $0.within = "\(8 + $1 % 90)d" }),
        ("warning", { $0.warnAt = "\(10 + $1 % 60)%" }),
        ("quiet hours", { $0.quiet = "21:\(10 + $1 % 50)-09:00" }), ("dropped", { $0.dropAfter = "\(73 + $1)h" }),
        ("cap", { $0.cap = "\(4 + $1) per 7d" }), ("capped", { parts, _ in parts.capped = "skip" }),
        ("approval", { $0.approval = "\(1 + $1) contacts" }),
        ("type", { $0.seatsType = $1 % 2 == 0 ? "decimal" : "optional int" }),
    ]

    @Test(arguments: 0..<10)
    func `a thousand changes of meaning change the form`(_ tenth: Int) throws {
        let form = try Parts().form(seed: 0)
        var random = SeededGenerator(seed: UInt64(tenth))
        for number in 0..<100 {
            let mutation = Self.mutations[(tenth * 100 + number) % Self.mutations.count]
            var parts = Parts()
            mutation.change(&parts, Int.random(in: 0..<500, using: &random))
            #expect(try parts.form(seed: random.next()) != form, "\(mutation.name) \(number)")
        }
    }

    @Test func `what means nothing changes nothing`() throws {
        let form = try Parts().form(seed: 0)
        let changes: [(String, (inout Parts) -> Void)] = [
            ("about", { $0.about = "Something else" }), ("owner", { $0.owner = "otto" }),
            ("price", { $0.cost = "EUR 0.5" }), ("rate", { $0.rate = "5/s" }), ("host", { $0.host = "other.example" }),
            ("segment's id", { $0.segmentName = "readers" }), ("template's id", { $0.templateName = "another" }),
            ("order of segments", { $0.include.reverse() }), ("order of packs", { $0.packs.reverse() }),
            ("spaces", { $0.conditions[1] = " contact.seats>3 " }),
            ("parentheses", { $0.conditions[1] = "(contact.seats > (3))" }),
        ]
        for (name, change) in changes {
            var parts = Parts()
            change(&parts)
            #expect(try parts.form(seed: 7) == form, "\(name)")
        }
    }
}

enum KeyTableWords {
    static let bases = ["contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"]
}
