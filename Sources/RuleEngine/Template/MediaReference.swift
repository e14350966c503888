/// What a file of a message is, as its name tells. Only these kinds leave: whoever may write templates must not be able
/// to send programs, pages or archives.
package enum MediaType: String, Sendable, CaseIterable {
    case jpeg, png, gif, webp, mp4, threeGP, mp3, m4a, ogg, wav, pdf, text, csv, calendar, docx, xlsx, pptx

    package enum Family: String, Sendable {
        case image, video, audio, file
    }

    /// By the ending of a name.
    package init?(name: some StringProtocol) {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        switch name[name.index(after: dot)...].lowercased() {
        case "jpg", "jpeg": self = .jpeg
        case "png": self = .png
        case "gif": self = .gif
        case "webp": self = .webp
        case "mp4": self = .mp4
        case "3gp": self = .threeGP
        case "mp3": self = .mp3
        case "m4a": self = .m4a
        case "ogg": self = .ogg
        case "wav": self = .wav
        case "pdf": self = .pdf
        case "txt": self = .text
        case "csv": self = .csv
        case "ics": self = .calendar
        case "docx": self = .docx
        case "xlsx": self = .xlsx
        case "pptx": self = .pptx
        default: return nil
        }
    }

    package var family: Family {
        switch self {
        case .jpeg, .png, .gif, .webp: .image
        case .mp4, .threeGP: .video
        case .mp3, .m4a, .ogg, .wav: .audio
        case .pdf, .text, .csv, .calendar, .docx, .xlsx, .pptx: .file
        }
    }

    /// As mail and HTTP write it.
    package var mime: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .gif: "image/gif"
        case .webp: "image/webp"
        case .mp4: "video/mp4"
        case .threeGP: "video/3gpp"
        case .mp3: "audio/mpeg"
        case .m4a: "audio/mp4"
        case .ogg: "audio/ogg"
        case .wav: "audio/wav"
        case .pdf: "application/pdf"
        case .text: "text/plain; charset=utf-8"
        case .csv: "text/csv; charset=utf-8"
        case .calendar: "text/calendar; charset=utf-8"
        case .docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        case .pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation"
        }
    }

    /// Whether a file begins as one of this type does. Plain text has no beginning of its own, and must not look like a
    /// page.
    package func matches(_ start: some Collection<UInt8>) -> Bool {
        let bytes = Array(start.prefix(512))
        func begins(_ text: StaticString, at offset: Int = 0) -> Bool {
            text.withUTF8Buffer { bytes.dropFirst(offset).starts(with: $0) }
        }
        switch self {
        case .jpeg: return bytes.starts(with: [0xFF, 0xD8, 0xFF])
        case .png: return bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        case .gif: return begins("GIF87a") || begins("GIF89a")
        case .webp: return begins("RIFF") && begins("WEBP", at: 8)
        case .mp4, .threeGP, .m4a: return begins("ftyp", at: 4)
        case .mp3: return begins("ID3") || (bytes.count > 1 && bytes[0] == 0xFF && bytes[1] & 0xE0 == 0xE0)
        case .ogg: return begins("OggS")
        case .wav: return begins("RIFF") && begins("WAVE", at: 8)
        case .pdf: return begins("%PDF-")
        case .docx, .xlsx, .pptx: return bytes.starts(with: [0x50, 0x4B, 0x03, 0x04])
        case .calendar: return begins("BEGIN:VCALENDAR")
        case .text, .csv: return !bytes.contains(0) && bytes.first { $0 > 0x20 } != UInt8(ascii: "<")
        }
    }
}

/// A file that a message shows or carries: by its address, or by its name in the project's `media`.
package enum MediaReference: Sendable, Hashable {
    case web(String)
    case named(String)

    package struct Fault: Error, Equatable {
        package let text: String
    }

    package init(_ text: String) throws(Fault) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.isEmpty else {
            throw Fault(text: "it holds blanks or letters outside of ASCII")
        }
        if text.contains("://") {
            guard text.hasPrefix("https://"), text.utf8.count <= 2048, text.utf8.count > 8 else {
                throw Fault(text: "only `https` addresses are fetched")
            }
            self = .web(text)
            return
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= 512, !parts.contains(""), !parts.contains("."), !parts.contains(".."),
            !text.contains("\\"), !text.contains("%")
        else { throw Fault(text: "it is no plain name of a file, such as `offers/spring.pdf`") }
        self = .named(text)
    }

    /// As the file writes it.
    package var text: String {
        switch self {
        case .web(let text), .named(let text): text
        }
    }

    /// Nil where the name has no ending that tells, as addresses may.
    package var type: MediaType? {
        switch self {
        case .web(let url):
            let path = url.split(separator: "?", maxSplits: 1)[0].split(separator: "#", maxSplits: 1)[0]
            return MediaType(name: path.split(separator: "/").last ?? "")
        case .named(let name): return MediaType(name: name)
        }
    }

    /// Whether an address has an ending at all.
    package var ending: String? {
        let path: Substring =
            switch self {
            case .web(let url): url.split(separator: "?", maxSplits: 1)[0].split(separator: "/").dropFirst(2).last ?? ""
            case .named(let name): name.split(separator: "/").last ?? ""
            }
        guard let dot = path.lastIndex(of: ".") else { return nil }
        return String(path[path.index(after: dot)...])
    }
}

/// Something of a message beside its texts, and where it stands in the file. What it says is in the message's fields.
package struct MessagePartUse: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case image, video, audio, file, location, attachment
        /// A button that answers, and one that opens a page.
        case reply, open

        package var isMedia: Bool {
            switch self {
            case .image, .video, .audio, .file: true
            case .location, .attachment, .reply, .open: false
            }
        }

        var isButton: Bool { self == .reply || self == .open }

        /// As findings and explanations say it.
        package var words: String {
            switch self {
            case .image: "a picture"
            case .video: "a video"
            case .audio: "a sound"
            case .file: "a file"
            case .location: "a place"
            case .attachment: "an attachment"
            case .reply: "a button that answers"
            case .open: "a button that opens a page"
            }
        }
    }

    package let kind: Kind
    package let reference: MediaReference?
    package let span: SourceSpan
}

/// Where a project's own files for messages lie.
package struct MediaSettings: Sendable, Hashable {
    /// Beside the project.
    package var folder: String?
    /// The address of a bucket of an S3-compatible store.
    package var store: String?
    package var region: String?
    package var secret: String?

    package init(folder: String? = nil, store: String? = nil, region: String? = nil, secret: String? = nil) {
        self.folder = folder
        self.store = store
        self.region = region
        self.secret = secret
    }
}
