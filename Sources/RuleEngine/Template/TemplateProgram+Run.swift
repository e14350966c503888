extension TemplateProgram {
    private struct OpenLoop {
        let variable: String
        let fields: [String]
        let items: [Value]
        var next: Int
    }

    /// Runs the program's steps. Everything that most messages consist of happens right here; the rest goes through
    /// whole values.
    func run(
        into buffer: inout [UInt8],
        start: Int,
        facts: FactPage,
        row: Int,
        context: RenderContext
    ) throws(RenderError) {
        let limit = start + context.limits.bytes
        var values = EvaluationContext(
            page: facts,
            row: row,
            now: context.now,
            runStartedAt: context.runStartedAt,
            sender: context.sender,
            unsubscribeLink: context.unsubscribeLink,
            preferencesLink: context.preferencesLink,
            browserLink: context.browserLink,
            journey: context.journey,
            history: context.history,
            offices: context.offices
        )
        let writer = ValueWriter(tables: formats, currency: currency, timeZone: context.timeZone)
        var open: [OpenLoop] = []
        var rounds = 0
        var next = 0
        while next < steps.count {
            let step = steps[next]
            next += 1
            switch step {
            case .constant(let bytes): append(bytes, to: &buffer)
            case .field(let index): try append(fields[Int(index)], facts, row, to: &buffer)
            case .senderName(let escape):
                guard escape.append(context.sender.name, to: &buffer) else { throw .unsafeURL }
            case .senderPostalAddress(let escape):
                guard escape.append(context.sender.postalAddress ?? [], to: &buffer) else { throw .unsafeURL }
            case .unsubscribeLink(let escape):
                guard escape.append(context.unsubscribeLink, to: &buffer) else { throw .unsafeURL }
            case .output(let index):
                try append(outputs[Int(index)], values, writer, to: &buffer)
            case .jumpUnless(let condition, let target):
                if !conditions[Int(condition)].evaluate(in: values).isTrue { next = Int(target) }
            case .jumpUnlessKnown(let slot, let target):
                if facts.columns[Int(slot)].present[row] == 0 { next = Int(target) }
            case .jump(let target): next = Int(target)
            case .beginLoop(let index, let end):
                let loop = loops[Int(index)]
                guard case .list(let items) = loop.list.evaluate(in: values), let first = items.first else {
                    next = Int(end)
                    continue
                }
                rounds += 1
                values.enter(first, as: loop.variable, fields: loop.fields)
                open.append(OpenLoop(variable: loop.variable, fields: loop.fields, items: items, next: 1))
            case .nextItem(let back):
                let last = open.count - 1
                let loop = open[last]
                if loop.next < loop.items.count {
                    rounds += 1
                    values.enter(loop.items[loop.next], as: loop.variable, fields: loop.fields)
                    open[last].next += 1
                    next = Int(back)
                } else {
                    open.removeLast()
                }
            }
            if buffer.count > limit { throw .tooLong(limit: context.limits.bytes) }
            if rounds > context.limits.loopSteps { throw .loopLimit(context.limits.loopSteps) }
        }
    }

    @inline(__always)
    private func append(_ bytes: Bytes, to buffer: inout [UInt8]) {
        constants.withUnsafeBufferPointer { pool in
            buffer.append(
                contentsOf: UnsafeBufferPointer(rebasing: pool[Int(bytes.start)..<Int(bytes.end)])
            )
        }
    }

    @inline(__always)
    private func append(
        _ field: Field,
        _ facts: FactPage,
        _ row: Int,
        to buffer: inout [UInt8]
    ) throws(RenderError) {
        let slot = Int(field.slot)
        guard facts.columns[slot].present[row] != 0 else {
            guard let missing = field.missing else { throw .missingValue }
            return append(missing, to: &buffer)
        }
        let value = facts.columns[slot].values[row]
        if field.isNumber { return DecimalDigits.append(value, to: &buffer) }
        if field.before.end > field.before.start { append(field.before, to: &buffer) }
        let text = PackedText(bits: UInt64(bitPattern: value))
        if text.isInline {
            // The first byte is the lowest, so on a little-endian machine the value's memory is the text.
            var bits = text.bits.littleEndian
            withUnsafeBytes(of: &bits) { raw in
                let bytes = UnsafeBufferPointer(rebasing: raw.bindMemory(to: UInt8.self)[..<text.count])
                if field.escape == .html {
                    Escape.appendHTML(bytes, to: &buffer)
                } else {
                    buffer.append(contentsOf: bytes)
                }
            }
        } else {
            facts.pool.withUnsafeBufferPointer { pool in
                let bytes = UnsafeBufferPointer(rebasing: pool[text.poolOffset..<text.poolOffset + text.count])
                if field.escape == .html {
                    Escape.appendHTML(bytes, to: &buffer)
                } else {
                    buffer.append(contentsOf: bytes)
                }
            }
        }
        if field.after.end > field.after.start { append(field.after, to: &buffer) }
    }

    private func append(
        _ output: Output,
        _ values: EvaluationContext,
        _ writer: ValueWriter,
        to buffer: inout [UInt8]
    ) throws(RenderError) {
        var value = output.expression.evaluate(in: values)
        for step in output.steps { value = writer.apply(step, to: value) }
        guard case .text(let bytes) = value else { throw .missingValue }
        guard output.escape.append(bytes, to: &buffer) else { throw .unsafeURL }
    }
}

extension EvaluationContext {
    /// An item of a loop. A record is the list of its fields' values, each of which is a variable.
    fileprivate mutating func enter(_ item: Value, as variable: String, fields: [String]) {
        locals[variable] = item
        guard !fields.isEmpty, case .list(let values) = item else { return }
        for (index, name) in fields.enumerated() {
            locals[name] = values.indices.contains(index) ? values[index] : .missing
        }
    }
}
