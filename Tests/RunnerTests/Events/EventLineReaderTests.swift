import RuleEngine
import Testing

@testable import Runner

struct EventLineReaderTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private static let reader = EventLineReader(
        events: [
            "order_placed": EventSchema(
                id: "order_placed",
                fields: [
                    EventField(name: "order_id", type: TypeInfo(.text), isUnique: true),
                    EventField(name: "total", type: TypeInfo(.money)),
                    EventField(name: "quantity", type: TypeInfo(.int, isOptional: true)),
                    EventField(name: "paid", type: TypeInfo(.bool, isOptional: true)),
                    EventField(name: "plan", type: TypeInfo(.oneOf(["free", "pro"]), isOptional: true)),
                    EventField(name: "labels", type: TypeInfo(.list(.text), isOptional: true)),
                    EventField(
                        name: "items", type: TypeInfo(.list(.unknown), isOptional: true),
                        record: [
                            EventField(name: "sku", type: TypeInfo(.text)),
                            EventField(name: "quantity", type: TypeInfo(.int, isOptional: true)),
                        ]),
                ])
        ], currency: "EUR")

    private static func line(_ fields: String, _ more: String = "") -> String {
        #"{"contact":"c1","event":"order_placed","fields":{"order_id":"A-1","total":"EUR 7.50"\#(fields)}\#(more)}"#
    }

    private static func read(_ line: String) throws(EventRefusal) -> EventLineReader.Line {
        try reader.read(Array(line.utf8), now: now)
    }

    @Test func `a line becomes an event with typed fields`() throws {
        let line = try Self.read(
            Self.line(
                #","quantity":3,"paid":true,"plan":"pro","labels":["a"," b ",""],"items":[{"sku":"x\"y","quantity":2}]"#,
                #","at":"2026-03-18T10:00:00+01:00","id":"e1""#))
        #expect(line.contact == "c1")
        #expect(line.event.at.microseconds == 1_773_824_400_000_000)
        #expect(line.event.keys == [.id("e1"), .field("order_id", "A-1")])
        #expect(
            line.event.fields == [
                "order_id": Value("A-1"), "total": .number(7_500_000, .money), "quantity": .number(3, .int),
                "paid": .bool(true), "plan": Value("pro"), "labels": .list([Value("a"), Value("b")]),
                "items": .list([Value(#"{"sku":"x\"y","quantity":2}"#)]),
            ])
        let bare = try Self.read(Self.line(#","quantity":null,"plan":"""#))
        #expect(bare.event.at == Self.now && bare.event.fields.count == 2)
    }

    @Test(
        arguments: [
            ("nonsense", .malformed, "this is no JSON object"),
            ("[1]", .malformed, "this is no JSON object"),
            (line("", #","att":1"#), .unknownKey, "unknown key `att`"),
            (#"{"event":"order_placed"}"#, .missingKey, "`contact` is missing"),
            (#"{"contact":"c1"}"#, .missingKey, "`event` is missing"),
            (#"{"contact":"c1","event":"order_place"}"#, .unknownEvent, "the schema declares no event `order_place`"),
            (line(#","totl":1"#), .unknownField, "`order_placed` has no field `totl`"),
            (
                #"{"contact":"c1","event":"order_placed","fields":{"total":1}}"#, .missingField,
                "the field `order_id` of `order_placed` is missing"
            ),
            (line(#","quantity":1.5"#), .wrongValue, "`quantity` is not a whole number"),
            (line(#","quantity":[1]"#), .wrongValue, "`quantity` is not a single value of the type `int`"),
            (line(#","plan":"team""#), .wrongValue, "`plan` is not one of free, pro"),
            (line(#","labels":"a""#), .wrongValue, "`labels` is not a list"),
            (line(#","labels":["\u001f"]"#), .wrongValue, "`labels` holds a control character"),
            (line(#","items":[1]"#), .wrongValue, "`items` is not a list of objects"),
            (line(#","items":[{"skuu":"x"}]"#), .unknownField, "an item of `items` has no field `skuu`"),
            (line(#","items":[{"quantity":1}]"#), .missingField, "an item of `items` lacks `sku`"),
            (line("", #","at":"yesterday""#), .badTime, "`at` is no point in time"),
            (line("", #","at":"2027-03-18T10:00:00Z""#), .badTime, "`at` lies more than an hour ahead"),
            (line("", #","id":{}"#), .wrongValue, "`id` is no text of 1 to 256 bytes"),
        ] as [(String, EventRefusal.Reason, String)])
    func `a bad line is refused with what is wrong and what to write`(
        line: String, reason: EventRefusal.Reason, message: String
    ) {
        let refusal = #expect(throws: EventRefusal.self) { try Self.read(line) }
        #expect(refusal?.reason == reason)
        #expect(refusal?.message == message)
        #expect(refusal?.help.isEmpty == false)
    }
}
