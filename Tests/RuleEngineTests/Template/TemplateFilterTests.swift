import RuleEngine
import Testing

struct TemplateFilterTests {
    typealias Case = TemplateRenderingTests.Case

    static let filters: [Case] = [
        Case("<<contact.company | upper>>", "MÜLLER & SÖHNE"),
        Case("<<contact.plan | upper>>", "TRIAL"),
        Case("<<contact.company | lower>>", "müller & söhne"),
        Case("<<contact.plan | title>>", "Trial"),
        Case(#"<<contact.tags | join: ", " | title>>"#, "Vip, Early Bird"),
        Case(#"<<contact.plan | suffix: "  " | trim>>"#, "trial"),
        Case("<<contact.company | truncate: 8>>", "Müller…"),
        Case("<<contact.company | truncate: 14>>", "Müller & Söhne"),
        Case(#"<<contact.company | truncate: 8, "...">>"#, "Mülle..."),
        Case("<<contact.birthday | date>>", "March 8, 1990"),
        Case(#"<<contact.birthday | date: "EEEE, d.M.yy">>"#, "Thursday, 8.3.90"),
        Case(#"<<contact.birthday | date: "dd MMM yyyy 'at' ''">>"#, "08 Mar 1990 at '"),
        Case(#"<<run.started_at | date: "yyyy-MM-dd HH:mm:ss">>"#, "2027-03-18 10:05:00"),
        Case(#"<<run.started_at | add: 14d | date: "d MMMM">>"#, "1 April"),
        Case(#"<<run.started_at | add: 90m | time>>"#, "11:35 AM"),
        Case(#"<<run.started_at | add: -11h | time: "h:mm a">>"#, "11:05 PM"),
        Case(#"<<contact.birthday | add: 2w | date: "d MMMM">>"#, "22 March"),
        Case("<<contact.balance | money>>", "€1,234.50"),
        Case("<<contact.balance | money: 0>>", "€1,235"),
        Case("<<contact.score | number>>", "1.5"),
        Case("<<contact.score | number: 2>>", "1.50"),
        Case("<<contact.seats | number>>", "3"),
        Case("<<contact.seats | add: 1000 | number>>", "1,003"),
        Case("<<contact.score | add: 0.25>>", "1.75"),
        Case(#"<<contact.seats | plural: "seat", "seats">>"#, "seats"),
        Case(#"<<contact.seats | add: -2 | plural: "seat", "seats">>"#, "seat"),
        Case(#"<<contact.tags | join: " / ">>"#, "vip / early bird"),
        Case("<<contact.company | escape>>", "Müller &amp; Söhne"),
        Case("<<contact.company | url>>", "M%C3%BCller%20%26%20S%C3%B6hne"),
        Case("<<contact.company | json>>", #""Müller \u0026 Söhne""#),
        Case("<<contact.tags | json>>", #"["vip","early bird"]"#),
        Case("<<contact.is_member | json>>", "true"),
        Case("<<contact.birthday | json>>", #""1990-03-08""#),
        Case("<<now | json>>", #""2027-03-18T09:05:00Z""#),
        Case("<<contact.balance | json>>", "1234.5"),
        Case(#"<<contact.seats | suffix: " seats">>"#, "3 seats"),
        Case(#"<<contact.seats | prefix: "n=" | default: "none">>"#, "n=3"),
    ]

    @Test("A filter does what its page says", arguments: filters)
    func filter(_ example: Case) {
        #expect(TemplateFixture().render(example.source) == example.result)
    }

    /// Written by Babel 2.16 with the data of CLDR.
    static let languages: [Case] = [
        Case("", "March 8, 1990|Thursday|Mar|10:05 AM|€1,234.50|-€0.07|12,345.6", "en"),
        Case("", "8 March 1990|Thursday|Mar|10:05|€1,234.50|-€0.07|12,345.6", "en-GB"),
        Case("", "8. März 1990|Donnerstag|März|10:05|1.234,50\u{A0}€|-0,07\u{A0}€|12.345,6", "de"),
        Case("", "8. März 1990|Donnerstag|März|10:05|€\u{A0}1.234,50|-€\u{A0}0,07|12.345,6", "de-AT"),
        Case("", "8. März 1990|Donnerstag|März|10:05|EUR\u{A0}1’234.50|EUR-0.07|12’345.6", "de-CH"),
        Case("", "8 mars 1990|jeudi|mars|10:05|1\u{202F}234,50\u{A0}€|-0,07\u{A0}€|12\u{202F}345,6", "fr"),
        Case("", "8 de marzo de 1990|jueves|mar|10:05|1234,50\u{A0}€|-0,07\u{A0}€|12.345,6", "es"),
        Case("", "8 marzo 1990|giovedì|mar|10:05|1.234,50\u{A0}€|-0,07\u{A0}€|12.345,6", "it"),
        Case("", "8 maart 1990|donderdag|mrt|10:05|€\u{A0}1.234,50|€\u{A0}-0,07|12.345,6", "nl"),
        Case("", "8 de março de 1990|quinta-feira|mar.|10:05|€\u{A0}1.234,50|-€\u{A0}0,07|12.345,6", "pt"),
        Case("", "8 de março de 1990|quinta-feira|mar.|10:05|1234,50\u{A0}€|-0,07\u{A0}€|12\u{A0}345,6", "pt-PT"),
        Case("", "8 marca 1990|czwartek|mar|10:05|1234,50\u{A0}€|-0,07\u{A0}€|12\u{A0}345,6", "pl"),
        // A language without data of its own is written as English; a region falls back to its language.
        Case("", "March 8, 1990|Thursday|Mar|10:05 AM|€1,234.50|-€0.07|12,345.6", "xx"),
        Case("", "8 mars 1990|jeudi|mars|10:05|1\u{202F}234,50\u{A0}€|-0,07\u{A0}€|12\u{202F}345,6", "fr-BE"),
    ]

    @Test("Dates, money and numbers follow the message's language", arguments: languages)
    func language(_ example: Case) {
        let source =
            #"<<contact.birthday | date>>|<<contact.birthday | date: "EEEE">>|<<contact.birthday | date: "MMM">>|"#
            + "<<run.started_at | time>>|<<contact.balance | money>>|<<contact.balance - EUR 1234.57 | money>>|"
            + "<<contact.score | add: 12344.1 | number>>"
        #expect(TemplateFixture(language: example.language).render(source) == example.result)
    }

    @Test(
        "Polish has three plurals, French counts zero as one",
        arguments: [
            (0, "osób", "place"), (1, "osoba", "place"), (2, "osoby", "places"), (5, "osób", "places"),
            (12, "osób", "places"), (22, "osoby", "places"), (112, "osób", "places"),
        ]
    )
    func plurals(_ number: Int, _ polish: String, _ french: String) {
        let seats = TemplateFixture.Fact.int(Int64(number))
        #expect(
            TemplateFixture(language: "pl").render(
                #"<<contact.seats | plural: "osoba", "osoby", "osób">>"#,
                ["seats": seats]
            ) == polish
        )
        #expect(
            TemplateFixture(language: "fr").render(
                #"<<contact.seats | plural: "place", "places">>"#,
                ["seats": seats]
            ) == french
        )
    }

    @Test("A month without a day stands in its own form")
    func standaloneMonth() {
        #expect(TemplateFixture(language: "pl").render(#"<<contact.birthday | date: "LLLL y">>"#) == "marzec 1990")
    }

    @Test("The yen has no decimals, and a currency without a sign is spelled out")
    func currencies() {
        #expect(TemplateFixture(currency: "JPY").render("<<contact.balance>>") == "¥1,235")
        #expect(TemplateFixture(currency: "CHF").render("<<contact.balance>>") == "CHF\u{A0}1,234.50")
        #expect(TemplateFixture(language: "pl", currency: "PLN").render("<<contact.balance>>") == "1234,50\u{A0}zł")
    }

    @Test(
        "The largest numbers don't trap",
        arguments: [
            "<<contact.seats | number: 2>>", "<<contact.balance | money>>", "<<contact.score | number: 1>>",
            "<<contact.seats | add: 1 | default: 0>>", "<<contact.birthday | date>>", "<<contact.seats | json>>",
            #"<<contact.joined_at | add: 14d | date: "y">>"#,
            #"<<contact.joined_at | add: 90m | date: "y" | default: "-">>"#,
        ]
    )
    func extremes(_ source: String) {
        for number in [Int64.min, Int64.min + 1, -1, 0, Int64.max] {
            let changes: [String: TemplateFixture.Fact] = [
                "seats": .int(number), "balance": .money(number), "score": .decimal(number),
                "birthday": .int(number), "joined_at": .instant(number),
            ]
            for language in ["en", "de-CH", "pl"] {
                _ = TemplateFixture(language: language).render(source, changes)
            }
        }
    }
}
