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
        return [
            "openapi": "3.1.0",
            "info": ["title": "Carillon", "version": "1"],
            "paths": .object(paths),
            "components": ["securitySchemes": ["key": ["type": "http", "scheme": "bearer"]]],
        ]
    }

    private static func operation(_ route: APIRoute) -> JSON {
        var operation: JSON = [
            "operationId": .string(route.about.id), "summary": .string(route.about.summary),
        ]
        if case .scope(let scope) = route.access {
            operation = operation.adding("security", .array([["key": .array([.string(scope.rawValue)])]]))
        }
        if !route.about.request.isEmpty {
            let content = route.about.request.map { JSON.Entry(key: $0.type, value: ["schema": $0.schema]) }
            operation = operation.adding("requestBody", ["required": true, "content": .object(content)])
        }
        var responses = route.about.responses
        if case .scope = route.access {
            responses += [
                (401, "There is no key, or nobody has it.", problem), (403, "The key lacks the scope.", problem),
                (408, "The body did not arrive.", problem), (413, "The body is too large.", problem),
                (503, "More is under way than the disk takes.", problem),
            ]
        }
        let described = responses.sorted { $0.status < $1.status }.map { response in
            var entry: JSON = ["description": .string(response.description)]
            if let schema = response.schema {
                let type = response.status < 400 ? "application/json" : "application/problem+json"
                entry = entry.adding("content", .object([JSON.Entry(key: type, value: ["schema": schema])]))
            }
            return JSON.Entry(key: String(response.status), value: entry)
        }
        return operation.adding("responses", .object(described))
    }

    // MARK: Schemas

    static func list(of schema: JSON) -> JSON {
        ["type": "array", "items": schema, "maxItems": 1_000]
    }

    private static func object(required: [String], _ properties: JSON) -> JSON {
        ["type": "object", "required": JSON(required), "properties": properties]
    }

    static let problem = object(
        required: ["type", "title", "status", "code", "detail"],
        [
            "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
            "code": ["type": "string"], "detail": ["type": "string"], "help": ["type": "string"],
        ])

    static let event = object(
        required: ["contact", "event"],
        [
            "contact": ["type": "string", "description": "The contact's id, or an address."],
            "event": ["type": "string", "description": "An event of the schema."],
            "at": ["type": "string", "format": "date-time", "description": "Without it: now."],
            "id": [
                "type": "string", "minLength": 1, "maxLength": 256,
                "description": "The sender's own; what came before is taken once.",
            ],
            "fields": ["type": "object"],
        ]
    ).adding("additionalProperties", false)

    static let cloudEvent = object(
        required: ["specversion", "id", "source", "type"],
        [
            "specversion": ["type": "string", "pattern": "^1[.]"], "id": ["type": "string"],
            "source": ["type": "string"],
            "type": ["type": "string", "description": "The event, behind the last dot."],
            "subject": ["type": "string", "description": "The contact."],
            "time": ["type": "string", "format": "date-time"], "data": ["type": "object"],
        ])

    static let eventOutcomes = object(
        required: ["appended", "repeated", "refused", "events"],
        [
            "appended": ["type": "integer"], "repeated": ["type": "integer"], "refused": ["type": "integer"],
            "events": list(
                of: object(
                    required: ["outcome"],
                    [
                        "outcome": ["enum": .array(["appended", "repeated", "refused"])],
                        "programs": ["type": "array", "items": ["type": "string"]], "code": ["type": "string"],
                        "detail": ["type": "string"], "help": ["type": "string"],
                    ])),
        ])
}
