import Glibc
import RuleEngine
import TestKit
import Testing

/// Pictures of programs: nothing lies on anything else, nothing is cut, and the file stands for itself.
struct ProgramDrawingTests {
    private func drawings(_ sequence: String) throws -> (ProgramDrawing, String) {
        let result = BaseProject.compile([("sequences/s.yaml", sequence)])
        let report = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        let project = try #require(result.project, "\(report)")
        let journey = try #require(project.sequences.values.first)
        let drawing = ProgramDrawing(ProgramGraph.lower(journey, in: project), of: journey, in: project)
        return (drawing, SVGWriter.text(drawing, title: "sequence \(journey.id)", about: journey.about))
    }

    /// As the generator chooses: nested, wide and long, with ways back.
    private static func sequence(seed: UInt64) -> String {
        var random = SeededGenerator(seed: seed)
        var number = 0
        func steps(_ depth: Int, _ indent: Int) -> String {
            let space = String(repeating: " ", count: indent)
            return (0..<Int.random(in: 1...3, using: &random)).map { _ in
                number += 1
                let last = depth == 0
                switch last ? Int.random(in: 0..<3, using: &random) : Int.random(in: 0..<7, using: &random) {
                case 0: return "\(space)- send: welcome\n\(space)  name: step-\(number)\n"
                case 1: return "\(space)- wait: \(Int.random(in: 1...9, using: &random))d\n"
                case 2: return "\(space)- tag: a-rather-long-name-of-a-tag-\(number)\n"
                case 3:
                    return
                        "\(space)- if: contact.seats > \(number) and contact.email contains \"<&'\"\n\(space)  then:\n"
                        + steps(depth - 1, indent + 4) + "\(space)  else:\n" + steps(depth - 1, indent + 4)
                case 4:
                    return "\(space)- wait_for: project_created\n\(space)  up_to: 3d\n\(space)  then:\n"
                        + steps(depth - 1, indent + 4)
                case 5:
                    return "\(space)- repeat: {at_most: 3, every: 2d}\n\(space)  do:\n" + steps(depth - 1, indent + 4)
                default:
                    return
                        "\(space)- split: part-\(number)\n\(space)  arms:\n\(space)    one:\n\(space)      share: 30%\n"
                        + "\(space)      do:\n" + steps(depth - 1, indent + 8)
                        + "\(space)    two: {share: 30%}\n\(space)    three: {share: 40%}\n"
                }
            }.joined()
        }
        return
            "sequence: s\npurpose: marketing\nlawful_basis: consent\nenter: {event: trial_started}\nvia: [email-main]\n"
            + "steps:\n" + steps(3, 2)
    }

    private struct Rectangle {
        var x: Int
        var y: Int
        var width: Int
        var height: Int

        func overlaps(_ other: Rectangle) -> Bool {
            x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height
        }
    }

    @Test(arguments: 0..<12)
    func `no box lies on another, no label on a box, and every line of text fits`(_ seed: Int) throws {
        let (drawing, _) = try drawings(Self.sequence(seed: UInt64(seed)))
        let rectangles =
            drawing.boxes.map { Rectangle(x: $0.x, y: $0.y, width: $0.width, height: $0.height) }
            + drawing.labels.map { Rectangle(x: $0.x, y: $0.y, width: $0.width, height: $0.height) }
        #expect(rectangles.count >= 3)
        for (index, first) in rectangles.enumerated() {
            #expect(first.x >= 0 && first.y >= 0)
            #expect(first.x + first.width <= drawing.width && first.y + first.height <= drawing.height)
            for second in rectangles[(index + 1)...] {
                #expect(!first.overlaps(second), "seed \(seed): \(first) and \(second)")
            }
        }
        for box in drawing.boxes {
            for (index, line) in box.lines.enumerated() {
                let width = ProgramDrawing.width(of: line, isHeading: index < box.headings)
                #expect(width <= box.width - 20, "seed \(seed): `\(line)`")
            }
            #expect(box.lines.count * 18 <= box.height)
        }
        for label in drawing.labels {
            for line in label.lines { #expect(ProgramDrawing.labelWidth(of: line) <= label.width, "`\(line)`") }
            #expect(label.lines.count * 15 <= label.height)
        }
    }

    @Test func `the picture is well-formed, names its parts, and refers to nothing outside`() throws {
        let (drawing, svg) = try drawings(
            Self.sequence(seed: 5).replacing("sequence: s\n", with: "sequence: s\nabout: 'A <b> & \"c\"'\n"))
        var template = Array("/tmp/carillon-svg-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        Repository.write(svg, to: path)
        close(descriptor)
        let parts = try Python(script: "check_svg.py", [path]).finish()
        #expect(parts == "\(drawing.boxes.count + drawing.labels.count)")
    }

    @Test func `the same program gives the same picture`() throws {
        let sequence = Self.sequence(seed: 3)
        #expect(try drawings(sequence).1 == drawings("# a comment\n" + sequence).1)
    }

    @Test func `ways say their shares and times, and the whole its bounds`() throws {
        let (drawing, svg) = try drawings(
            """
            sequence: s
            purpose: marketing
            lawful_basis: consent
            enter: {event: trial_started, again: never}
            via: [email-main]
            steps:
              - wait: 5d
              - wait_for: project_created
                up_to: 3d
                then:
                  - exit: created
              - split: offer
                arms:
                  one: {share: 30%}
                  two:
                    share: 70%
                    do:
                      - send: welcome
                        via: [email-main, outbox]
                        try_next: {if: failed, after: 2h}

            """)
        let labels = drawing.labels.map { $0.lines.joined(separator: " ") }
        for label in ["after 5d", "project_created, within 3d", "not within 3d", "one 30%", "two 70%", "within 2h"] {
            #expect(labels.contains(label), "\(label): \(labels)")
        }
        #expect(
            drawing.caption.joined(separator: " ")
                == "At most 2 messages in one run; in a day at most 2, in a week at most 2. A run costs EUR 0 to EUR 0.0001, "
                + "EUR 0.000035 are expected. Its waits take 8 days and 2 hours at most.")
        #expect(svg.contains(drawing.caption[0]))
    }
}
