import HTTPTypes
import Runner

/// The document that tells programs of the API (OpenAPI 3.1), made from the routes themselves.
enum OpenAPI {
    static func document(of routes: [APIRoute], below base: String) -> JSON {
        var paths: [JSON.Entry] = []
        for (path, operations) in Dictionary(grouping: routes, by: \.path).sorted(by: { $0.key < $1.key }) {
            let entries = operations.sorted { $0.method.rawValue < $1.method.rawValue }.map { route in
                JSON.Entry(key: route.method.rawValue.lowercased(), value: operation(route))
            }
            paths.append(JSON.Entry(key: base + path, value: .object(entries)))
        }
        var named: [String: Shape] = [:]
        Problem.shape.collect(into: &named)
        for route in routes {
            for (_, shape) in route.body?.types ?? [] { shape.collect(into: &named) }
            for answer in route.answers { answer.shape?.collect(into: &named) }
        }
        let schemas = named.sorted { $0.key < $1.key }.map { JSON.Entry(key: $0.key, value: $0.value.schema) }
        return [
            "openapi": "3.1.0",
            "info": ["title": "Carillon", "version": "1"],
            "paths": .object(paths),
            "components": [
                "schemas": .object(schemas), "securitySchemes": ["key": ["type": "http", "scheme": "bearer"]],
            ],
        ]
    }

    private static func operation(_ route: APIRoute) -> JSON {
        var operation: JSON = [
            "operationId": .string(route.id), "summary": .string(route.summary), "tags": JSON([route.tag]),
            // One of them is enough.
            "security": .array(security(of: route.access)),
        ]
        var parameters = route.parameters.map(\.document)
        if route.isRepeatable { parameters.append(repeatable) }
        if !parameters.isEmpty { operation = operation.adding("parameters", .array(parameters)) }
        if let body = route.body {
            let content = body.types.map { JSON.Entry(key: $0.type, value: ["schema": $0.shape.schema]) }
            operation = operation.adding("requestBody", ["required": true, "content": .object(content)])
        }
        var responses: [(status: Int, value: JSON)] = route.answers.map { ($0.status, answer($0)) }
        for (status, codes) in problems(of: route) {
            let content: JSON = .object([
                JSON.Entry(key: "application/problem+json", value: ["schema": Problem.shape.schema])
            ])
            responses.append(
                (status, ["description": .string(codes.joined(separator: ", ")), "content": content]))
        }
        let entries = responses.sorted { $0.status < $1.status }.map {
            JSON.Entry(key: String($0.status), value: $0.value)
        }
        return operation.adding("responses", .object(entries))
    }

    private static func security(of access: APIRoute.Access) -> [JSON] {
        switch access {
        case .scope, .sending, .any: access.scopes.map { ["key": JSON([$0.rawValue])] }
        case .anyone: [["key": .array([])]]
        case .open: []
        }
    }

    private static func answer(_ answer: APIRoute.Answer) -> JSON {
        let description: JSON = ["description": .string(answer.about)]
        guard let shape = answer.shape else { return description }
        return description.adding(
            "content", .object([JSON.Entry(key: answer.type, value: ["schema": shape.schema])]))
    }

    private static let repeatable: JSON = [
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Sent again with the same body within a day, the first answer is given once more.",
        "schema": Shape.spelled(.repeatName).schema,
    ]

    /// Its own, and those that it shares with the others.
    static func problems(of route: APIRoute) -> [Int: [String]] {
        var all = Problem.common.merging(route.problems) { $0 + $1 }
        if route.body == nil {
            all[408] = nil
            all[413] = nil
        } else {
            all[415, default: []].append("unknown_type")
            if case .json = route.body {
                all[400, default: []].append("malformed")
                all[422, default: []] += ["unknown_key", "missing_key", "wrong_value"]
            }
        }
        if route.isRepeatable {
            all[400, default: []].append("bad_name")
            all[409, default: []].append("under_way")
            all[422, default: []].append("other_body")
        }
        return all
    }
}
