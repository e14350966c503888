import RuleEngine

/// A message that is to be asked for later, as it is kept until then.
extension MessageRequest {
    package var json: JSON {
        func entry(_ key: String, _ text: String?) -> JSON.Entry? {
            text.map { JSON.Entry(key: key, value: .string($0)) }
        }
        var entries = [
            entry("channel", channel), entry("contact", contact), entry("lead", lead), entry("to", address),
            entry("type", kind.rawValue), entry("purpose", purpose?.rawValue), entry("topic", topic),
            entry("policy", policy), entry("brand", brand), entry("template", template),
            entry("subject", content.subject), entry("text", content.text), entry("html", content.html),
            entry("media", content.media), entry("file_name", content.fileName), entry("language", language),
            entry("priority", priority.rawValue), entry("asked_by", actor),
        ].compactMap(\.self)
        if !variables.isEmpty { entries.append(JSON.Entry(key: "variables", value: .object(variables))) }
        if let place = content.location {
            entries.append(
                JSON.Entry(
                    key: "location",
                    value: [
                        "latitude": .string(place.latitude), "longitude": .string(place.longitude),
                        "label": JSON(place.label),
                    ]))
        }
        if let validFor { entries.append(JSON.Entry(key: "valid_for", value: .integer(validFor))) }
        return .object(entries)
    }

    /// Nil for what `json` did not write.
    package init?(kept json: JSON) {
        func text(_ key: String) -> String? { json[key]?.string }
        guard let channel = text("channel"), let kind = text("type").flatMap({ Kind(rawValue: $0) }),
            let actor = text("asked_by")
        else { return nil }
        self.init(channel: channel, kind: kind, actor: actor)
        contact = text("contact")
        lead = text("lead")
        address = text("to")
        purpose = text("purpose").flatMap { Purpose(rawValue: $0) }
        topic = text("topic")
        policy = text("policy")
        brand = text("brand")
        template = text("template")
        variables = json["variables"]?.entries ?? []
        content.subject = text("subject")
        content.text = text("text")
        content.html = text("html")
        content.media = text("media")
        content.fileName = text("file_name")
        if let place = json["location"] {
            content.location = (
                place["latitude"]?.string ?? "", place["longitude"]?.string ?? "", place["label"]?.string
            )
        }
        language = text("language")
        priority = text("priority").flatMap { Priority(rawValue: $0) } ?? .normal
        validFor = json["valid_for"]?.integer
    }
}
