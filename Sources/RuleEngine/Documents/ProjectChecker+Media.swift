/// Pictures, files, places and buttons: read where a message is read, and held against what the providers take by whose
/// channels it goes.
extension ProjectChecker {
    struct RichParts {
        var texts: [(field: String, kind: TextKind, node: SyntaxNode?)] = []
        var uses: [MessagePartUse] = []
    }

    private static let mediaKinds: [MessagePartUse.Kind] = [.image, .video, .audio, .file]
    private static let mostButtons = 20
    private static let mostAttachments = 10

    /// Nil where it has errors.
    mutating func readParts(_ node: SyntaxNode, isMail: Bool, isSound: inout Bool) -> RichParts? {
        var parts = RichParts()
        guard node.scalar == nil else { return parts }
        let before = diagnostics.diagnostics.count
        let isApproved = node.value("approved_as") != nil
        if isMail {
            readAttachments(node.value("attachments"), into: &parts)
            return diagnostics.diagnostics.count == before ? parts : nil
        }
        let media = Self.mediaKinds.compactMap { kind in node.entry(kind.rawValue).map { (kind, $0) } }
        if media.count > 1 || (!media.isEmpty && node.value("location") != nil) {
            let (first, second) = media.count > 1 ? (media[0].1, media[1].1) : (media[0].1, node.entry("location"))
            diagnostics.report(.partsApart(second?.key.span ?? first.key.span, also: first.key.span))
            return nil
        }
        for (kind, entry) in media { readMedia(entry, kind, into: &parts) }
        if let name = node.entry("name") {
            if media.isEmpty {
                diagnostics.report(.keyNeeds(name.key.span, "name", "file"))
            } else {
                parts.texts.append(("file.name", .header, name.value))
            }
        }
        if let place = node.entry("location") { readLocation(place, into: &parts) }
        readButtons(node.value("buttons"), isApproved: isApproved, into: &parts)
        if !isApproved, node.value("text") == nil, media.isEmpty, node.value("location") == nil {
            diagnostics.report(.missingKey(node.span, "text", in: "a message"))
        }
        return diagnostics.diagnostics.count == before ? parts : nil
    }

    private mutating func readMedia(_ entry: SyntaxEntry, _ kind: MessagePartUse.Kind, into parts: inout RichParts) {
        guard let reference = reference(entry.value) else { return }
        if let type = reference.type {
            let fits = kind == .file || type.family.rawValue == kind.rawValue
            if !fits {
                return diagnostics.report(
                    .mediaOfAnotherType(entry.value.span, reference.text, is: type.family.rawValue, key: kind.rawValue))
            }
        } else if reference.ending != nil {
            return diagnostics.report(.mediaTypeUnknown(entry.value.span, reference.text))
        }
        if case .named = reference, settings.media?.store == nil {
            return diagnostics.report(.mediaNotPublic(entry.value.span, reference.text))
        }
        parts.texts.append((kind.rawValue, .header, entry.value))
        parts.uses.append(MessagePartUse(kind: kind, reference: reference, span: entry.value.span))
    }

    private mutating func reference(_ node: SyntaxNode) -> MediaReference? {
        guard let scalar = node.scalar else { return nil }
        do throws(MediaReference.Fault) {
            return try MediaReference(scalar.text)
        } catch {
            diagnostics.report(.badMedia(node.span, scalar.text, reason: error.text))
            return nil
        }
    }

    private mutating func readAttachments(_ node: SyntaxNode?, into parts: inout RichParts) {
        let items = node?.items ?? []
        if items.count > Self.mostAttachments, let node {
            return diagnostics.report(.tooManyParts(node.span, "attachments", most: Self.mostAttachments))
        }
        var total = 0
        for (index, item) in items.enumerated() {
            guard let reference = reference(item) else { continue }
            guard case .named(let name) = reference else {
                diagnostics.report(.attachmentByAddress(item.span))
                continue
            }
            guard let media = settings.media else {
                diagnostics.report(.noMediaFolder(item.span))
                continue
            }
            guard let type = reference.type else {
                diagnostics.report(.mediaTypeUnknown(item.span, name))
                continue
            }
            if let folder = media.folder, let look = catalog.mediaFile {
                guard let file = look(folder, name) else {
                    diagnostics.report(.noSuchMedia(item.span, name, folder: folder))
                    continue
                }
                guard type.matches(file.start) else {
                    diagnostics.report(.mediaNotWhatItSays(item.span, name))
                    continue
                }
                total += file.size
            }
            parts.texts.append(("attachment.\(index + 1)", .header, item))
            parts.uses.append(MessagePartUse(kind: .attachment, reference: reference, span: item.span))
        }
        if total > MediaLimits.mail, let node { diagnostics.report(.attachmentsTooLarge(node.span, total)) }
    }

    private mutating func readLocation(_ entry: SyntaxEntry, into parts: inout RichParts) {
        for (key, most) in [("latitude", 90.0), ("longitude", 180.0)] {
            guard let node = entry.value.value(key), let scalar = node.scalar else { return }
            guard let value = Double(scalar.text), abs(value) <= most else {
                return diagnostics.report(.badCoordinate(node.span, scalar.text, key: key, most: Int(most)))
            }
            parts.texts.append(("location.\(key)", .header, node))
        }
        if let label = entry.value.value("label") { parts.texts.append(("location.label", .header, label)) }
        parts.uses.append(MessagePartUse(kind: .location, reference: nil, span: entry.key.span))
    }

    private mutating func readButtons(_ node: SyntaxNode?, isApproved: Bool, into parts: inout RichParts) {
        let items = node?.items ?? []
        if items.count > Self.mostButtons, let node {
            return diagnostics.report(.tooManyParts(node.span, "buttons", most: Self.mostButtons))
        }
        for (index, item) in items.enumerated() {
            let place = "button.\(index + 1)"
            let (reply, open) = (item.value("reply"), item.value("open"))
            guard (reply == nil) != (open == nil) else {
                diagnostics.report(.buttonWithoutAction(item.span))
                continue
            }
            if !isApproved {
                guard let title = item.value("title") else {
                    diagnostics.report(.missingKey(item.span, "title", in: "a button"))
                    continue
                }
                parts.texts.append((place + ".title", .header, title))
                if let scalar = open?.scalar, !scalar.text.hasPrefix("https://"), let open {
                    diagnostics.report(
                        .badMedia(open.span, scalar.text, reason: "a button opens `https` addresses only"))
                    continue
                }
            } else if let title = item.entry("title") {
                diagnostics.report(.titleOfApproved(title.key.span))
                continue
            }
            parts.texts.append((place + (reply == nil ? ".open" : ".reply"), .header, reply ?? open))
            parts.uses.append(
                MessagePartUse(kind: reply == nil ? .open : .reply, reference: nil, span: item.span))
        }
    }

    // MARK: What providers take

    /// A template against what the providers take by whose channels it goes, the accounts that may take over included.
    mutating func checkParts(_ template: CheckedTemplate, kinds: [(kind: String, channel: String)]) -> Bool {
        var isSound = true
        for (kind, id) in kinds {
            for account in [id] + (channels[id]?.failover ?? []) {
                guard let name = channels[account]?.provider,
                    let rules = catalog.providers.first(where: { $0.name == name })?.parts
                else { continue }
                for (_, message) in (template.messages[kind] ?? [:]).sorted(by: { $0.key < $1.key })
                where !message.parts.isEmpty {
                    if let fault = fault(of: message, rules, provider: name, channel: account) {
                        diagnostics.report(fault)
                        isSound = false
                    }
                }
            }
        }
        return isSound
    }

    private func fault(
        of message: CompiledMessage, _ rules: Catalog.PartRules, provider: String, channel: String
    ) -> Diagnostic? {
        func refuse(_ use: MessagePartUse, _ what: String, help: String) -> Diagnostic {
            .partNotTaken(use.span, what, provider: provider, channel: channel, help: help)
        }
        let taken = message.approved == nil ? rules.taken : rules.aroundApproved
        if let use = message.parts.first(where: { !taken.contains($0.kind) }) {
            let around = message.approved == nil ? "" : " around an approved text"
            return refuse(use, use.kind.words + around, help: "leave it out, or send it via another channel")
        }
        if message.approved != nil { return nil }
        let shown = message.parts.first { !$0.kind.isButton && $0.kind != .attachment }
        if let shown, message.fields["text"] != nil, !rules.captioned.contains(shown.kind) {
            return refuse(shown, "\(shown.kind.words) with a text", help: "send the text as a message of its own")
        }
        let replies = message.parts.filter { $0.kind == .reply }
        let opens = message.parts.filter { $0.kind == .open }
        if replies.count > rules.mostReplies {
            return refuse(
                replies[rules.mostReplies], "more than \(rules.mostReplies) buttons that answer",
                help: "leave the others out")
        }
        if opens.count > rules.mostOpens {
            return refuse(
                opens[rules.mostOpens], "more than \(rules.mostOpens) buttons that open a page",
                help: "put the link into the text")
        }
        if let first = opens.first, !replies.isEmpty, !rules.mixesButtons {
            return refuse(first, "buttons of both sorts in one message", help: "keep one sort")
        }
        if shown != nil, let button = replies.first ?? opens.first, !rules.buttonsBelowMedia {
            return refuse(button, "buttons below a picture, file or place", help: "send them as a message of their own")
        }
        return nil
    }
}

/// How much a message may carry.
package enum MediaLimits {
    /// What mail servers take of attachments, before they grow by a third on the way.
    package static let mail = 7 << 20
}
