/// Values with their unit, as the files write them. Every reader gives the value, or what is wrong in a few words.
enum Units {
    /// What is wrong with a value, to be said after "`0,075`: ".
    struct Fault: Error {
        let text: String

        init(_ text: String) { self.text = text }
    }

    /// `EUR 0.075`: an ISO code, a space, digits with at most six of them behind the point.
    static func money(_ text: String) throws(Fault) -> Money {
        let bytes = Array(text.utf8)
        guard let space = bytes.firstIndex(of: 0x20) else {
            throw Fault(
                bytes.first.map(isDigit) == true
                    ? "the currency is missing" : "expected a currency, a space and a number"
            )
        }
        let code = bytes[..<space]
        guard code.count == 3, code.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw Fault("the currency must be three capital letters before the number")
        }
        let micros = try decimal(bytes[(space + 1)...])
        return Money(micros: micros, currency: String(decoding: code, as: UTF8.self))
    }

    /// Digits, and at most six behind a point, as millionths.
    static func decimal(_ bytes: ArraySlice<UInt8>) throws(Fault) -> Int64 {
        guard let first = bytes.first else { throw Fault("the number is missing") }
        if bytes.contains(UInt8(ascii: ",")) { throw Fault("a number has a point, not a comma") }
        if first == UInt8(ascii: "-") { throw Fault("it must not be negative") }
        var value: Int64 = 0
        var places = 0
        var isBehindPoint = false
        for byte in bytes {
            if byte == UInt8(ascii: "."), !isBehindPoint, isDigit(first) {
                isBehindPoint = true
                continue
            }
            guard isDigit(byte) else { throw Fault("expected digits, and a point at most") }
            if isBehindPoint { places += 1 }
            guard places <= 6 else { throw Fault("at most six digits may stand behind the point") }
            value = try push(byte, onto: value)
        }
        guard bytes.last.map(isDigit) == true else { throw Fault("a digit is missing behind the point") }
        while places < 6 {
            value = try push(UInt8(ascii: "0"), onto: value)
            places += 1
        }
        return value
    }

    private static func push(_ digit: UInt8, onto value: Int64) throws(Fault) -> Int64 {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(Int64(digit & 0x0F))
        guard !overflow, !carry, sum <= 1_000_000_000_000_000_000 else { throw Fault("it is too large") }
        return sum
    }

    static func integer(_ text: String) throws(Fault) -> Int {
        let bytes = Array(text.utf8)
        let digits = bytes.first == UInt8(ascii: "-") ? bytes[1...] : bytes[...]
        guard !digits.isEmpty, digits.allSatisfy(isDigit) else { throw Fault("expected a whole number") }
        var value: Int64 = 0
        for digit in digits { value = try push(digit, onto: value) }
        return Int(digits.count == bytes.count ? value : -value)
    }

    /// `2000..15000`, both ends included.
    static func range(_ text: String) throws(Fault) -> ClosedRange<Int> {
        let bytes = Array(text.utf8)
        guard let dot = bytes.indices.dropLast().first(where: { bytes[$0] == 0x2E && bytes[$0 + 1] == 0x2E }) else {
            throw Fault("expected two numbers with `..` between them")
        }
        let low = try integer(String(decoding: bytes[..<dot], as: UTF8.self).trimmed)
        let high = try integer(String(decoding: bytes[(dot + 2)...], as: UTF8.self).trimmed)
        guard low >= 0 else { throw Fault("it must not be negative") }
        guard low <= high else { throw Fault("the first number is greater than the second") }
        return low...high
    }

    /// `80/s`, `100/m`, `3600/h`, `500/d`.
    static func rate(_ text: String) throws(Fault) -> SendRate {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Fault("expected a number, `/` and a unit of time") }
        let count = try decimal(ArraySlice(parts[0]))
        guard count > 0 else { throw Fault("it must be greater than zero") }
        let seconds: Double
        switch String(decoding: parts[1], as: UTF8.self) {
        case "s": seconds = 1
        case "m": seconds = 60
        case "h": seconds = 3600
        case "d": seconds = 86_400
        default: throw Fault("the unit must be `s`, `m`, `h` or `d`")
        }
        return SendRate(perSecond: Double(count) / 1_000_000 / seconds)
    }

    /// An absolute http or https address without blanks; `http` is for loopback hosts only.
    static func url(_ text: String) throws(Fault) {
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { throw Fault("it must begin with `https://`") }
        let rest = text.utf8.dropFirst(isSecure ? 8 : 7)
        guard rest.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") && $0 != 0x22 }) else {
            throw Fault("it must not hold spaces, quotes or angle brackets")
        }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        guard !authority.contains(UInt8(ascii: "@")) else { throw Fault("it must not hold a user or password") }
        let isBracketed = authority.first == UInt8(ascii: "[")
        let host =
            isBracketed
            ? authority.dropFirst().prefix { $0 != UInt8(ascii: "]") } : authority.prefix { $0 != UInt8(ascii: ":") }
        guard !host.isEmpty else { throw Fault("the host is missing") }
        if !isSecure, !isLoopback(String(decoding: host, as: UTF8.self)) {
            throw Fault("it must be `https`; `http` is only for this machine")
        }
        guard isBracketed || host.allSatisfy({ isNameByte($0) || $0 == UInt8(ascii: ".") || $0 >= 0x80 }) else {
            throw Fault("the host holds a character that no host name has")
        }
        let port = isBracketed ? authority.dropFirst(host.count + 2) : authority.dropFirst(host.count)
        if let colon = port.first {
            let digits = port.dropFirst()
            guard colon == UInt8(ascii: ":"), !digits.isEmpty, digits.count <= 5, digits.allSatisfy(isDigit),
                let number = Int(String(decoding: digits, as: UTF8.self)), (1...65_535).contains(number)
            else { throw Fault("the port must be a number up to 65535") }
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" || host.hasSuffix(".localhost") { return true }
        let parts = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4 && host.hasPrefix("127.") && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
    }

    /// `Name <user@host>` or `user@host`.
    static func mailbox(_ text: String) throws(Fault) {
        var address = Substring(text)
        if let open = text.lastIndex(of: "<") {
            guard text.hasSuffix(">") else { throw Fault("the `>` behind the address is missing") }
            address = text[text.index(after: open)...].dropLast()
            if text[..<open].contains(where: { $0 == "<" || $0 == ">" || $0.isNewline }) {
                throw Fault("it must be one name and one address")
            }
        }
        let bytes = Array(address.utf8)
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { throw Fault("the address has no `@`") }
        let local = bytes[..<at]
        let domain = bytes[(at + 1)...]
        guard !local.isEmpty, local.count <= 64, local.allSatisfy({ $0 > 0x20 && !"<>,;:\"()@[]\\".utf8.contains($0) })
        else { throw Fault("the part before the `@` is none that an address can have") }
        let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard domain.count <= 255,
            labels.allSatisfy({ !$0.isEmpty && $0.count <= 63 && $0.allSatisfy { isNameByte($0) || $0 >= 0x80 } })
        else { throw Fault("the part behind the `@` is no domain") }
    }

    /// An IANA name by its form: whether the machine knows the zone is found when it is loaded.
    static func timeZone(_ text: String) throws(Fault) {
        if text == "UTC" { return }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count),
            parts.allSatisfy({ part in
                part.first.map { isLetter($0) } == true
                    && part.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "+") }
            })
        else { throw Fault("expected an IANA name such as `Europe/Berlin`") }
    }

    static func currency(_ text: String) throws(Fault) {
        guard text.utf8.count == 3, text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw Fault("expected three capital letters such as `EUR`")
        }
    }

    /// A BCP 47 tag by its form: `de`, `de-AT`, `zh-Hant-TW`.
    static func language(_ text: String) throws(Fault) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard text.utf8.count <= 35, let first = parts.first, (2...3).contains(first.count), first.allSatisfy(isLetter),
            parts.dropFirst().allSatisfy({ (1...8).contains($0.count) && $0.allSatisfy { isLetter($0) || isDigit($0) } }
            )
        else { throw Fault("expected a language tag such as `de` or `de-AT`") }
    }

    static func flag(_ text: String) throws(Fault) -> Bool {
        switch text {
        case "true", "yes": true
        case "false", "no": false
        default: throw Fault("expected `true` or `false`")
        }
    }

    static func id(_ text: String) throws(Fault) {
        guard !text.isEmpty else { throw Fault("it is empty") }
        guard text.utf8.count <= 64 else { throw Fault("it is longer than 64 characters") }
        guard let first = text.utf8.first, isLower(first) || isDigit(first),
            text.utf8.allSatisfy({ isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else { throw Fault("small letters, digits, `-` and `_` only, a letter or digit first") }
    }

    static func fieldName(_ text: String) throws(Fault) {
        guard text.utf8.count <= 48 else { throw Fault("it is longer than 48 characters") }
        guard let first = text.utf8.first, isLower(first),
            text.utf8.allSatisfy({ isLower($0) || isDigit($0) || $0 == UInt8(ascii: "_") })
        else { throw Fault("small letters, digits and `_` only, a letter first") }
    }

    static func domain(_ text: String) throws(Fault) {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isNameByte) }) else {
            throw Fault("expected a domain such as `gmail.com`")
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { isLower(byte | 0x20) }
    private static func isNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-")
    }
}

extension String {
    /// Without the spaces at both ends.
    var trimmed: String {
        String(decoding: utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed(), as: UTF8.self)
    }
}
