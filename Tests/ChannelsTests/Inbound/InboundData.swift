import Glibc

@testable import Channels

/// Requests and signatures that lie beside the tests as data.
enum InboundData {
    private static let folder = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Vectors"

    static func read(_ path: String) -> JSONValue {
        var bytes: [UInt8] = []
        if let file = fopen(folder + "/" + path, "r") {
            var room = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = fread(&room, 1, room.count, file), count > 0 {
                bytes += room[..<count]
            }
            fclose(file)
        }
        guard let value = JSONReader.read(bytes) else {
            preconditionFailure("\(path) can't be read")
        }
        return value
    }

    /// The names in a folder, in order.
    static func names(_ path: String) -> [String] {
        guard let directory = opendir(folder + "/" + path) else {
            return []
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".json") {
                names.append(name)
            }
        }
        return names.sorted()
    }

    static func cases(_ file: String, _ list: String = "cases") -> [Case] {
        read(file)[list]?.items.map { Case(value: $0, name: $0["id"]?.string ?? $0["url"]?.string ?? "") } ?? []
    }

    struct Case: Sendable, CustomStringConvertible {
        let value: JSONValue
        let name: String
        var description: String { name }

        subscript(name: String) -> JSONValue? { value[name] }

        func text(_ name: String) -> String { value[name]?.string ?? "" }

        var headers: [String: String] {
            guard case .object(let members)? = value["headers"] else {
                return [:]
            }
            return Dictionary(members.map { ($0.key.lowercased(), $0.value.string ?? "") }) { first, _ in first }
        }

        /// Exact bytes.
        var body: [UInt8] {
            value["body_base64"]?.string.flatMap { Base64Text.decode($0) } ?? Array(text("body").utf8)
        }

        func request(_ method: String = "POST", url: String = "https://hook.example.com/hooks/x") -> WebhookRequest {
            WebhookRequest(method: method, url: url, headers: headers, body: body)
        }
    }

    static func settings(_ fields: [String: [String]]) -> WebhookSettings {
        var settings = WebhookSettings()
        for (name, values) in fields {
            settings.set(name, values)
        }
        return settings
    }
}
