extension ProjectChecker {
    /// What a name in a step stands for.
    enum Argument {
        case scalar(SyntaxScalar)
        /// An input of a fragment that is checked by itself: it fits, and nobody knows yet what it is.
        case open
    }

    /// What is written, or what the use of the fragment gives for `input.name`. Nil where that is wrong, which is
    /// reported.
    mutating func argument(_ scalar: SyntaxScalar, _ type: InputType, in context: StepContext) -> Argument? {
        guard scalar.text.hasPrefix("input.") else { return .scalar(scalar) }
        let name = String(scalar.text.dropFirst(6))
        guard let input = context.inputs[name] else {
            let nearest = NearestName.of(name, among: context.inputs.keys).map { "input.\($0)" }
            diagnostics.report(.unknownInput(scalar.span, name, nearest: nearest))
            return nil
        }
        guard input.type == type else {
            diagnostics.report(.inputOfOtherType(scalar.span, name, type: input.type, wanted: type))
            return nil
        }
        return input.argument.map { .scalar($0) } ?? .open
    }

    // MARK: The definition

    /// Checks a fragment by itself: what is wrong in it whatever its inputs are is reported here, once.
    mutating func checkFragment(_ document: Document) -> CheckedFragment? {
        guard let steps = document.value("steps") else { return nil }
        var inputs: [CheckedFragment.Input] = []
        for entry in document.value("inputs")?.entries ?? [] {
            let typeNode = entry.value.scalar == nil ? entry.value.value("type") : entry.value
            guard let type = typeNode?.text.flatMap({ InputType($0) }) else { continue }
            let standard = entry.value.value("default")?.scalar
            if let standard, !fits(standard, type, for: entry.key.text) { return nil }
            inputs.append(
                CheckedFragment.Input(name: entry.key.text, type: type, standard: standard, span: entry.key.span))
        }
        var scope = scope
        scope.roots.formUnion([.run, .entry, .input])
        scope.journey.entry = .anyEvent
        for input in inputs {
            if case .value(let type) = input.type { scope.journey.inputs[input.name] = TypeInfo(type) }
        }
        var context = StepContext(purpose: nil, scope: scope, entry: nil)
        context.isExpanded = false
        context.scope.journey.steps = StepNames.collect(in: steps, prefix: "", journeyScope.templates)
        for input in inputs { context.inputs[input.name] = FragmentInput(type: input.type, argument: nil) }
        let fragment = CheckedFragment(
            id: document.id, about: document.node.text("about"), inputs: inputs, span: document.idSpan, steps: steps)
        return checkSteps(steps, in: &context) == nil ? nil : fragment
    }

    // MARK: The use

    mutating func checkUse(_ entry: SyntaxEntry, _ step: SyntaxNode, in context: StepContext) -> CheckedStep.Action? {
        guard let name = entry.value.scalar, let id = resolve(name, .fragment) else { return nil }
        if context.fragments.contains(id) {
            diagnostics.report(.fragmentCycle(name.span, path: (context.fragments + [id]).joined(separator: " → ")))
            return nil
        }
        // A fragment by itself only says that it uses another; the program that uses it expands both.
        guard !context.isOpen else { return .fragment(id, []) }
        guard let fragment = fragments[id], context.fragments.count < 8,
            let inputs = checkArguments(of: fragment, entry, step, in: context)
        else { return nil }
        var inside = context
        inside.inputs = inputs
        inside.fragments.append(id)
        inside.prefix = context.key(of: step) + ">"
        inside.scope.roots.insert(.input)
        inside.scope.journey.inputs = [:]
        inside.scope.journey.arguments = [:]
        for (name, input) in inputs {
            guard case .value(let type) = input.type, let scalar = input.argument else { continue }
            inside.scope.journey.inputs[name] = TypeInfo(type)
            inside.scope.journey.arguments[name] = constant(scalar, type)
        }
        inside.scope.journey.steps = StepNames.collect(
            in: fragment.steps, prefix: inside.prefix, journeyScope.templates)
        let before = diagnostics.diagnostics.count
        let steps = checkSteps(fragment.steps, in: &inside)
        diagnostics.addLabel(Diagnostic.Label(name.span, "used here"), from: before)
        return steps.map { .fragment(id, $0) }
    }

    private mutating func checkArguments(
        of fragment: CheckedFragment, _ entry: SyntaxEntry, _ step: SyntaxNode, in context: StepContext
    ) -> [String: FragmentInput]? {
        var inputs: [String: FragmentInput] = [:]
        var isSound = true
        for given in step.value("with")?.entries ?? [] {
            guard let scalar = given.value.scalar else { continue }
            guard let input = fragment.inputs.first(where: { $0.name == given.key.text }) else {
                let nearest = NearestName.of(given.key.text, among: fragment.inputs.map(\.name))
                diagnostics.report(.unknownInput(given.key.span, given.key.text, nearest: nearest))
                isSound = false
                continue
            }
            // A fragment that uses a fragment may hand its own inputs on.
            guard case .scalar(let value)? = argument(scalar, input.type, in: context),
                fits(value, input.type, for: given.key.text)
            else {
                isSound = false
                continue
            }
            inputs[input.name] = FragmentInput(type: input.type, argument: value)
        }
        for input in fragment.inputs where inputs[input.name] == nil {
            if let standard = input.standard {
                inputs[input.name] = FragmentInput(type: input.type, argument: standard)
            } else if step.value("with")?.value(input.name) == nil {
                diagnostics.report(.inputMissing(entry.value.span, input.name, declared: input.span))
                isSound = false
            }
        }
        return isSound ? inputs : nil
    }

    /// Whether a value can be what an input wants; reports where it can't.
    private mutating func fits(_ scalar: SyntaxScalar, _ type: InputType, for name: String) -> Bool {
        switch type {
        case .event: return resolveEvent(scalar) != nil
        case .template: return resolve(scalar, .template) != nil
        case .channel: return resolve(scalar, .channel) != nil
        case .segment: return resolve(scalar, .segment) != nil
        case .team: return resolveTeam(scalar)
        case .value(let valueType):
            if constant(scalar, valueType) != nil { return true }
            diagnostics.report(.badArgument(scalar.span, name, scalar.text, type: valueType))
            return false
        }
    }

    /// The value that a text of the file stands for.
    func constant(_ scalar: SyntaxScalar, _ type: ValueType) -> TypedNode? {
        let value: Value
        switch type {
        case .duration:
            guard let duration = try? Units.duration(scalar.text) else { return nil }
            value = .number(duration, .duration)
        case .int:
            guard let integer = try? Units.integer(scalar.text) else { return nil }
            value = .number(Int64(integer), .int)
        case .bool:
            guard let flag = try? Units.flag(scalar.text) else { return nil }
            value = .bool(flag)
        case .date:
            guard let day = try? Units.date(scalar.text) else { return nil }
            value = .number(day, .date)
        case .money:
            guard let money = amount(scalar.text) else { return nil }
            value = .number(money.micros, .money)
        case .oneOf(let words):
            guard words.contains(scalar.text) else { return nil }
            value = Value(scalar.text)
        case _ where type.isTextual: value = Value(scalar.text)
        default: return nil
        }
        return TypedNode(.constant(value), TypeInfo(type), span: scalar.span, range: 0..<0)
    }

    // MARK: Cycles

    /// Fragments that use each other in a circle would never end.
    mutating func checkFragmentCycles() {
        var isDone: Set<String> = []
        for id in fragments.keys.sorted() {
            var path: [String] = []
            walk(id, &path, &isDone)
        }
    }

    private mutating func walk(_ id: String, _ path: inout [String], _ isDone: inout Set<String>) {
        guard let fragment = fragments[id], !isDone.contains(id) else { return }
        path.append(id)
        for use in Self.uses(in: fragment.steps) {
            if let start = path.firstIndex(of: use.text) {
                diagnostics.report(
                    .fragmentCycle(use.span, path: (path[start...] + [use.text]).joined(separator: " → ")))
                // Nobody may expand it any more.
                for name in path[start...] { fragments[name] = nil }
                break
            }
            if path.count < 200 { walk(use.text, &path, &isDone) }
        }
        path.removeLast()
        isDone.insert(id)
    }

    private static func uses(in node: SyntaxNode) -> [SyntaxScalar] {
        var found: [SyntaxScalar] = []
        for item in node.items ?? [] { found += uses(in: item) }
        for entry in node.entries ?? [] {
            if entry.key.text == "use", let scalar = entry.value.scalar { found.append(scalar) }
            found += uses(in: entry.value)
        }
        return found
    }
}
