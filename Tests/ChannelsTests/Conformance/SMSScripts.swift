import TestKit

@testable import Channels

extension ProviderScript {
    private static let key = "abcd1234"
    private static let vonageSecret = "s3cr3tOfVonage00"

    private static func parts(_ statuses: [String], _ more: String = "") -> HTTPFaultServer.Answer {
        let parts = statuses.enumerated().map { index, status in
            #"{"to":"4915112345100","message-id":"0A000000\#(index)","status":"\#(status)","message-price":"0.0333"}"#
        }
        return .json(
            200,
            #"{\#(more)"message-count":"\#(statuses.count)","messages":[\#(parts.joined(separator: ","))]}"#
        )
    }

    static let vonageSMS = ProviderScript(
        provider: "vonage",
        kind: "sms",
        from: "AcmeInc",
        secret: "\(key):\(vonageSecret)",
        hidden: [vonageSecret],
        recipient: { "+4915112345\(100 + $0)" },
        inspect: { request in
            let form = Reading.form(request.body)
            return Reading.first([
                (request.line == "POST /sms/json HTTP/1.1", request.line),
                (request.headers["authorization"] == Reading.basic(key, vonageSecret), "login"),
                (form["to"] == "4915112345100", "to"), (form["from"] == "AcmeInc", "from"),
                (form["type"] == "unicode", "type"), (form["client-ref"] == "ref0", "client-ref"),
            ])
        },
        success: Reply("", parts(["0"]), .accepted(providerID: "0A0000000")),
        successWithMore: parts(["0", "0"], #""new_field":[{"a":1}],"#),
        replies: [
            Reply("throttled", parts(["1"]), .throttled(code: "1", retryAfter: 1)),
            Reply(
                "too many requests",
                .answer(429, headers: ["Retry-After: 3"]),
                .throttled(code: "429", retryAfter: 3)
            ),
            Reply("wrong credentials", parts(["4"]), .unavailable(code: "4")),
            Reply("no credit", parts(["9"]), .unavailable(code: "9")),
            Reply("an internal error", parts(["5"]), .throttled(code: "5", retryAfter: nil)),
            Reply("an invalid message", parts(["6"]), .rejected(code: "6", suppress: nil)),
            Reply("a barred number", parts(["7"]), .rejected(code: "7", suppress: .providerOptOut)),
            Reply("a number that is gone", parts(["33"]), .rejected(code: "33", suppress: .bounce)),
            Reply(
                "one part of two accepted",
                parts(["0", "1"]),
                .rejected(code: "1 in_part", suppress: nil)
            ),
            Reply("an unknown status", parts(["77"]), .rejected(code: "77", suppress: nil)),
        ],
        holds: { Reading.form($0.body)["text"] == $1 }
    )

    private static func problem(_ status: Int, _ code: String) -> HTTPFaultServer.Answer {
        .answer(
            status,
            headers: ["Content-Type: application/problem+json"],
            body: #"{"type":"https://developer.vonage.com/api-errors/messages#\#(code)","title":"no","detail":"no"}"#
        )
    }

    static let vonageMessages = ProviderScript(
        provider: "vonage",
        kind: "sms",
        from: "+447700900000",
        settings: ["api": "messages", "lifetime": "3600"],
        secret: #"{"api_key":"\#(key)","api_secret":"\#(vonageSecret)"}"#,
        hidden: [vonageSecret],
        recipient: { "+4915112345\(100 + $0)" },
        inspect: { request in
            let json = JSONValue(request.body)
            return Reading.first([
                (request.line == "POST /v1/messages HTTP/1.1", request.line),
                (request.headers["authorization"] == Reading.basic(key, vonageSecret), "login"),
                (json?["to"]?.string == "4915112345100", "to"), (json?["from"]?.string == "447700900000", "from"),
                (json?["channel"]?.string == "sms", "channel"),
                (json?["message_type"]?.string == "text", "message_type"),
                (json?["client_ref"]?.string == "ref0", "client_ref"), (json?["ttl"] == .number("3600"), "ttl"),
            ])
        },
        success: Reply("", .json(202, #"{"message_uuid":"d8f86df1-dec6"}"#), .accepted(providerID: "d8f86df1-dec6")),
        successWithMore: .json(202, #"{"workflow":null,"message_uuid":"d8f86df1-dec6"}"#),
        replies: [
            Reply("a wrong login", problem(401, "unauthorized"), .unavailable(code: "unauthorized")),
            Reply("no credit", problem(402, "low-balance"), .unavailable(code: "low-balance")),
            Reply("too fast", problem(429, "1000"), .throttled(code: "1000", retryAfter: 1)),
            Reply("opted out", problem(422, "1240"), .rejected(code: "1240", suppress: .providerOptOut)),
            Reply("too long", problem(422, "1090"), .rejected(code: "1090", suppress: nil)),
            Reply("an invalid number", problem(422, "1170"), .rejected(code: "1170", suppress: .bounce)),
            Reply("sent before", problem(422, "1320"), .accepted(providerID: "duplicate")),
            Reply("an internal error", problem(500, "1100"), .outcomeUnknown(phase: .answer, detail: "1100")),
        ],
        holds: { JSONValue($0.body)?["text"]?.string == $1 }
    )

    private static func awsError(_ status: Int, _ code: String, _ text: String = "no") -> HTTPFaultServer.Answer {
        .answer(
            status,
            headers: ["Content-Type: text/xml"],
            body: "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>\(text)</Message></Error>"
                + "<RequestId>1</RequestId></ErrorResponse>"
        )
    }

    private static func published(_ more: String) -> HTTPFaultServer.Answer {
        .answer(
            200,
            headers: ["Content-Type: text/xml"],
            body: "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\(more)"
                + "<MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b</MessageId></PublishResult></PublishResponse>"
        )
    }

    static let sns = ProviderScript(
        provider: "aws-sns",
        kind: "sms",
        from: "ACME",
        settings: ["region": "eu-west-1", "sms_type": "promotional", "max_price": "0.50"],
        secret: "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        hidden: ["wJalrXUtnFEMI"],
        recipient: { "+4915112345\(100 + $0)" },
        inspect: { request in
            let form = Reading.form(request.body)
            return Reading.first([
                (request.line == "POST / HTTP/1.1", request.line), (form["Action"] == "Publish", "Action"),
                (form["PhoneNumber"] == "+4915112345100", "PhoneNumber"),
                (form["MessageAttributes.entry.1.Value.StringValue"] == "ACME", "sender"),
                (form["MessageAttributes.entry.3.Name"] == "AWS.SNS.SMS.MaxPrice", "price"),
                (AWSReading.isSigned(request), "signature"),
            ])
        },
        success: Reply("", published(""), .accepted(providerID: "94f20ce6-13c5-43a0-9a9e-ca52d816e90b")),
        successWithMore: published("<SequenceNumber>1</SequenceNumber>"),
        replies: [
            Reply(
                "an invalid number",
                awsError(400, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: +1x is not valid"),
                .rejected(code: "InvalidParameter", suppress: .bounce)
            ),
            Reply(
                "an invalid setting",
                awsError(400, "InvalidParameter", "Invalid parameter: MaxPrice"),
                .unavailable(code: "InvalidParameter")
            ),
            Reply("opted out", awsError(400, "OptedOut"), .rejected(code: "OptedOut", suppress: .providerOptOut)),
            Reply("throttled", awsError(400, "Throttling"), .throttled(code: "Throttling", retryAfter: 1)),
            Reply(
                "a wrong signature",
                awsError(403, "SignatureDoesNotMatch"),
                .unavailable(code: "SignatureDoesNotMatch")
            ),
            Reply("no right", awsError(403, "AuthorizationError"), .unavailable(code: "AuthorizationError")),
            Reply(
                "an internal error",
                awsError(500, "InternalError"),
                .outcomeUnknown(phase: .answer, detail: "InternalError")
            ),
        ],
        holds: { Reading.form($0.body)["Message"] == $1 }
    )
}

/// Checks a signature as AWS would: from the bytes that came, with the host that libcurl wrote.
enum AWSReading {
    static func isSigned(_ request: HTTPFaultServer.Request) -> Bool {
        guard let time = request.headers["x-amz-date"], let host = request.headers["host"],
            let type = request.headers["content-type"], let seconds = AWSReading.seconds(time)
        else { return false }
        let signature = AWSSignature(
            keyID: "AKIDEXAMPLE",
            secret: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            sessionToken: nil,
            region: "eu-west-1",
            service: "sns"
        )
        let signed = signature.sign(
            method: "POST",
            host: host,
            headers: [(name: "content-type", value: type)],
            body: request.body,
            now: seconds
        )
        return request.headers["authorization"] == signed.authorization
    }

    /// Seconds since 1970 of `20250101T000000Z`.
    static func seconds(_ time: String) -> Int? {
        let digits = time.utf8.filter { (0x30...0x39).contains($0) }.map { Int($0) - 0x30 }
        guard digits.count == 14 else { return nil }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        let (year, month, day) = (number(0..<4), number(4..<6), number(6..<8))
        let shifted = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        let days =
            365 * shifted.0 + shifted.0 / 4 - shifted.0 / 100 + shifted.0 / 400 + (153 * shifted.1 + 2) / 5 + day - 1
            - 719_468
        return days * 86_400 + number(8..<10) * 3600 + number(10..<12) * 60 + number(12..<14)
    }
}
