import FoundationEssentials
import Glibc

/// A file of `Tests/ChannelsTests/Vectors`, decoded.
enum VectorFile {
    static func read<Content: Decodable>(_ name: String, as type: Content.Type) -> Content {
        let path = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 }
        var bytes: [UInt8] = []
        if let file = fopen(path + "/Vectors/" + name + ".json", "r") {
            var room = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = fread(&room, 1, room.count, file), count > 0 {
                bytes += room[..<count]
            }
            fclose(file)
        }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            preconditionFailure("the vectors `\(name)` can't be read: \(error)")
        }
    }
}
