/// What the compiler is told about the world outside the files: providers, rule packs, limits. Runner fills it in,
/// because the engine knows no channel and reads no file.
package struct Catalog: Sendable {
    /// A key of a channel document that only this provider understands.
    package struct Setting: Sendable {
        package enum Kind: Sendable {
            case text
            case integer(ClosedRange<Int>)
            case flag
            case oneOf([String])
            /// `Name <user@host>` or `user@host`.
            case mailbox
            case url
        }

        package let name: String
        package let kind: Kind
        package let isRequired: Bool

        package init(name: String, kind: Kind, isRequired: Bool) {
            self.name = name
            self.kind = kind
            self.isRequired = isRequired
        }
    }

    package struct Provider: Sendable {
        package let name: String
        /// Empty: any kind of channel.
        package let kinds: [String]
        package let settings: [Setting]
        package let needsSender: Bool
        /// It sends texts that it has approved before.
        package let sendsApproved: Bool
        package let textLimit: TextLimit?
        /// What it takes beside texts; nil where that is everything.
        package var parts: PartRules?

        package init(
            name: String,
            kinds: [String],
            settings: [Setting],
            needsSender: Bool,
            sendsApproved: Bool = false,
            textLimit: TextLimit? = nil
        ) {
            self.name = name
            self.kinds = kinds
            self.settings = settings
            self.needsSender = needsSender
            self.sendsApproved = sendsApproved
            self.textLimit = textLimit
        }
    }

    /// How long a text a provider takes.
    package struct TextLimit: Sendable, Hashable {
        package enum Unit: String, Sendable {
            case characters, utf16, bytes

            var words: String {
                switch self {
                case .characters: "characters"
                case .utf16: "characters (an emoji counts twice)"
                case .bytes: "bytes"
                }
            }
        }

        package let most: Int
        package let unit: Unit

        package init(_ most: Int, _ unit: Unit) {
            self.most = most
            self.unit = unit
        }

        func length(of longest: LongestRendering) -> Int {
            switch unit {
            case .characters: longest.characters
            case .utf16: longest.utf16
            case .bytes: longest.bytes
            }
        }
    }

    /// What a provider takes beside texts.
    package struct PartRules: Sendable {
        /// What may stand in a message, and what around a text that it has approved.
        package var taken: Set<MessagePartUse.Kind>
        package var aroundApproved: Set<MessagePartUse.Kind>
        /// Beside which a text may stand.
        package var captioned: Set<MessagePartUse.Kind>
        package var mostReplies: Int
        package var mostOpens: Int
        /// Buttons of both sorts in one message.
        package var mixesButtons: Bool
        /// Buttons below a picture, file or place.
        package var buttonsBelowMedia: Bool

        package init(
            taken: Set<MessagePartUse.Kind>, aroundApproved: Set<MessagePartUse.Kind> = [],
            captioned: Set<MessagePartUse.Kind> = [], mostReplies: Int = 0, mostOpens: Int = 0,
            mixesButtons: Bool = false, buttonsBelowMedia: Bool = false
        ) {
            self.taken = taken
            self.aroundApproved = aroundApproved
            self.captioned = captioned
            self.mostReplies = mostReplies
            self.mostOpens = mostOpens
            self.mixesButtons = mixesButtons
            self.buttonsBelowMedia = buttonsBelowMedia
        }
    }

    /// A file of the project's `media` folder, as far as a compiler has to know it.
    package struct MediaFile: Sendable {
        package var size: Int
        package var start: [UInt8]

        package init(size: Int, start: [UInt8]) {
            self.size = size
            self.start = start
        }
    }

    /// Looks at a file of the project, by its folder and name; nil where there is none. Without this nobody looks.
    package var mediaFile: (@Sendable (_ folder: String, _ name: String) -> MediaFile?)?
    package var providers: [Provider]
    package var packs: [Pack]
    /// Used where the project has no `schema:` document.
    package var inferredSchema: ContactSchema?
    /// Beside those of the schema: what single messages begin with that somebody asks for.
    package var events: [EventSchema] = []
    /// What clocks in a zone show; nil where the zone is not known here.
    package var zoneRules: @Sendable (_ name: String) -> TimeZoneRules?

    package init(
        providers: [Provider] = [], packs: [Pack] = [], inferredSchema: ContactSchema? = nil,
        zoneRules: @escaping @Sendable (_ name: String) -> TimeZoneRules? = { _ in nil }
    ) {
        self.providers = providers
        self.packs = packs
        self.inferredSchema = inferredSchema
        self.zoneRules = zoneRules
    }

    package static let channelKinds = [
        "email", "sms", "whatsapp", "telegram", "messenger", "instagram", "webchat", "voice_live", "voice_recorded",
    ]
}
