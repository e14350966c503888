/// Holds a document against its key table: unknown and missing keys, and values of the wrong form.
///
/// What passes can be read without asking again; what doesn't is reported here, once.
struct ShapeChecker {
    let currency: String
    /// The other currencies that the project has a rate for.
    var exchangeRates: Set<String> = []
    /// In a fragment `input.first` may stand wherever a name or a value does.
    var allowsInputs = false
    /// No list or mapping of a document may be longer.
    static let entryLimit = 1000

    /// True where nothing was found.
    func check(_ document: Document, keys: [Key], reporting diagnostics: inout DiagnosticBag) -> Bool {
        var isSound = true
        var checker = self
        checker.allowsInputs = document.kind == .fragment
        checker.checkKeys(
            document.node,
            keys: keys,
            place: "a \(document.kind.rawValue)",
            skippingFirst: true,
            missingAt: document.idSpan,
            isSound: &isSound,
            reporting: &diagnostics
        )
        return isSound
    }

    func checkKeys(
        _ node: SyntaxNode,
        keys: [Key],
        place: String,
        skippingFirst: Bool = false,
        missingAt: SourceSpan,
        isSound: inout Bool,
        reporting diagnostics: inout DiagnosticBag
    ) {
        let entries = node.entries ?? []
        // A misspelt key isn't missing as well.
        var suggested: Set<String> = []
        // Asked for once: a file may hold thousands of unknown keys.
        lazy var free: [String] = {
            let present = Set(entries.lazy.map(\.key.text))
            return keys.map(\.name).filter { !present.contains($0) }
        }()
        for entry in skippingFirst ? entries.dropFirst() : entries[...] {
            let name = entry.key.text
            guard let key = keys.first(where: { $0.name == name }) else {
                isSound = false
                let names = keys.lazy.map(\.name)
                let nearest = diagnostics.nearest(name, among: names)
                if let nearest { suggested.insert(nearest) }
                let isSlip = nearest.map { NearestName.isSlip(name, for: $0, among: names) && node.value($0) == nil }
                diagnostics.report(
                    .unknownKey(
                        entry.key.span, name, in: place, nearest: nearest, isSlip: isSlip ?? false,
                        free: free)
                )
                continue
            }
            check(entry.value, key.shape, entry.key, isSound: &isSound, reporting: &diagnostics)
        }
        if node.hasGap {
            isSound = false
            return
        }
        for key in keys where key.isRequired && !entries.contains(where: { $0.key.text == key.name }) {
            if suggested.contains(key.name) { continue }
            isSound = false
            diagnostics.report(.missingKey(missingAt, key.name, in: place))
        }
    }

    private func check(
        _ node: SyntaxNode,
        _ shape: Shape,
        _ key: SyntaxScalar,
        isSound: inout Bool,
        reporting diagnostics: inout DiagnosticBag
    ) {
        if node.isInvalid {
            isSound = false
            return
        }
        func fail(_ diagnostic: Diagnostic) {
            isSound = false
            diagnostics.report(diagnostic)
        }
        if node.isEmptyValue {
            if case .any = shape { return }
            return fail(.missingValue(key.span, key: key.text, expected: shape.description))
        }
        switch shape {
        case .any: return
        case .mapping(let keys):
            guard node.entries != nil else {
                return fail(.wrongShape(node.span, key: key.text, expected: shape.description))
            }
            checkKeys(
                node,
                keys: keys,
                place: "`\(key.text)`",
                missingAt: key.span,
                isSound: &isSound,
                reporting: &diagnostics
            )
        case .map(let keyShape, let values, let own):
            guard let entries = node.entries else {
                return fail(.wrongShape(node.span, key: key.text, expected: shape.description))
            }
            if entries.count > Self.entryLimit {
                fail(.tooMany(key.span, key: key.text, limit: Self.entryLimit))
            }
            for entry in entries {
                if let known = own.first(where: { $0.name == entry.key.text }) {
                    check(entry.value, known.shape, entry.key, isSound: &isSound, reporting: &diagnostics)
                    continue
                }
                if let fault = keyFault(entry.key, keyShape, in: key.text) { fail(fault) }
                check(entry.value, values, entry.key, isSound: &isSound, reporting: &diagnostics)
            }
        case .keyed(let name, let keys, let other):
            check(
                node, node.entry(name) == nil ? other : .mapping(keys), key, isSound: &isSound, reporting: &diagnostics)
        case .list(let element):
            guard let items = node.items else {
                return fail(.wrongShape(node.span, key: key.text, expected: shape.description))
            }
            if items.count > Self.entryLimit { fail(.tooMany(key.span, key: key.text, limit: Self.entryLimit)) }
            for item in items { check(item, element, key, isSound: &isSound, reporting: &diagnostics) }
        case .condition where node.items != nil:
            if node.items?.isEmpty == true {
                fail(.missingValue(key.span, key: key.text, expected: shape.description))
            }
            for item in node.items ?? [] {
                if item.items != nil {
                    fail(.wrongShape(item.span, key: key.text, expected: shape.description))
                } else {
                    check(item, shape, key, isSound: &isSound, reporting: &diagnostics)
                }
            }
        case .steps: checkSteps(node, key, isSound: &isSound, reporting: &diagnostics)
        case .scalarOr(let short, let long):
            check(node, node.scalar == nil ? long : short, key, isSound: &isSound, reporting: &diagnostics)
        default:
            guard let scalar = node.scalar else {
                return fail(.wrongShape(node.span, key: key.text, expected: shape.description))
            }
            var braces: [Diagnostic] = []
            // An approved text has the provider's own marks.
            if case .approvedText = shape {} else { braces = Self.doubleBraces(in: scalar) }
            for diagnostic in braces { fail(diagnostic) }
            if braces.isEmpty, let fault = scalarFault(scalar, shape, key.text) { fail(fault) }
        }
    }

    /// Every `{{ x }}` of a text. Braces that don't close on their line are left alone: they may be CSS.
    private static func doubleBraces(in scalar: SyntaxScalar) -> [Diagnostic] {
        guard scalar.text.utf8.contains(UInt8(ascii: "{")) else { return [] }
        var found: [Diagnostic] = []
        let embedded = scalar.embedded
        let bytes = embedded.bytes
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "{"), bytes[index + 1] == UInt8(ascii: "{") else {
                index += 1
                continue
            }
            var end = index + 2
            while end + 1 < bytes.count, bytes[end] != 0x0A, !(bytes[end] == 0x7D && bytes[end + 1] == 0x7D) {
                end += 1
            }
            guard end + 1 < bytes.count, bytes[end] == 0x7D else {
                index = end
                continue
            }
            let text = String(decoding: bytes[index..<end + 2], as: UTF8.self)
            found.append(.doubleBraces(embedded.span(index..<end + 2), text: text, source: scalar.source))
            index = end + 2
        }
        return found
    }

    private func keyFault(_ key: SyntaxScalar, _ shape: Shape.KeyShape, in place: String) -> Diagnostic? {
        do throws(Units.Fault) {
            switch shape {
            case .id: try Units.id(key.text)
            case .fieldName: try Units.fieldName(key.text)
            case .property: try Units.property(key.text)
            case .domain: try Units.domain(key.text)
            case .language: try Units.language(key.text)
            case .currency: try Units.currency(key.text)
            case .words(let words):
                if !words.contains(key.text) { return .unknownWord(key.span, key: place, key.text, known: words) }
            }
        } catch {
            switch shape {
            case .language: return .badCode(key.span, key.text, what: "language", reason: error.text)
            case .currency: return .badCode(key.span, key.text, what: "currency", reason: error.text)
            case .id, .fieldName, .domain, .words, .property:
                return .badID(key.span, key.text, reason: error.text)
            }
        }
        return nil
    }

    private func scalarFault(_ scalar: SyntaxScalar, _ shape: Shape, _ key: String) -> Diagnostic? {
        let text = scalar.text
        let span = scalar.span
        switch shape {
        case .template, .condition, .expression: return nil
        default: break
        }
        if allowsInputs, text.hasPrefix("input."), case .some = try? Units.fieldName(String(text.dropFirst(6))) {
            return nil
        }
        if text.utf8.contains(UInt8(ascii: "<")), text.contains("<<") {
            return .marksOutsideMessages(span, key: key)
        }
        if text.utf8.allSatisfy({ $0 == 0x20 }) { return .wrongShape(span, key: key, expected: shape.description) }
        do throws(Units.Fault) {
            switch shape {
            case .text, .approvedText, .filePattern, .any, .template, .condition, .expression, .list, .mapping, .map,
                .keyed,
                .scalarOr, .steps:
                break
            case .inputType, .duration, .share, .clock, .hours, .days, .date, .dateTime, .zone, .cron, .allowance,
                .attempts, .moment, .growth, .frequency, .contactCount, .span, .generated, .again, .event,
                .call, .program:
                return programFault(scalar, shape)
            case .headerText:
                if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return .lineBreakInHeader(span, key: key) }
            case .id, .reference: try Units.id(text)
            case .word(let words):
                if !words.contains(text) { return .unknownWord(span, key: key, text, known: words) }
            case .flag: _ = try Units.flag(text)
            case .integer(let range):
                if !range.contains(try Units.integer(text)) {
                    let reason =
                        range.lowerBound == range.upperBound
                        ? "it must be \(range.lowerBound)"
                        : "it must be at least \(range.lowerBound) and at most \(range.upperBound)"
                    throw Units.Fault(reason)
                }
            case .range: _ = try Units.range(text)
            case .money:
                let money = try Units.money(text)
                if let fault = rateFault(money, span) { return fault }
            case .rate: _ = try Units.rate(text)
            case .url: try Units.url(text)
            case .mailbox:
                if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return .lineBreakInHeader(span, key: key) }
                try Units.mailbox(text)
            case .timeZone: try Units.timeZone(text)
            case .currency: try Units.currency(text)
            case .language: try Units.language(text)
            case .fieldType:
                do throws(FieldTypeReader.Failure) {
                    _ = try FieldTypeReader.read(text)
                } catch {
                    switch error {
                    case .unknown(let name, let nearest): return .unknownFieldType(span, name, nearest: nearest)
                    case .malformed(let reason): return .badFieldType(span, reason: reason)
                    }
                }
            }
        } catch {
            return fault(shape, span, text, error.text)
        }
        return nil
    }

    /// Amounts in another currency need a rate.
    func rateFault(_ money: Money, _ span: SourceSpan) -> Diagnostic? {
        if money.currency == currency || exchangeRates.contains(money.currency) { return nil }
        return .noExchangeRate(span, money.currency, project: currency)
    }

    private func fault(_ shape: Shape, _ span: SourceSpan, _ text: String, _ reason: String) -> Diagnostic {
        switch shape {
        case .flag: .badFlag(span, text)
        case .integer: .badInteger(span, text, reason: reason)
        case .range: .badRange(span, text, reason: reason)
        case .money: .badMoney(span, text, reason: reason, currency: currency)
        case .rate: .badRate(span, text, reason: reason)
        case .url: .badURL(span, text, reason: reason)
        case .mailbox: .badMailbox(span, text, reason: reason)
        case .timeZone: .badTimeZone(span, text, reason: reason)
        case .currency: .badCode(span, text, what: "currency", reason: reason)
        case .language: .badCode(span, text, what: "language", reason: reason)
        default: .badID(span, text, reason: reason)
        }
    }
}
