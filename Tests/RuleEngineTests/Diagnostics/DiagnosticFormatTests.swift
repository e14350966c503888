import RuleEngine
import Testing

struct DiagnosticFormatTests {
    private func rendered(_ path: String, _ diagnostic: (SourceSpan) -> Diagnostic) -> (
        DiagnosticRenderer, [Diagnostic]
    ) {
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: path, bytes: Array("eins\nzwöi drü\n".utf8)))
        let span = SourceSpan(file: file, start: 11, end: 15)
        return (DiagnosticRenderer(sources: sources), [diagnostic(span)])
    }

    @Test func `a workflow command escapes what would end or begin one`() {
        let (renderer, found) = rendered("a,b:c%/d.yaml") {
            Diagnostic(
                code: "E0202",
                message: "100% \n::error::no, `x`",
                at: Diagnostic.Label($0, "here\r"),
                help: "write `y`"
            )
        }
        #expect(
            renderer.github(found, prefix: "sub/")
                == "::error file=sub/a%2Cb%3Ac%25/d.yaml,line=2,endLine=2,col=6,endColumn=9,title=E0202::"
                + "100%25 %0A::error::no, `x`%0Ahere%0D%0Ahelp: write `y`\n"
        )
    }

    @Test func `a warning is a warning`() {
        let (renderer, found) = rendered("a.yaml") {
            Diagnostic(code: "L018", severity: .warning, message: "m", at: Diagnostic.Label($0))
        }
        #expect(renderer.github(found).hasPrefix("::warning file=a.yaml,"))
        #expect(renderer.sarif(found, version: "1").contains(#""level":"warning""#))
    }

    @Test func `SARIF has its parts in their places`() {
        let (renderer, found) = rendered("ä b.yaml") { span in
            Diagnostic(
                code: "E0202",
                message: "say \"no\"",
                at: Diagnostic.Label(span),
                also: [Diagnostic.Label(span, "there")],
                help: "rename to `x`",
                fix: Diagnostic.Fix(edits: [(span, "x")], isSafe: false)
            )
        }
        let region =
            #"{"startLine":2,"startColumn":6,"endLine":2,"endColumn":9,"byteOffset":11,"byteLength":4}"#
        let artifact = #""artifactLocation":{"uri":"p/%C3%A4%20b.yaml"}"#
        #expect(
            renderer.sarif(found, version: "1.2.3", prefix: "p/")
                == #"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":"#
                + #"{"driver":{"name":"carillon","version":"1.2.3","rules":[{"id":"E0202","shortDescription":"#
                + #"{"text":"unknown key"},"defaultConfiguration":{"level":"error"},"help":{"text":"#
                + #""docs/diagnostics/E0202.md"}}]}},"columnKind":"unicodeCodePoints","results":[{"ruleId":"E0202","#
                + #""ruleIndex":0,"level":"error","message":{"text":"say \"no\"\nhelp: rename to `x`"},"locations":"#
                + #"[{"physicalLocation":{\#(artifact),"region":\#(region)}}],"relatedLocations":"#
                + #"[{"physicalLocation":{\#(artifact),"region":\#(region)},"message":{"text":"there"}}],"fixes":"#
                + #"[{"description":{"text":"rename to `x` (may change the meaning)"},"artifactChanges":[{\#(artifact),"#
                + #""replacements":[{"deletedRegion":\#(region),"insertedContent":{"text":"x"}}]}]}]}]}]}"#
        )
    }
}
