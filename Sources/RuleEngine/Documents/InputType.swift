/// What a fragment's input may be: something that the project names, or a value.
package enum InputType: Sendable, Hashable {
    case event, template, channel, segment, team
    /// A value as contact fields have it; `.duration` among them.
    case value(ValueType)

    init?(_ text: String) {
        switch text {
        case "event": self = .event
        case "template": self = .template
        case "segment": self = .segment
        case "team": self = .team
        case "channel": self = .channel
        default:
            guard let type = try? FieldTypeReader.read(text), !type.isOptional else { return nil }
            self = .value(type.type)
        }
    }

    static let names = ["event", "template", "channel", "segment", "team"] + FieldTypeReader.names.map(\.name)
}
