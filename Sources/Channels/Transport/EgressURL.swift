/// The address of a server that a user named, in the one form that libcurl is given.
///
/// Read by strict rules of our own, because two readers that differ about a URL are the usual way around a check.
struct EgressURL: Sendable, Equatable {
    enum Fault: String, Error, Equatable {
        case tooLong = "is longer than 2048 bytes"
        case badCharacter = "holds a space, a control character or one that is not ASCII"
        case badScheme = "does not begin with `https://`"
        case userInfo = "holds a user or a password"
        case fragment = "holds a fragment (`#`)"
        case badHost = "has no valid host name"
        case unusualAddress = "writes its address in an unusual notation"
        case badPort = "has no valid port"
        case plainHTTP = "does not begin with `https://`, which only private addresses may leave out"
        case portRefused = "has a port other than 443 and 8443, which only private addresses may have"
        case addressRefused = "leads to an address that may not be called"
        case privateRefused = "leads to this machine or a private network"
        case literalRefused = "has an address in place of a host name"

        /// Stays the same in reports, whatever the sentence says.
        var code: String {
            switch self {
            case .tooLong: "url_too_long"
            case .badCharacter: "url_bad_character"
            case .badScheme: "url_bad_scheme"
            case .userInfo: "url_user_info"
            case .fragment: "url_fragment"
            case .badHost: "url_bad_host"
            case .unusualAddress: "url_unusual_address"
            case .badPort: "url_bad_port"
            case .plainHTTP: "url_plain_http"
            case .portRefused: "url_port_refused"
            case .addressRefused: "url_address_refused"
            case .privateRefused: "url_private_refused"
            case .literalRefused: "url_literal_refused"
            }
        }
    }

    let isSecure: Bool
    /// In lower case; an IPv6 address without its brackets.
    let host: String
    let port: Int
    /// Path and query, beginning with `/`.
    let target: String
    /// The address that stands in place of a name.
    let literal: EgressAddress?

    init(_ text: String) throws(Fault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 2048 else {
            throw .tooLong
        }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) else {
            throw .badCharacter
        }
        let schemeEnd = bytes.firstIndex(of: 0x3A) ?? 0
        let scheme = Array(bytes[..<schemeEnd]).text.lowercased()
        guard scheme == "https" || scheme == "http", bytes[schemeEnd...].starts(with: Array("://".utf8)) else {
            throw .badScheme
        }
        isSecure = scheme == "https"
        let rest = bytes[(schemeEnd + 3)...]
        guard !rest.contains(0x23) else {
            throw .fragment
        }
        let authorityEnd = rest.firstIndex { $0 == 0x2F || $0 == 0x3F } ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        guard !authority.contains(0x40) else {
            throw .userInfo
        }
        let tail = Array(rest[authorityEnd...]).text
        target = tail.hasPrefix("/") ? tail : "/" + tail
        let (name, digits) = try EgressURL.split(authority)
        (host, literal) = try EgressURL.host(name)
        port = try digits.map(EgressURL.port) ?? (isSecure ? 443 : 80)
    }

    /// What libcurl is given.
    func text(target: String) -> String {
        let name = literal?.isIPv4 == false ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(name):\(port)\(target)"
    }

    private static func split(_ authority: ArraySlice<UInt8>) throws(Fault) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?) {
        let hostEnd: Int
        if authority.first == 0x5B {
            guard let close = authority.firstIndex(of: 0x5D) else {
                throw .badHost
            }
            hostEnd = close + 1
        } else {
            hostEnd = authority.firstIndex(of: 0x3A) ?? authority.endIndex
        }
        guard hostEnd < authority.endIndex else {
            return (authority[..<hostEnd], nil)
        }
        guard authority[hostEnd] == 0x3A else {
            throw .badHost
        }
        return (authority[..<hostEnd], authority[(hostEnd + 1)...])
    }

    private static func host(_ name: ArraySlice<UInt8>) throws(Fault) -> (String, EgressAddress?) {
        if name.first == 0x5B {
            guard let address = EgressAddress(Array(name.dropFirst().dropLast()).text), !address.isIPv4 else {
                throw .badHost
            }
            return (address.description, address)
        }
        let text = Array(name).text.lowercased()
        let labels = text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        let isHost = labels.allSatisfy { label in
            !label.isEmpty && label.count <= 63 && label.first != 0x2D && label.last != 0x2D
                && label.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D }
        }
        guard isHost, text.utf8.count <= 253, let last = labels.last else {
            throw .badHost
        }
        // Readers of addresses take `2130706433`, `0x7f.1` and `0177.0.0.1` for 127.0.0.1. Whatever ends in a number
        // is an address, and only its plain form is read.
        let isNumber = last.allSatisfy { (0x30...0x39).contains($0) } || last.starts(with: "0x".utf8)
        if isNumber {
            guard let address = EgressAddress(text), address.description == text else {
                throw .unusualAddress
            }
            return (text, address)
        }
        return (text, nil)
    }

    private static func port(_ digits: ArraySlice<UInt8>) throws(Fault) -> Int {
        guard (1...5).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(Array(digits).text), (1...65_535).contains(port)
        else {
            throw .badPort
        }
        return port
    }
}
