extension Shape {
    /// What an author should write, to stand behind "must be".
    package var description: String {
        switch self {
        case .text, .headerText: "a text"
        case .id: "a name"
        case .reference(let kind): "the id of a \(kind.rawValue)"
        case .word(let words): words.count > 4 ? "a word" : words.map { "`\($0)`" }.joined(separator: " or ")
        case .flag: "`true` or `false`"
        case .integer: "a whole number"
        case .range: "a range such as `2000..15000`"
        case .money: "an amount such as `EUR 0.075`"
        case .rate: "a rate such as `80/s`"
        case .url: "a web address"
        case .mailbox: "a mailbox"
        case .timeZone: "a time zone"
        case .currency: "a currency"
        case .language: "a language"
        case .filePattern: "a pattern of paths"
        case .condition: "a condition, or a list of conditions"
        case .template, .approvedText: "a text"
        case .fieldType, .inputType: "a type"
        case .duration: "a duration such as `3d`"
        case .share: "a share such as `45%`"
        case .clock: "a time of day such as `10:00`"
        case .hours: "hours such as `09:00-18:00`"
        case .days: "days such as `mon-fri`"
        case .date: "a date"
        case .dateTime: "a date and a time"
        case .zone: "a time zone, or `contact_zone`"
        case .cron: "a time table of five fields"
        case .allowance: "an amount such as `EUR 400 per 30d`"
        case .attempts: "a number such as `2 attempts`"
        case .moment: "a date and a time, or a time of day"
        case .growth: "a growth such as `30%/d`"
        case .frequency: "a number and a time such as `3 per 7d`"
        case .span: "two times such as `2027-03-30 09:00 .. 2027-03-30 10:30`"
        case .generated: "a number such as `2000 generated`"
        case .contactCount: "a number such as `5000 contacts`"
        case .again: "`never`, `always` or `after 180d`"
        case .expression: "an expression"
        case .event: "the name of an event"
        case .call: "a call such as `crm.cart_abandoned`"
        case .program: "a program such as `sequence win-back`"
        case .steps: "a list of steps"
        case .list: "a list"
        case .mapping(let keys):
            "a mapping with " + keys.prefix(3).map { "`\($0.name)`" }.joined(separator: ", ")
        case .map, .keyed: "a mapping"
        case .scalarOr(let short, _): short.description
        case .any: "a value"
        }
    }
}
