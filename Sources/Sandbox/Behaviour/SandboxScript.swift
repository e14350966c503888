import Channels

/// How a sandbox behaves: what its `--script` file says.
package struct SandboxScript: Sendable, Equatable {
    package var seed: UInt64 = 1
    package var model = BehaviourModel()
    package var faults: [FaultRule] = []
    /// Messages a second by provider, in place of the documented ones; nil for no limit.
    package var limits: [String: Double?] = [:]

    package init() {}

    /// What is wrong with a file, with the way to it.
    package struct Fault: Error, Equatable, Sendable {
        package let message: String
    }

    /// Reads JSON. Whatever it doesn't know is an error: a fault that is misspelt would never happen.
    package init(json bytes: [UInt8]) throws(Fault) {
        guard let value = JSONReader.read(bytes) else { throw Fault(message: "it is not valid JSON") }
        let script = try ScriptObject(value, at: "the script")
        try script.allow(["seed", "model", "limits", "faults"])
        if let seed = try script.integer("seed", 0...Int.max) { self.seed = UInt64(seed) }
        if let value = script["model"] { try readModel(ScriptObject(value, at: "model")) }
        if let value = script["limits"] { try readLimits(ScriptObject(value, at: "limits")) }
        if let value = script["faults"] {
            guard case .list(let items) = value else { throw Fault(message: "faults is not a list") }
            for (index, item) in items.enumerated() {
                faults.append(try Self.rule(ScriptObject(item, at: "faults[\(index)]")))
            }
        }
    }

    private mutating func readModel(_ object: ScriptObject) throws(Fault) {
        try object.allow([
            "undelivered", "read", "opened", "clicked", "complained", "replied", "replies", "pace",
        ])
        model.undelivered = try object.share("undelivered") ?? model.undelivered
        model.read = try object.share("read") ?? model.read
        model.opened = try object.share("opened") ?? model.opened
        model.clicked = try object.share("clicked") ?? model.clicked
        model.complained = try object.share("complained") ?? model.complained
        model.replied = try object.share("replied") ?? model.replied
        model.pace = try object.number("pace", 0...1000) ?? model.pace
        if let replies = object["replies"] {
            model.replies = replies.items.compactMap(\.string)
            guard !model.replies.isEmpty, model.replies.count == replies.items.count else {
                throw Fault(message: "model.replies is not a list of texts")
            }
        }
    }

    private mutating func readLimits(_ object: ScriptObject) throws(Fault) {
        try object.allow(Self.providers)
        for name in object.names {
            if object[name] == .null {
                limits[name] = .some(nil)
            } else {
                limits[name] = try object.number(name, 0.1...1_000_000)
            }
        }
    }

    private static var providers: [String] { ProviderDesks.all.keys.sorted() + ["smtp"] }

    private static func rule(_ object: ScriptObject) throws(Fault) -> FaultRule {
        try object.allow([
            "do", "provider", "channel", "to", "after", "times", "share", "status", "wait", "form", "code",
        ])
        var rule = FaultRule(try deed(object))
        rule.provider = try object.text("provider")
        if let provider = rule.provider, !providers.contains(provider) {
            throw Fault(
                message: "\(object.place).provider: there is no provider `\(provider)`; there are "
                    + providers.joined(separator: ", "))
        }
        rule.channel = try object.text("channel")
        rule.to = try object.text("to")
        rule.after = try object.integer("after", 0...Int.max) ?? 0
        rule.times = try object.integer("times", 1...Int.max)
        rule.share = try object.share("share") ?? 1
        if case .tls = rule.deed, rule.provider != nil || rule.channel != nil || rule.to != nil {
            throw Fault(
                message: "\(object.place): TLS begins before a request says for whom it is, so neither `provider` nor "
                    + "`channel` nor `to` can be given")
        }
        if case .error(let code) = rule.deed {
            guard let provider = rule.provider, let desk = ProviderDesks.all[provider] else {
                throw Fault(message: "\(object.place): an error is a provider's own, so `provider` must be given")
            }
            guard desk.refusal(code) != nil else {
                throw Fault(message: "\(object.place).code: `\(provider)` documents no error `\(code)`")
            }
        }
        return rule
    }

    private static let plain: [String: FaultDeed] = [
        "hang": .hang, "reset_before_body": .resetBeforeBody, "reset_after_body": .resetAfterBody, "close": .close,
        "accept_and_hang": .acceptAndHang, "accept_and_reset": .acceptAndReset, "accept_and_close": .acceptAndClose,
        "malformed": .malformed, "truncated": .truncated, "huge": .huge, "html": .html, "slow": .slow,
    ]

    private static func deed(_ object: ScriptObject) throws(Fault) -> FaultDeed {
        guard let name = try object.text("do") else { throw Fault(message: "\(object.place) has no `do`") }
        if let deed = plain[name] { return deed }
        if let fault = TLSFault(rawValue: name) { return .tls(fault) }
        if let fault = HTTP2Fault(rawValue: name) { return .http2(fault) }
        switch name {
        case "status":
            guard let status = try object.integer("status", 300...599) else {
                throw Fault(message: "\(object.place) has no `status`")
            }
            return .status(status)
        case "throttle":
            let form = try object.text("form").map { text throws(Fault) in
                guard let form = WaitForm(rawValue: text) else {
                    throw Fault(
                        message: "\(object.place).form: `\(text)` is none of "
                            + WaitForm.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return form
            }
            return .throttle(wait: try object.integer("wait", 0...86_400) ?? 1, form)
        case "error":
            guard let code = try object.text("code") else { throw Fault(message: "\(object.place) has no `code`") }
            return .error(code)
        default:
            let wire = TLSFault.allCases.map(\.rawValue) + HTTP2Fault.allCases.map(\.rawValue)
            let names = (plain.keys.sorted() + wire + ["status", "throttle", "error"]).joined(separator: ", ")
            throw Fault(message: "\(object.place).do: `\(name)` is none of \(names)")
        }
    }
}

/// One object of a script, read strictly.
struct ScriptObject {
    let place: String
    private let members: [String: JSONValue]

    init(_ value: JSONValue, at place: String) throws(SandboxScript.Fault) {
        guard case .object(let members) = value else {
            throw SandboxScript.Fault(message: "\(place) is not an object")
        }
        self.place = place
        self.members = members
    }

    var names: [String] { members.keys.sorted() }

    subscript(name: String) -> JSONValue? { members[name] }

    func allow(_ known: [String]) throws(SandboxScript.Fault) {
        for name in names where !known.contains(name) {
            throw SandboxScript.Fault(
                message: "\(place) has no `\(name)`; it may hold \(known.joined(separator: ", "))")
        }
    }

    func text(_ name: String) throws(SandboxScript.Fault) -> String? {
        guard let value = members[name] else { return nil }
        guard let text = value.word, !text.isEmpty else {
            throw SandboxScript.Fault(message: "\(place).\(name) is not a text")
        }
        return text
    }

    func number(_ name: String, _ range: ClosedRange<Double>) throws(SandboxScript.Fault) -> Double? {
        guard let value = members[name] else { return nil }
        guard case .number = value, let number = value.double, range.contains(number) else {
            throw SandboxScript.Fault(
                message: "\(place).\(name) is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func share(_ name: String) throws(SandboxScript.Fault) -> Double? { try number(name, 0...1) }

    func integer(_ name: String, _ range: ClosedRange<Int>) throws(SandboxScript.Fault) -> Int? {
        guard let value = members[name] else { return nil }
        guard case .number = value, let number = value.integer.flatMap({ Int(exactly: $0) }), range.contains(number)
        else {
            throw SandboxScript.Fault(
                message: "\(place).\(name) is not a whole number from \(range.lowerBound)"
                    + (range.upperBound == .max ? "" : " to \(range.upperBound)"))
        }
        return number
    }
}
