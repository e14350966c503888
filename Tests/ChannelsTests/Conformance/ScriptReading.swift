import FoundationEssentials
import TestKit

@testable import Channels

/// How scripts read the requests that they are sent.
enum Reading {
    /// The fields of a form, decoded.
    static func form(_ body: [UInt8]) -> [String: String] {
        var fields: [String: String] = [:]
        for part in body.split(separator: 0x26) {
            let pair = part.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
            fields[decoded(pair[0])] = pair.count > 1 ? decoded(pair[1]) : ""
        }
        return fields
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var at = text.startIndex
        while at < text.endIndex {
            if text[at] == 0x25, at + 2 < text.endIndex,
                let byte = UInt8(String(decoding: text[(at + 1)...(at + 2)], as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                at += 3
            } else {
                bytes.append(text[at] == 0x2B ? 0x20 : text[at])
                at += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func basic(_ user: String, _ password: String) -> String {
        "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }

    /// The first of several checks that fails.
    static func first(_ checks: [(Bool, String)]) -> String? {
        checks.first { !$0.0 }?.1
    }
}

extension HTTPFaultServer.Answer {
    static func json(_ status: Int, _ body: String, _ headers: [String] = []) -> HTTPFaultServer.Answer {
        .answer(status, headers: ["Content-Type: application/json"] + headers, body: body)
    }
}
