/// What a message may hold beside its text.
extension KeyTable {
    static let projectMedia = [
        Key("folder", .text, "A folder of the project, for what mail carries."),
        Key("store", .url, "The address of a bucket: `https://s3.eu-central-1.amazonaws.com/acme-media`."),
        Key("region", .headerText, "The bucket's; `us-east-1` where none is said."),
        Key("secret", .id, "The name of the bucket's credentials."),
    ]

    /// Plain texts by language, without marks: whoever asks may be nobody that we know.
    static let projectReplies = ["stop", "start", "help"].map { Key($0, .map(keys: .language, values: .headerText)) }

    /// One of the first four, or a place.
    static let messageParts = [
        Key("image", .headerText, "A picture: an https address, or a name in the project's `media`."),
        Key("video", .headerText),
        Key("audio", .headerText),
        Key("file", .headerText),
        Key("name", .headerText, "Under which the recipient sees the file."),
        Key("location", .mapping(messageLocation), "A place on the map."),
        Key("buttons", .list(.mapping(messageButton)), "What may be tapped below the text."),
    ]

    static let richMessage = [Key("text", .template, "With a picture or file: its caption.")] + messageParts

    static let messageLocation = [
        Key("latitude", .headerText, required: true),
        Key("longitude", .headerText, required: true),
        Key("label", .template),
    ]

    static let messageButton = [
        Key("title", .template, "Not for an approved text, which has its own."),
        Key("reply", .headerText, "Comes back as the payload of an inbound message."),
        Key("open", .template, "An https address; for an approved text what is put behind its own."),
    ]
}
