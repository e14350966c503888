import RuleEngine
import Testing

struct GraphPrinterTests {
    private func campaign() throws -> (ProgramGraph, CheckedCampaign) {
        let result = BaseProject.compile([("campaigns/spring-sale.yaml", BaseProject.campaign)])
        let project = try #require(result.project)
        let campaign = try #require(project.campaigns["spring-sale"])
        return (ProgramGraph.lower(campaign, in: project), campaign)
    }

    @Test func `a campaign is drawn as Mermaid`() throws {
        let (graph, campaign) = try campaign()
        #expect(
            GraphPrinter.mermaid(graph, of: campaign) == """
                flowchart TD
                    n0(["audience: newsletter<br>and contact.plan != #quot;team#quot;"])
                    n1{{"gate: marketing<br>house-marketing"}}
                    n2["send welcome<br>via email-main"]
                    n3(("finished"))
                    n0 --> n1
                    n1 -->|allowed| n2
                    n2 --> n3
                    n1 -.->|blocked| skipped1["skipped, with the reason"]

                """
        )
    }

    @Test func `a campaign is drawn as DOT`() throws {
        let (graph, campaign) = try campaign()
        #expect(
            GraphPrinter.dot(graph, of: campaign) == #"""
                digraph "spring-sale" {
                    rankdir=TB;
                    node [fontname="sans-serif"];
                    n0 [shape=oval, label="audience: newsletter\nand contact.plan != \"team\""];
                    n1 [shape=hexagon, label="gate: marketing\nhouse-marketing"];
                    n2 [shape=box, label="send welcome\nvia email-main"];
                    n3 [shape=doublecircle, label="finished"];
                    n0 -> n1;
                    n1 -> n2 [label="allowed"];
                    n2 -> n3;
                    skipped1 [shape=box, style=dashed, label="skipped, with the reason"];
                    n1 -> skipped1 [style=dashed, label="blocked"];
                }

                """#
        )
    }

    @Test func `every path to a send leads through a gate`() throws {
        let (graph, _) = try campaign()
        for node in graph.nodes {
            guard case .entry(let next) = node else { continue }
            guard case .gate(_, let behind) = graph.nodes[next] else {
                Issue.record("the entry leads past the gate")
                continue
            }
            guard case .send = graph.nodes[behind] else { continue }
        }
    }
}
