/// The bounds of every program, and what they come to for one person who is in all of them.
package struct ProjectBounds: Sendable {
    package struct Entry: Sendable {
        package let program: AnalysedProject.Program
        /// Nil where the loops are too large to be written out.
        package let bounds: ProgramBounds?
        /// For the audience that the file expects; nil where it expects none.
        package let total: Total?
    }

    /// Micros of the project's currency for everybody together.
    package struct Total: Sendable, Hashable {
        package let people: ClosedRange<Int>
        package let least: Int64
        package let expected: Int64
        package let most: Int64

        package init(_ cost: ProgramBounds.Cost, people: ClosedRange<Int>) {
            self.people = people
            least = Int64((cost.leastMean * Double(people.lowerBound)).rounded())
            let middle = (people.lowerBound + people.upperBound) / 2
            expected = cost.expected.cappedProduct(Int64(middle))
            most = cost.most.value.cappedProduct(Int64(people.upperBound))
        }
    }

    package let entries: [Entry]

    package init(_ analysed: AnalysedProject) {
        let started = analysed.startedPrograms
        entries = analysed.programs.map { program in
            let bounds = ProgramBounds(
                program, in: analysed.project, isStartedByOthers: started.contains(program.reference))
            var total: Total?
            if let bounds, let people = program.expectedPeople {
                total = Total(bounds.cost, people: people)
            }
            return Entry(program: program, bounds: bounds, total: total)
        }
    }

    /// The sum over all programs; nil where one of them has no limit. Programs of one policy share its caps.
    package func mostMessages(_ frequency: (ProgramBounds) -> ProgramBounds.Frequency) -> Int? {
        var sum = 0
        var capped: [String: Int] = [:]
        for entry in entries {
            guard let bounds = entry.bounds else { return nil }
            switch frequency(bounds) {
            case .atMost(let count, _): sum += count
            case .capped(let count, let policy): capped[policy] = max(capped[policy] ?? 0, count)
            case .noLimit: return nil
            }
        }
        return capped.values.reduce(sum, +)
    }
}

/// A program as `start` names it.
struct ProgramReference: Hashable {
    let kind: DocumentKind
    let id: String
}

extension AnalysedProject {
    /// The programs that a step of some program starts.
    var startedPrograms: Set<ProgramReference> {
        var started: Set<ProgramReference> = []
        for program in programs {
            for case .start(let kind, let id, _, _) in program.graph.nodes {
                started.insert(ProgramReference(kind: kind, id: id))
            }
        }
        return started
    }
}

extension AnalysedProject.Program {
    package var kind: DocumentKind {
        switch source {
        case .campaign: .campaign
        case .journey(let journey): journey.kind
        }
    }

    /// Where a node comes from; nil for what nobody wrote, and for the nodes of campaigns.
    func span(of node: Int) -> SourceSpan? {
        graph.spans.indices.contains(node) ? graph.spans[node] : nil
    }

    /// The file that it stands in.
    package var file: FileID {
        switch source {
        case .campaign(let campaign): campaign.file
        case .journey(let journey): journey.file
        }
    }

    var reference: ProgramReference { ProgramReference(kind: kind, id: graph.id) }

    /// How many people begin it at once, where the files say so: a campaign's audience, the segment of a sequence that
    /// takes in who is there already.
    var expectedPeople: ClosedRange<Int>? {
        switch source {
        case .campaign(let campaign): campaign.audience.expect
        case .journey(let journey):
            if case .segment(let segment, .enters, includesExisting: true) = journey.entry.cause {
                segment.expect
            } else {
                nil
            }
        }
    }
}
