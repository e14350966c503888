/// One channel document, in the words of this module. Values are checked against the provider's `ChannelDescriptor`.
package struct ChannelConfiguration: Sendable {
    package var id: String
    package var kind: String
    package var provider: String
    package var from: String?
    package var settings: [String: String]
    /// The secret's text (`user:password` or a JSON object), already looked up; never logged.
    package var secret: Secret?
    /// Relative folders and files in settings are taken from here.
    package var baseFolder: String
    /// Where the files lie that its messages show or carry.
    package var media: MediaSource?

    package init(
        id: String, kind: String, provider: String, from: String? = nil, settings: [String: String] = [:],
        secret: Secret? = nil, baseFolder: String
    ) {
        self.id = id
        self.kind = kind
        self.provider = provider
        self.from = from
        self.settings = settings
        self.secret = secret
        self.baseFolder = baseFolder
    }
}

/// A text that no log, error or dump shows.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Reading it is a decision: look for the uses of this name.
    package let exposed: String

    package init(_ text: String) {
        exposed = text
    }

    package var description: String { "«redacted»" }
    package var debugDescription: String { "«redacted»" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A provider, as far as configuration goes, and the way to make a channel of it.
package struct ChannelDescriptor: Sendable {
    package struct Setting: Sendable {
        package enum Kind: Sendable {
            case text
            case integer(ClosedRange<Int>)
            case flag
            case oneOf([String])
            case mailbox
            case url
        }

        package let name: String
        package let kind: Kind
        package let isRequired: Bool

        package init(_ name: String, _ kind: Kind, isRequired: Bool = false) {
            self.name = name
            self.kind = kind
            self.isRequired = isRequired
        }
    }

    package let provider: String
    /// Empty: any kind of channel.
    package let kinds: [String]
    package let settings: [Setting]
    package let needsSender: Bool
    /// What every account of the provider can do, before one is configured.
    package let traits: ChannelTraits
    package let make: @Sendable (ChannelConfiguration) throws(ChannelSetupError) -> any Channel

    package init(
        provider: String, kinds: [String], settings: [Setting], needsSender: Bool,
        traits: ChannelTraits = ChannelTraits(),
        make: @escaping @Sendable (ChannelConfiguration) throws(ChannelSetupError) -> any Channel
    ) {
        self.provider = provider
        self.kinds = kinds
        self.settings = settings
        self.needsSender = needsSender
        self.traits = traits
        self.make = make
    }
}
