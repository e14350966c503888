import Channels
package import RuleEngine

extension Catalog {
    /// What this build can do: the registered providers and the rule packs that ship with it.
    package static func standard(inferredSchema: ContactSchema? = nil) -> Catalog {
        Catalog(
            providers: ChannelRegistry.descriptors.map(Provider.init), packs: RulePacks.shipped,
            inferredSchema: inferredSchema, zoneRules: TimeZoneLoader.rules(for:))
    }
}

extension Catalog.Provider {
    init(_ descriptor: ChannelDescriptor) {
        self.init(
            name: descriptor.provider, kinds: descriptor.kinds,
            settings: descriptor.settings.map { setting in
                Catalog.Setting(name: setting.name, kind: .init(setting.kind), isRequired: setting.isRequired)
            }, needsSender: descriptor.needsSender, sendsApproved: descriptor.traits.contents.contains(.approved),
            textLimit: descriptor.traits.textLimit.map { Catalog.TextLimit($0.most, .init($0.unit)) })
    }
}

extension Catalog.TextLimit.Unit {
    init(_ unit: ChannelTraits.LengthUnit) {
        switch unit {
        case .characters: self = .characters
        case .utf16: self = .utf16
        case .bytes: self = .bytes
        }
    }
}

extension Catalog.Setting.Kind {
    init(_ kind: ChannelDescriptor.Setting.Kind) {
        switch kind {
        case .text: self = .text
        case .integer(let range): self = .integer(range)
        case .flag: self = .flag
        case .oneOf(let values): self = .oneOf(values)
        case .mailbox: self = .mailbox
        case .url: self = .url
        }
    }
}
