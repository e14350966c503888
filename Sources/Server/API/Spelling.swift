import Runner

/// A text of a fixed form: the pattern that the document tells, and the check that requests are held to. A test holds each pair
/// against each other.
struct Spelling: Sendable {
    /// ECMA-262, anchored.
    let pattern: String
    var most = 256
    /// For people: "`delimiters` is not …".
    let words: String
    /// Of the problem that refuses it.
    var code = "wrong_value"
    var help: String?
    let fits: @Sendable (String) -> Bool

    func takes(_ text: String) -> Bool { text.unicodeScalars.count <= most && fits(text) }

    /// Two marks of up to four characters, which differ.
    static let delimiters = Spelling(
        pattern: "^(?!([^ ]+) \\1$)[^\\u0000-\\u0020\\u007f]{1,4} [^\\u0000-\\u0020\\u007f]{1,4}$", most: 9,
        words: "an opening and a closing mark", code: "bad_delimiters", help: "write them like `{{ }}`",
        fits: { TemplateMarks.marks($0) != nil })

    static let changeCursor = Spelling(
        pattern: "^[0-9]{1,18}(-[0-9]{1,18}){3}$", most: 75, words: "a place in the feed", code: "bad_cursor",
        help: "take the `id` of a change as it was given", fits: { ChangeCursor($0) != nil })

    /// Behind a launch.
    static let launchCursor = Spelling(
        pattern: "^[0-9]{1,18}$", most: 18, words: "a place in the list", code: "bad_cursor",
        help: "give `next_cursor` of the page before",
        fits: { text in (1...18).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } })

    /// Behind an entry of the suppression list.
    static let suppressionCursor = Spelling(
        pattern: "^[0-9]{1,18}\\.([0-9a-f]{2}){1,64}\\.[a-z_]{0,20}$", most: 170, words: "a place in the list",
        code: "bad_cursor", help: "give `next_cursor` of the page before",
        fits: { SuppressionEntry.Place($0) != nil })

    static let credential = Spelling(
        pattern: "^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,100}$", most: 100, words: "a name that a secret can have",
        code: "bad_name", help: "1 to 100 letters, digits, `-`, `_` and `.`", fits: { SecretResolver.isName($0) })

    static let user = Spelling(
        pattern: "^[a-z0-9._-]{1,64}$", most: 64, words: "a name that a user can have", code: "bad_name",
        help: "1 to 64 of a-z, 0-9, `-`, `.` and `_`", fits: { UserRecord.isName($0) })

    /// What documents of the project are called by, where another code tells of it.
    static let shortName = Spelling(
        pattern: Shape.namePattern, most: 64, words: Shape.name.words, code: "bad_name",
        fits: { Shape.name.fault(in: .string($0)) == nil })

    static let repeatName = Spelling(
        pattern: "^[!-~]{1,255}$", most: 255, words: "a name", code: "bad_name",
        help: "1 to 255 characters of ASCII, without spaces: a UUID",
        fits: { text in (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } })

    /// A file that may be written over the API.
    static let projectFile = Spelling(
        pattern:
            "^(?!carillon\\.yaml$)([A-Za-z0-9_-][A-Za-z0-9._-]*/){0,7}[A-Za-z0-9_-][A-Za-z0-9._-]*\\.ya?ml$",
        most: 200, words: "a path of a file that can be written", code: "bad_path",
        help: "a path below the project's folder that ends in `.yaml`: `templates/welcome.yaml`",
        fits: { ProjectWriter.isPath($0) })

    /// Whether the world can reach it is asked later.
    static let publicAddress = Spelling(
        pattern: "^https://[^\\u0000]+$", most: 2_000, words: "an address that begins with `https://`", code: "bad_url",
        help: "a public server, with https on port 443 or 8443",
        fits: { $0.utf8.starts(with: "https://".utf8) && $0.utf8.count > 8 && !$0.utf8.contains(0) })

    /// In a list that is one cell of a table.
    static let listed = Spelling(
        pattern: "^[^;\\u0000]*$", most: 1_000, words: "a text without `;`",
        fits: { !$0.utf8.contains(0) && !$0.utf8.contains(0x3B) })

    static let all = [
        delimiters, changeCursor, launchCursor, suppressionCursor, credential, user, shortName, repeatName, projectFile,
        publicAddress, listed,
    ]
}
