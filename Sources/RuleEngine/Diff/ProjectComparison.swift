/// What two versions of a project do differently. Files, their order and layout, comments, and names that only point inside
/// make no difference; two programs of one meaning give no change.
package struct ProjectComparison {
    let old: CheckedProject
    let new: CheckedProject
    let before: Wording
    let after: Wording
    let conditions: ConditionComparison
    private(set) var changes: [MeaningChange] = []

    package static func changes(from old: CheckedProject, to new: CheckedProject) -> [MeaningChange] {
        var comparison = ProjectComparison(old, new)
        comparison.compare()
        return comparison.changes
    }

    private init(_ old: CheckedProject, _ new: CheckedProject) {
        self.old = old
        self.new = new
        var before = Wording(project: old)
        before.renaming = Self.renaming(old, new)
        self.before = before
        after = Wording(project: new)
        conditions = ConditionComparison(old: before, new: after)
    }

    private mutating func compare() {
        programs("campaign", old.campaigns, new.campaigns, \.span) { comparison, old, new in
            comparison.changes(of: old, new)
        }
        programs("sequence", old.sequences, new.sequences, \.span) { comparison, old, new in
            comparison.changes(of: old, new)
        }
        programs("rule", old.rules, new.rules, \.span) { comparison, old, new in comparison.changes(of: old, new) }
        documents("segment", .segment, old.segments, new.segments, \.span) { $0.changes(of: $1, $2) }
        documents("template", .template, old.templates, new.templates, \.span) { $0.changes(of: $1, $2) }
        documents("policy", .policy, old.policies, new.policies, \.span) { $0.changes(of: $1, $2) }
        documents("channel", .channel, old.channels, new.channels, \.span) { $0.changes(of: $1, $2) }
        documents("route", .route, old.routes, new.routes, \.span) { $0.changes(of: $1, $2) }
        changes += changesOfSchema()
        changes += changesOfSettings()
        if changes.isEmpty { changes = unnamed() }
        // A fragment's change shows in every program that uses it: told once.
        var seen: [MeaningChange: Int] = [:]
        var once: [MeaningChange] = []
        for change in changes {
            var key = change
            key.subject = ""
            if change.isInFragment, let index = seen[key] {
                once[index].subject += ", " + change.subject
            } else {
                seen[key] = once.count
                once.append(change)
            }
        }
        changes = once
    }

    /// Programs whose version differs for a reason that none of the sentences above names: never kept silent.
    private func unnamed() -> [MeaningChange] {
        func forms(_ project: CheckedProject) -> [String: (form: [UInt8], span: SourceSpan)] {
            var forms: [String: (form: [UInt8], span: SourceSpan)] = [:]
            for campaign in project.campaigns.values {
                let graph = ProgramGraph.lower(campaign, in: project)
                forms["campaign \(Wording.name(campaign.id))"] = (graph.canonicalForm, campaign.span)
            }
            for journey in project.journeys {
                let graph = ProgramGraph.lower(journey, in: project)
                forms["\(journey.kind.rawValue) \(Wording.name(journey.id))"] = (graph.canonicalForm, journey.span)
            }
            return forms
        }
        let (was, now) = (forms(old), forms(new))
        return was.keys.sorted().compactMap { subject in
            guard let first = was[subject], let second = now[subject], first.form != second.form else { return nil }
            return MeaningChange(
                subject, "it has another version, for a reason that has no sentence here",
                was: .init("before", first.span), now: .init("now", second.span))
        }
    }

    // MARK: Which is which

    /// Programs are known by their ids, which people and launches name from outside.
    private mutating func programs<Program>(
        _ kind: String, _ was: [String: Program], _ now: [String: Program], _ span: KeyPath<Program, SourceSpan>,
        _ compare: (ProjectComparison, Program, Program) -> [MeaningChange]
    ) {
        let gone = was.keys.filter { now[$0] == nil }.sorted()
        let fresh = now.keys.filter { was[$0] == nil }.sorted()
        if let id = gone.first, let other = fresh.first, gone.count == 1, fresh.count == 1, let before = was[id],
            let after = now[other], compare(self, before, after).isEmpty
        {
            changes.append(
                MeaningChange(
                    "\(kind) \(Wording.name(id))", "it has another id, and so is another program",
                    was: .init(Wording.name(id), before[keyPath: span]),
                    now: .init(Wording.name(other), after[keyPath: span])))
        } else {
            one(kind, gone, fresh, was, now, span)
        }
        for id in was.keys.sorted() {
            guard let before = was[id], let after = now[id] else { continue }
            changes += compare(self, before, after)
        }
    }

    private mutating func documents<Document>(
        _ kind: String, _ renamed: Renaming.Kind, _ was: [String: Document], _ now: [String: Document],
        _ span: KeyPath<Document, SourceSpan>, _ compare: (ProjectComparison, Document, Document) -> [MeaningChange]
    ) {
        let names = Dictionary(uniqueKeysWithValues: was.keys.map { ($0, before.alias(renamed, $0)) })
        let gone = was.keys.filter { now[names[$0] ?? $0] == nil }.sorted()
        let known = Set(names.values)
        one(kind, gone, now.keys.filter { !known.contains($0) }.sorted(), was, now, span)
        for id in was.keys.sorted() {
            guard let before = was[id], let after = now[names[id] ?? id] else { continue }
            changes += compare(self, before, after)
        }
    }

    private mutating func one<Document>(
        _ kind: String, _ gone: [String], _ fresh: [String], _ was: [String: Document], _ now: [String: Document],
        _ span: KeyPath<Document, SourceSpan>
    ) {
        for id in gone {
            let name = Wording.name(id)
            changes.append(
                MeaningChange("\(kind) \(name)", "it is gone", was: .init(name, was[id]?[keyPath: span]), now: nil))
        }
        for id in fresh {
            let name = Wording.name(id)
            changes.append(
                MeaningChange("\(kind) \(name)", "it is new", was: nil, now: .init(name, now[id]?[keyPath: span])))
        }
    }

    /// A document that is there under another name only, by what it says.
    private static func renaming(_ old: CheckedProject, _ new: CheckedProject) -> Renaming {
        var renaming = Renaming()
        func match<Document>(
            _ kind: Renaming.Kind, _ was: [String: Document], _ now: [String: Document],
            _ isSame: (ProjectComparison, Document, Document) -> Bool
        ) {
            var fresh = now.keys.filter { was[$0] == nil }.sorted()
            let comparison = ProjectComparison(plain: old, new, renaming)
            for id in was.keys.sorted() where now[id] == nil {
                guard let before = was[id],
                    let index = fresh.firstIndex(where: { now[$0].map { isSame(comparison, before, $0) } ?? false })
                else { continue }
                renaming.add(kind, id, now: fresh.remove(at: index))
            }
        }
        match(.segment, old.segments, new.segments) { $0.changes(of: $1, $2).isEmpty }
        match(.template, old.templates, new.templates) { $0.changes(of: $1, $2).isEmpty }
        match(.policy, old.policies, new.policies) { $0.changes(of: $1, $2).isEmpty }
        match(.channel, old.channels, new.channels) { $0.changes(of: $1, $2).isEmpty }
        match(.route, old.routes, new.routes) { $0.changes(of: $1, $2).isEmpty }
        return renaming
    }

    private init(plain old: CheckedProject, _ new: CheckedProject, _ renaming: Renaming) {
        self.old = old
        self.new = new
        var before = Wording(project: old)
        before.renaming = renaming
        self.before = before
        after = Wording(project: new)
        conditions = ConditionComparison(old: before, new: after)
    }
}

extension MeaningChange {
    /// Both places lie in files of fragments, which several programs may use.
    fileprivate var isInFragment: Bool { text.contains("in the fragment ") || text.contains("the fragment `") }
}
