extension CompiledText {
    private struct OpenLoop {
        let variable: String
        let items: [Value]
        var next: Int
    }

    /// Runs the program's steps. Everything that most messages consist of happens right here; the rest goes through
    /// whole values.
    func run(
        into buffer: inout [UInt8], start: Int, facts: FactPage, row: Int, context: RenderContext
    ) throws(RenderError) {
        let limit = start + context.limits.bytes
        var evaluation: EvaluationContext?
        var loops: [OpenLoop] = []
        var rounds = 0
        var next = 0
        while next < program.steps.count {
            let step = program.steps[next]
            next += 1
            switch step {
            case .constant(let bytes): append(bytes, to: &buffer)
            case .field(let index): try append(program.fields[Int(index)], facts, row, to: &buffer)
            case .senderName(let escape):
                guard escape.append(context.sender.name, to: &buffer) else { throw .unsafeURL }
            case .senderPostalAddress(let escape):
                guard escape.append(context.sender.postalAddress ?? [], to: &buffer) else { throw .unsafeURL }
            case .unsubscribeLink(let escape):
                guard escape.append(context.unsubscribeLink, to: &buffer) else { throw .unsafeURL }
            case .output(let index):
                let values = evaluation ?? Self.evaluation(facts, row, context)
                evaluation = values
                try append(program.outputs[Int(index)], values, context, to: &buffer)
            case .jumpUnless(let condition, let target):
                let values = evaluation ?? Self.evaluation(facts, row, context)
                evaluation = values
                if !program.conditions[Int(condition)].evaluate(in: values).isTrue { next = Int(target) }
            case .jumpUnlessKnown(let slot, let target):
                if facts.columns[Int(slot)].present[row] == 0 { next = Int(target) }
            case .jump(let target): next = Int(target)
            case .beginLoop(let index, let end):
                let loop = program.loops[Int(index)]
                var values = evaluation ?? Self.evaluation(facts, row, context)
                guard case .list(let items) = loop.list.evaluate(in: values), let first = items.first else {
                    next = Int(end)
                    continue
                }
                rounds += 1
                values.locals[loop.variable] = first
                evaluation = values
                loops.append(OpenLoop(variable: loop.variable, items: items, next: 1))
            case .nextItem(let back):
                let last = loops.count - 1
                let loop = loops[last]
                if loop.next < loop.items.count {
                    rounds += 1
                    evaluation?.locals[loop.variable] = loop.items[loop.next]
                    loops[last].next += 1
                    next = Int(back)
                } else {
                    loops.removeLast()
                }
            }
            if buffer.count > limit { throw .tooLong(limit: context.limits.bytes) }
            if rounds > context.limits.loopSteps { throw .loopLimit(context.limits.loopSteps) }
        }
    }

    @inline(__always)
    private func append(_ bytes: TemplateProgram.Bytes, to buffer: inout [UInt8]) {
        program.constants.withUnsafeBufferPointer { pool in
            buffer.append(
                contentsOf: UnsafeBufferPointer(rebasing: pool[Int(bytes.start)..<Int(bytes.end)]))
        }
    }

    @inline(__always)
    private func append(
        _ field: TemplateProgram.Field, _ facts: FactPage, _ row: Int, to buffer: inout [UInt8]
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
                if field.escape == .html { Escape.appendHTML(bytes, to: &buffer) } else { buffer.append(contentsOf: bytes) }
            }
        } else {
            facts.pool.withUnsafeBufferPointer { pool in
                let bytes = UnsafeBufferPointer(rebasing: pool[text.poolOffset..<text.poolOffset + text.count])
                if field.escape == .html { Escape.appendHTML(bytes, to: &buffer) } else { buffer.append(contentsOf: bytes) }
            }
        }
        if field.after.end > field.after.start { append(field.after, to: &buffer) }
    }

    private func append(
        _ output: TemplateProgram.Output, _ values: EvaluationContext, _ context: RenderContext,
        to buffer: inout [UInt8]
    ) throws(RenderError) {
        let writer = ValueWriter(formats: formats, currency: currency, timeZone: context.timeZone)
        var value = output.expression.evaluate(in: values)
        for step in output.steps { value = writer.apply(step, to: value) }
        guard case .text(let bytes) = value else { throw .missingValue }
        guard output.escape.append(bytes, to: &buffer) else { throw .unsafeURL }
    }

    private static func evaluation(_ facts: FactPage, _ row: Int, _ context: RenderContext) -> EvaluationContext {
        EvaluationContext(
            page: facts, row: row, now: context.now, runStartedAt: context.runStartedAt, sender: context.sender,
            unsubscribeLink: context.unsubscribeLink)
    }
}
