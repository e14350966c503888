// What can be wrong with the files, places and buttons of a message.
extension Diagnostic {
    static func partNotTaken(
        _ span: SourceSpan, _ what: String, provider: String, channel: String, help: String
    ) -> Diagnostic {
        Diagnostic(
            code: "E0191", message: "`\(provider)`, by which `\(channel)` sends, takes no message with \(what)",
            at: Label(span), help: help)
    }

    static func badMedia(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(code: "E0192", message: "`\(text)` can't be sent: \(reason)", at: Label(span))
    }

    static func mediaOfAnotherType(_ span: SourceSpan, _ text: String, is family: String, key: String) -> Diagnostic {
        Diagnostic(
            code: "E0192", message: "`\(text)` is no \(key)", at: Label(span), help: "put it under `\(family)`")
    }

    static func mediaTypeUnknown(_ span: SourceSpan, _ text: String) -> Diagnostic {
        Diagnostic(
            code: "E0192", message: "`\(text)` is of no type that may be sent", at: Label(span),
            help: "pictures, videos, sounds, PDF, plain text, CSV, calendar entries and office documents may")
    }

    static func mediaNotPublic(_ span: SourceSpan, _ text: String) -> Diagnostic {
        Diagnostic(
            code: "E0192", message: "the provider fetches `\(text)` itself, and can't reach it", at: Label(span),
            help: "write an `https` address, or name a `store` under `media` in the project file")
    }

    static func attachmentByAddress(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0192", message: "mail carries its attachments itself, and fetches nothing", at: Label(span),
            help: "name a file of the project's `media`, or put a link into the text")
    }

    static func noMediaFolder(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0192", message: "the project doesn't say where its files lie", at: Label(span),
            help: "add `media: {folder: media}` to the project file")
    }

    static func noSuchMedia(_ span: SourceSpan, _ name: String, folder: String) -> Diagnostic {
        Diagnostic(code: "E0192", message: "there is no file `\(name)` in `\(folder)`", at: Label(span))
    }

    static func mediaNotWhatItSays(_ span: SourceSpan, _ name: String) -> Diagnostic {
        Diagnostic(
            code: "E0192", message: "`\(name)` is not what its name says", at: Label(span),
            help: "its first bytes are those of another type; give it the ending of what it is")
    }

    static func attachmentsTooLarge(_ span: SourceSpan, _ size: Int) -> Diagnostic {
        Diagnostic(
            code: "E0192",
            message: "the attachments have \(size / 1024) KiB, and mail takes \(MediaLimits.mail / 1024) KiB",
            at: Label(span), help: "put a link into the text for the large ones")
    }

    static func partsApart(_ span: SourceSpan, also other: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0193", message: "a message shows one thing", at: Label(span), also: [Label(other, "the other one")],
            help: "send the other one as a message of its own")
    }

    static func buttonWithoutAction(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0193", message: "a button has either `reply` or `open`", at: Label(span),
            help: "`reply` comes back to us, `open` shows a page")
    }

    static func titleOfApproved(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0193", message: "the titles of an approved text lie with the provider", at: Label(span),
            help: "leave it out: the buttons are filled in their order")
    }

    static func badCoordinate(_ span: SourceSpan, _ text: String, key: String, most: Int) -> Diagnostic {
        Diagnostic(
            code: "E0193", message: "`\(text)` is no \(key)", at: Label(span),
            help: "write degrees from -\(most) to \(most)")
    }

    static func tooManyParts(_ span: SourceSpan, _ what: String, most: Int) -> Diagnostic {
        Diagnostic(code: "E0193", message: "a message has at most \(most) \(what)", at: Label(span))
    }
}
