import Channels
package import RuleEngine

extension Catalog {
    /// What this build can do: the registered providers and the rule packs that ship with it.
    ///
    /// - Parameter folder: the project's, whose files for messages are looked at.
    package static func standard(inferredSchema: ContactSchema? = nil, folder: String? = nil) -> Catalog {
        var catalog = Catalog(
            providers: ChannelRegistry.descriptors.map(Provider.init), packs: RulePacks.shipped,
            inferredSchema: inferredSchema, zoneRules: TimeZoneLoader.rules(for:))
        if let folder {
            catalog.mediaFile = { media, name in
                FileBeginning(media.hasPrefix("/") ? "\(media)/\(name)" : "\(folder)/\(media)/\(name)").map {
                    Catalog.MediaFile(size: $0.size, start: $0.bytes)
                }
            }
        }
        return catalog
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
        parts = Catalog.PartRules(descriptor.traits)
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

extension Catalog.PartRules {
    init(_ traits: ChannelTraits) {
        let rules = traits.parts
        func uses(_ parts: Set<MessagePart>) -> Set<MessagePartUse.Kind> {
            var kinds = Set(parts.compactMap { MessagePartUse.Kind(rawValue: $0.rawValue) })
            if parts.contains(.buttons) {
                kinds.insert(.reply)
                kinds.insert(.open)
            }
            return kinds
        }
        self.init(
            taken: uses(traits.contents), aroundApproved: uses(rules.aroundApproved),
            captioned: uses(rules.captioned), mostReplies: rules.mostReplies, mostOpens: rules.mostOpens,
            mixesButtons: rules.mixesButtons, buttonsBelowMedia: rules.buttonsBelowMedia)
    }
}
