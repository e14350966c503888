/// Programs are the documents that no other document is made of: each can be checked by itself once the declarations are,
/// and again without the others.
extension ProjectChecker {
    /// In the order in which they are checked.
    static let programKinds: [DocumentKind] = [.campaign, .sequence, .rule, .test]

    var programs: [Document] { Self.programKinds.flatMap { sound($0) } }

    mutating func checkProgram(_ document: Document) -> CheckedProgram {
        diagnostics = DiagnosticBag()
        shared = []
        var content = CheckedProgram.Content.none
        switch document.kind {
        case .campaign: content = checkCampaign(document).map { .campaign($0) } ?? .none
        case .sequence, .rule: content = checkJourney(document).map { .journey($0) } ?? .none
        case .test: checkTest(document)
        case .project, .schema, .segment, .policy, .channel, .route, .template, .block, .fragment: break
        }
        return CheckedProgram(content: content, diagnostics: diagnostics.diagnostics, shared: shared)
    }

    /// Only asked where nobody found an error.
    func project(of programs: some Sequence<CheckedProgram>) -> CheckedProject {
        var project = CheckedProject(settings: settings, schema: schema)
        project.segments = segments
        project.policies = policies
        project.channels = channels
        project.templates = templates
        project.routes = routes
        project.fragments = fragments
        project.events = events
        let reader = TestReader(
            schema: schema, events: events, settings: settings, zone: catalog.zoneRules(settings.timeZone))
        project.tests = sound(.test).map { reader.read($0) }
        for program in programs {
            switch program.content {
            case .campaign(let campaign): project.campaigns[campaign.id] = campaign
            case .journey(let journey) where journey.kind == .sequence: project.sequences[journey.id] = journey
            case .journey(let journey): project.rules[journey.id] = journey
            case .none: break
            }
        }
        return project
    }
}

/// What the check of one program gave.
struct CheckedProgram: Sendable {
    enum Content: Sendable {
        case campaign(CheckedCampaign)
        case journey(CheckedJourney)
        /// A test, or a program with errors.
        case none
    }

    /// Findings about a template as this program's event fills it. Every program that sends it for the same event has
    /// them, and one of them is enough.
    struct Shared: Sendable {
        let key: String
        /// Every use is named, as far as there is room: each must be mended, or the template.
        var namesUses = false
        let range: Range<Int>
    }

    let content: Content
    let diagnostics: [Diagnostic]
    let shared: [Shared]

    /// The findings of programs in their order, shared ones with the first that has them.
    static func findings(of programs: some Sequence<CheckedProgram>) -> [Diagnostic] {
        var seen: Set<String> = []
        var named: [FindingPlace: Int] = [:]
        var found: [Diagnostic] = []
        for program in programs where !program.diagnostics.isEmpty {
            var left = program.diagnostics[...]
            for shared in program.shared {
                found += left[left.startIndex..<shared.range.lowerBound]
                if shared.namesUses {
                    for finding in left[shared.range] {
                        let place = FindingPlace(span: finding.primary.span, message: finding.message)
                        if let first = named[place] {
                            found[first] = found[first].naming(usesOf: finding)
                        } else {
                            named[place] = found.count
                            found.append(finding)
                        }
                    }
                } else if seen.insert(shared.key).inserted {
                    found += left[shared.range]
                }
                left = left[shared.range.upperBound...]
            }
            found += left
        }
        return found
    }
}

/// What is said, and of what: the same for every use.
private struct FindingPlace: Hashable {
    let span: SourceSpan
    let message: String
}

extension Diagnostic {
    private static let mostLabels = 8

    /// With the places of another use at which the same is wrong.
    fileprivate func naming(usesOf other: Diagnostic) -> Diagnostic {
        other.secondary.reduce(self) { finding, label in
            let isNamed = finding.secondary.contains { $0.span == label.span }
            return isNamed || finding.secondary.count >= Self.mostLabels ? finding : finding.labelled(label)
        }
    }
}
