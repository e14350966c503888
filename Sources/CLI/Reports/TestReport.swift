import RuleEngine
import Runner

/// What tests have shown: for people, for programs, and for build servers.
struct TestReport {
    private let run: TestRun
    private let stage: RehearsalStage
    private let sources: SourceMap
    private let showsCoverage: Bool

    init(_ run: TestRun, _ stage: RehearsalStage, _ sources: SourceMap, showsCoverage: Bool) {
        self.run = run
        self.stage = stage
        self.sources = sources
        self.showsCoverage = showsCoverage
    }

    var failed: Int { run.outcomes.count { !$0.failures.isEmpty } }

    private var words: FailureWords { FailureWords(sources, currency: stage.project.settings.currency) }

    // MARK: For people

    func text(_ styled: (String, Terminal.Style) -> String) -> String {
        var text = ""
        for outcome in run.outcomes {
            let mark = outcome.failures.isEmpty ? styled("✓", .green) : styled("✗", .red)
            text += "\(mark) \(outcome.test.name)\n"
            for failure in outcome.failures {
                for line in words.lines(failure, outcome.zone) { text += "    \(line)\n" }
            }
        }
        if showsCoverage { text += "\n" + coverageText }
        let passed = run.outcomes.count - failed
        let summary = failed == 0 ? "all passed" : "\(passed) passed, \(failed) failed"
        let covered = run.programs.filter(\.isWhole).count
        return text + (run.outcomes.isEmpty ? "" : "\n")
            + "\(Figures.count(run.outcomes.count, "test")): \(summary); "
            + "\(covered) of \(Figures.count(run.programs.count, "program")) covered"
            + (covered < run.programs.count && !showsCoverage ? " (--coverage shows what is missing)" : "") + "\n"
    }

    private var coverageText: String {
        var table = Table(.left, .right, .right, .right)
        table.add("", "branches", "skip reasons", "languages")
        for program in run.programs {
            table.add(
                program.program, Self.share(program.branches), Self.share(program.skipReasons),
                Self.share(program.languages))
        }
        var text = table.text
        for program in run.programs {
            for branch in program.branches.missing {
                let place = branch.span.map { " (\(words.place($0)))" } ?? ""
                text += "  \(program.program): never \(branch.label)\(place)\n"
            }
            for reason in program.skipReasons.missing {
                text += "  \(program.program): nobody was skipped for \(reason.label)\n"
            }
            for language in program.languages.missing {
                text += "  \(program.program): never sent \(language.label)\n"
            }
        }
        return text
    }

    private static func share(_ part: ProgramCoverage.Part) -> String {
        part.total == 0 ? "–" : "\(part.covered)/\(part.total)"
    }

    // MARK: For programs

    var json: JSON {
        let tests = run.outcomes.map { outcome -> JSON in
            let place = sources.start(of: outcome.test.span)
            return [
                "name": .string(outcome.test.name), "file": .string(sources.path(of: outcome.test.span)),
                "line": JSON(place.line), "passed": JSON(outcome.failures.isEmpty),
                "failures": .array(
                    outcome.failures.map { failure in
                        [
                            "file": .string(sources.path(of: failure.span)),
                            "line": JSON(sources.start(of: failure.span).line),
                            "text": .string(words.lines(failure, outcome.zone).joined(separator: "\n")),
                        ]
                    }),
            ]
        }
        let coverage = run.programs.map { program -> JSON in
            func part(_ part: ProgramCoverage.Part) -> JSON {
                [
                    "covered": JSON(part.covered), "total": JSON(part.total),
                    "missing": JSON(part.missing.map(\.label)),
                ]
            }
            return [
                "program": .string(program.program), "branches": part(program.branches),
                "skip_reasons": part(program.skipReasons), "languages": part(program.languages),
            ]
        }
        return [
            "tests": .array(tests), "passed": JSON(run.outcomes.count - failed), "failed": JSON(failed),
            "coverage": .array(coverage),
        ]
    }

    /// The form that build servers read: suites are files, cases tests. There are no times in it, so that the same tests
    /// give the same bytes.
    var junit: String {
        var suites: [(file: String, outcomes: [TestRun.Outcome])] = []
        for outcome in run.outcomes {
            let file = sources.path(of: outcome.test.span)
            if suites.last?.file == file {
                suites[suites.count - 1].outcomes.append(outcome)
            } else {
                suites.append((file, [outcome]))
            }
        }
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"carillon\" tests=\"\(run.outcomes.count)\" failures=\"\(failed)\" errors=\"0\">\n"
        for suite in suites {
            let failures = suite.outcomes.count { !$0.failures.isEmpty }
            text +=
                "  <testsuite name=\"\(XMLText.escaped(suite.file))\" tests=\"\(suite.outcomes.count)\""
                + " failures=\"\(failures)\" errors=\"0\" skipped=\"0\">\n"
            for outcome in suite.outcomes {
                let line = sources.start(of: outcome.test.span).line
                text +=
                    "    <testcase name=\"\(XMLText.escaped(outcome.test.name))\""
                    + " classname=\"\(XMLText.escaped(suite.file))\" file=\"\(XMLText.escaped(suite.file))\""
                    + " line=\"\(line)\""
                guard !outcome.failures.isEmpty else {
                    text += "/>\n"
                    continue
                }
                text += ">\n"
                for failure in outcome.failures {
                    let lines = words.lines(failure, outcome.zone)
                    text +=
                        "      <failure message=\"\(XMLText.escaped(lines.first ?? ""))\">"
                        + XMLText.escaped(lines.joined(separator: "\n")) + "</failure>\n"
                }
                text += "    </testcase>\n"
            }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }
}

extension ProgramCoverage {
    var isWhole: Bool {
        branches.missing.isEmpty && skipReasons.missing.isEmpty && languages.missing.isEmpty
    }
}

/// Text that may stand in XML; what must not stand there at all becomes a question mark.
enum XMLText {
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "&#10;"
            case "\t": escaped += "&#9;"
            case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
