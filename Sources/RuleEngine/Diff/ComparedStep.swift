/// A step as the comparison sees it: what it does in words, and the lists of steps on its ways.
struct ComparedStep {
    struct Way {
        /// What leads into it: `if not`, a condition, a share.
        let entry: String
        let span: SourceSpan?
        let steps: [ComparedStep]
    }

    let verb: String
    /// What it is about: a template, an event, a tag.
    let topic: String
    let name: String?
    let words: String
    let ways: [Way]
    let span: SourceSpan
    /// Texts that are written in the step, by place: `email, de, subject`.
    let texts: [String: String]
    /// All that it means, ways and texts included.
    let fingerprint: String

    init(_ step: CheckedStep, _ wording: Wording) {
        func steps(_ steps: [CheckedStep]) -> [ComparedStep] { steps.map { ComparedStep($0, wording) } }
        var ways: [Way] = []
        var texts: [String: String] = [:]
        var topic = ""
        let verb: String
        let phrase: Phrase
        switch step.action {
        case .send(let send):
            (verb, topic) = ("send", send.template.id.map { wording.alias(.template, $0) } ?? "")
            // Its name only points inside.
            phrase = wording.deliver(send, name: nil)
            if send.template.id == nil { texts = wording.texts(of: send.template) }
        case .wait(let wait): (verb, phrase) = ("wait", wording.wait(wait))
        case .waitFor(let wait):
            (verb, topic) = ("wait for", wait.event)
            phrase = wording.waitFor(wait.event, wait.conditions, upTo: wait.bound.upTo)
            ways = Self.bound(wait.bound, wording)
        case .waitUntil(let conditions, let bound):
            (verb, phrase) = ("wait until", wording.waitUntil(conditions, upTo: bound.upTo))
            ways = Self.bound(bound, wording)
        case .branch(let arms, let otherwise) where arms.count == 1:
            (verb, phrase) = ("if", wording.question(arms[0].conditions))
            ways = [
                Way(entry: "if so", span: arms[0].span, steps: steps(arms[0].steps)),
                Way(entry: "if not", span: nil, steps: steps(otherwise)),
            ]
        case .branch(let arms, let otherwise):
            (verb, phrase) = ("choose", Phrase("The first that holds decides."))
            ways = arms.map {
                Way(entry: "if " + wording.all($0.conditions).flat, span: $0.span, steps: steps($0.steps))
            }
            ways.append(Way(entry: "otherwise", span: nil, steps: steps(otherwise)))
        case .split(_, let arms):
            let shares = arms.map { Wording.share($0.share) }
            (verb, phrase) = ("split", Phrase("Chance decides: \(Wording.list(shares, "and"))."))
            ways = arms.enumerated().map {
                Way(entry: "in part \($0 + 1), \(Wording.name($1.name))", span: nil, steps: steps($1.steps))
            }
        case .loop(let loop):
            (verb, phrase) = ("repeat", wording.loop(loop.atMost, every: loop.every, until: loop.until))
            ways = [Way(entry: "in each round", span: nil, steps: steps(loop.steps))]
        case .set(let values): (verb, phrase) = ("set", wording.set(values))
        case .tag(let name, let lifetime): (verb, topic, phrase) = ("tag", name, wording.tag(name, lifetime: lifetime))
        case .untag(let name): (verb, topic, phrase) = ("untag", name, wording.untag(name))
        case .emit(let event, let values): (verb, topic, phrase) = ("emit", event, wording.emit(event, values))
        case .call(let call):
            (verb, topic, phrase) = ("call", call.call, wording.call(call))
            ways = [Way(entry: "if it fails for good", span: nil, steps: steps(call.otherwise))]
        case .start(let kind, let id, let values):
            (verb, topic, phrase) = ("start", id, wording.start(kind, id, values))
        case .handOver(let team, let note):
            (verb, topic, phrase) = ("hand over", team, wording.handOver(to: team, note: note))
        case .fragment(let id, let inner):
            (verb, topic, phrase) = ("use", id, Phrase("Do what the fragment \(Wording.name(id)) says."))
            ways = [Way(entry: "in the fragment \(Wording.name(id))", span: nil, steps: steps(inner))]
        case .exit(let name): (verb, topic, phrase) = ("exit", name, wording.exit(name))
        }
        self.verb = verb
        self.topic = topic
        self.ways = ways
        self.texts = texts
        name = step.name
        words = phrase.flat
        span = step.span
        // Lengths in front keep parts from running into each other.
        var parts = [verb, words]
        for text in texts.sorted(by: { $0.key < $1.key }) { parts += [text.key, text.value] }
        for (index, way) in ways.enumerated() {
            // The names of a split's parts only point inside.
            parts.append(verb == "split" ? "part \(index)" : way.entry)
            parts.append("\(way.steps.count)")
            parts += way.steps.map(\.fingerprint)
        }
        fingerprint = parts.map { "\($0.utf8.count):\($0)" }.joined()
    }

    private static func bound(_ bound: CheckedStep.Bound, _ wording: Wording) -> [Way] {
        [
            Way(entry: "if it comes in time", span: nil, steps: bound.then.map { ComparedStep($0, wording) }),
            Way(entry: "if it does not", span: nil, steps: bound.otherwise.map { ComparedStep($0, wording) }),
        ]
    }

    /// What it costs to say that this step became the other one.
    func cost(to other: ComparedStep) -> Int? {
        if fingerprint == other.fingerprint { return 0 }
        guard verb == other.verb else { return nil }
        let sameWays = ways.map { $0.steps.map(\.fingerprint) } == other.ways.map { $0.steps.map(\.fingerprint) }
        let sameTopic = topic == other.topic && (name == other.name || name == nil || other.name == nil)
        if words == other.words { return 3 }
        return (sameTopic ? 5 : 12) + (sameWays ? 0 : 3)
    }
}
