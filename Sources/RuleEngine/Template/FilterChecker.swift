/// Decides what a filter does to a value of a given type, or says why it can't.
struct FilterChecker {
    let formats: LanguageTables
    let spans: EmbeddedText

    /// - Returns: the steps that the filter stands for and the type of their result; nil after a report.
    func check(
        _ call: FilterCall,
        on operand: TypeInfo,
        reporting diagnostics: inout DiagnosticBag
    ) -> (steps: [FilterStep], type: TypeInfo)? {
        let span = spans.span(call.range)
        guard let filter = TemplateFilter(rawValue: call.name) else {
            diagnostics.report(
                .templateUnknownFilter(
                    call.name,
                    nearest: NearestName.of(call.name, among: TemplateFilter.allCases.map(\.rawValue)),
                    at: span
                )
            )
            return nil
        }
        if operand.type == .unknown { return nil }
        do throws(FilterProblem) {
            return try resolve(filter, call.arguments, on: operand)
        } catch {
            switch error {
            case .operand: diagnostics.report(.templateFilterOperand(filter, operand.type, at: span))
            case .arguments(let index):
                let place = index.map { call.arguments[$0].range } ?? call.range
                diagnostics.report(.templateFilterArguments(filter, at: spans.span(place)))
            case .pluralForms(let count): diagnostics.report(.templatePluralForms(count, formats.tag, at: span))
            case .pattern(let problem, let index):
                diagnostics.report(.templateDatePattern(problem, at: spans.span(call.arguments[index].range)))
            case .clockOfDate(let index):
                diagnostics.report(.templateClockOfDate(at: spans.span(call.arguments[index].range)))
            }
            return nil
        }
    }

    private enum FilterProblem: Error {
        case operand
        /// The index of the bad argument, or nil where their number is wrong.
        case arguments(Int?)
        case pluralForms(Int)
        case pattern(DatePattern.Problem, Int)
        case clockOfDate(Int)
    }

    private func resolve(
        _ filter: TemplateFilter,
        _ arguments: [FilterArgument],
        on operand: TypeInfo
    ) throws(FilterProblem) -> (steps: [FilterStep], type: TypeInfo) {
        let isOptional = operand.isOptional
        let text = TypeInfo(.text, isOptional: isOptional)
        func oneText() throws(FilterProblem) -> [UInt8] {
            guard arguments.count == 1 else { throw .arguments(nil) }
            guard case .text(let bytes) = arguments[0].value else { throw .arguments(0) }
            return bytes
        }
        func none() throws(FilterProblem) {
            guard arguments.isEmpty else { throw .arguments(0) }
        }
        func fraction() throws(FilterProblem) -> Int? {
            guard let first = arguments.first else { return nil }
            guard arguments.count == 1 else { throw .arguments(1) }
            guard case .integer(let places) = first.value, (0...6).contains(places) else { throw .arguments(0) }
            return Int(places)
        }
        switch filter {
        case .default: return try resolveDefault(arguments, on: operand)
        case .prefix: return (try shown(operand) + [.prefix(try oneText())], TypeInfo(.text))
        case .suffix: return (try shown(operand) + [.suffix(try oneText())], TypeInfo(.text))
        case .upper, .lower, .title, .trim:
            guard operand.type.isTextual else { throw .operand }
            try none()
            let step: FilterStep =
                switch filter {
                case .upper: .upper
                case .lower: .lower
                case .title: .title
                default: .trim
                }
            return ([step], text)
        case .truncate:
            guard operand.type.isTextual else { throw .operand }
            guard (1...2).contains(arguments.count) else { throw .arguments(nil) }
            guard case .integer(let limit) = arguments[0].value, (1...10_000).contains(limit) else {
                throw .arguments(0)
            }
            var ending = "…"
            if arguments.count == 2 {
                guard case .text(let bytes) = arguments[1].value else { throw .arguments(1) }
                ending = String(decoding: bytes, as: UTF8.self)
                guard ending.count < limit || ending.isEmpty else { throw .arguments(1) }
            } else if limit == 1 {
                ending = ""
            }
            return ([.truncate(limit: Int(limit), ending: ending)], text)
        case .date, .time: return try resolveDate(filter, arguments, on: operand)
        case .money:
            guard operand.type == .money else { throw .operand }
            return ([.money(fraction: try fraction())], text)
        case .number:
            guard operand.type == .int || operand.type == .decimal else { throw .operand }
            return ([.number(fraction: try fraction())], text)
        case .plural: return try resolvePlural(arguments, on: operand)
        case .join:
            guard case .list = operand.type else { throw .operand }
            return ([.join(try oneText())], text)
        case .escape:
            try none()
            return (try shown(operand) + [.escape], text)
        case .url:
            try none()
            return (try shown(operand) + [.url], text)
        case .json:
            try none()
            return ([.json], TypeInfo(.text))
        case .add: return (try resolveAdd(arguments, on: operand), operand)
        }
    }

    /// The step that turns a value into text where it isn't text yet.
    private func shown(_ operand: TypeInfo) throws(FilterProblem) -> [FilterStep] {
        if operand.type.isTextual { return [] }
        guard operand.type.isShownPlainly else { throw .operand }
        return [.plain]
    }

    private func resolveDefault(
        _ arguments: [FilterArgument],
        on operand: TypeInfo
    ) throws(FilterProblem) -> (steps: [FilterStep], type: TypeInfo) {
        guard arguments.count == 1 else { throw .arguments(nil) }
        switch (arguments[0].value, operand.type) {
        case (.text(let bytes), _): return (try shown(operand) + [.defaultText(bytes)], TypeInfo(.text))
        case (.integer(let number), .int): return ([.defaultNumber(number, .int)], TypeInfo(.int))
        case (.integer(let number), .decimal):
            let (millionths, overflow) = number.multipliedReportingOverflow(by: 1_000_000)
            if overflow { throw .arguments(0) }
            return ([.defaultNumber(millionths, .decimal)], TypeInfo(.decimal))
        case (.decimal(let number), .decimal): return ([.defaultNumber(number, .decimal)], TypeInfo(.decimal))
        default: throw .arguments(0)
        }
    }

    private func resolveDate(
        _ filter: TemplateFilter,
        _ arguments: [FilterArgument],
        on operand: TypeInfo
    ) throws(FilterProblem) -> (steps: [FilterStep], type: TypeInfo) {
        guard operand.type == .instant || operand.type == .date && filter == .date else { throw .operand }
        guard arguments.count <= 1 else { throw .arguments(1) }
        var source = filter == .date ? formats.formats.longDate : formats.formats.shortTime
        if let first = arguments.first {
            guard case .text(let bytes) = first.value else { throw .arguments(0) }
            source = String(decoding: bytes, as: UTF8.self)
        }
        let pattern: DatePattern
        do throws(DatePattern.Problem) {
            pattern = try DatePattern(source, formats: formats)
        } catch {
            throw .pattern(error, 0)
        }
        if operand.type == .date, pattern.parts.contains(where: \.needsClock) { throw .clockOfDate(0) }
        return ([.date(pattern, pattern: source)], TypeInfo(.text, isOptional: operand.isOptional))
    }

    private func resolvePlural(
        _ arguments: [FilterArgument],
        on operand: TypeInfo
    ) throws(FilterProblem) -> (steps: [FilterStep], type: TypeInfo) {
        guard operand.type == .int else { throw .operand }
        var forms: [[UInt8]] = []
        for (index, argument) in arguments.enumerated() {
            guard case .text(let bytes) = argument.value else { throw .arguments(index) }
            forms.append(bytes)
        }
        guard forms.count == formats.formats.plural.formCount else {
            throw .pluralForms(formats.formats.plural.formCount)
        }
        return ([.plural(forms)], TypeInfo(.text, isOptional: operand.isOptional))
    }

    private func resolveAdd(
        _ arguments: [FilterArgument],
        on operand: TypeInfo
    ) throws(FilterProblem) -> [FilterStep] {
        guard [.int, .decimal, .date, .instant].contains(operand.type) else { throw .operand }
        guard arguments.count == 1 else { throw .arguments(nil) }
        switch (arguments[0].value, operand.type) {
        case (.integer(let number), .int): return [.addNumber(number)]
        case (.integer(let number), .decimal):
            let (millionths, overflow) = number.multipliedReportingOverflow(by: 1_000_000)
            if overflow { throw .arguments(0) }
            return [.addNumber(millionths)]
        case (.decimal(let number), .decimal): return [.addNumber(number)]
        case (.days(let days), .date), (.days(let days), .instant): return [.addDays(days)]
        case (.microseconds(let microseconds), .instant): return [.addMicroseconds(microseconds)]
        default: throw .arguments(0)
        }
    }
}

extension ValueType {
    /// True where there is one obvious way to write the value. A point in time has two (`date`, `time`), a truth
    /// value and a duration none, a list needs a separator.
    var isShownPlainly: Bool {
        switch self {
        case .int, .decimal, .money, .date: true
        case .bool, .instant, .duration, .list, .unknown: false
        case .text, .email, .phone, .country, .locale, .channelKind, .oneOf: true
        }
    }
}
