import Glibc

/// Writes a CSV of contacts: the same one every time, about 190 bytes a row.
enum ContactGenerator {
    static let header =
        "id,email,first_name,last_name,country,language,plan,seats,renewal_date,consent.email,consent.email.at,consent.email.source\n"

    static func write(_ count: Int, to path: String) -> Int {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        let first = ["Anna", "Jürgen", "Zoë", "", "Mehmet", "Łukasz", "Marie-Claire", "太郎"].map { Array($0.utf8) }
        let last = ["Müller", "Öztürk", "Nowak", "Dupont", "O'Neill", "Yılmaz", "García"].map { Array($0.utf8) }
        let places = ["DE,de", "AT,de-AT", "FR,fr", "PL,pl", "US,en-US", "JP,ja", "BR,pt-BR"].map { Array($0.utf8) }
        let plans = ["free", "trial", "pro", "team"].map { Array($0.utf8) }
        let levels = ["express", "soft_optin", "express", "none"].map { Array($0.utf8) }
        var buffer: [UInt8] = Array(header.utf8)
        var state: UInt64 = 20_261_121
        var total = 0
        for number in 0..<count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let dice = Int(state >> 33)
            let digits = Array(String(10_000_000 + number).utf8)
            buffer.append(UInt8(ascii: "c"))
            buffer.append(contentsOf: digits)
            buffer.append(contentsOf: ",person.".utf8)
            buffer.append(contentsOf: digits)
            buffer.append(contentsOf: "@mail\(dice % 40).example,".utf8)
            buffer.append(contentsOf: first[dice % 8])
            buffer.append(UInt8(ascii: ","))
            buffer.append(contentsOf: last[dice / 8 % 7])
            buffer.append(UInt8(ascii: ","))
            buffer.append(contentsOf: places[dice / 64 % 7])
            buffer.append(UInt8(ascii: ","))
            buffer.append(contentsOf: plans[dice / 512 % 4])
            buffer.append(contentsOf: ",\(dice % 50),2026-0\(dice % 9 + 1)-1\(dice % 10),".utf8)
            buffer.append(contentsOf: levels[dice / 4_096 % 4])
            buffer.append(
                contentsOf: ",2025-0\(dice % 9 + 1)-1\(dice / 9 % 10)T09:30:00Z,newsletter form on the website\n".utf8
            )
            if buffer.count > 1 << 20 || number == count - 1 {
                total += buffer.count
                guard Glibc.write(file, buffer, buffer.count) == buffer.count else { return 0 }
                buffer.removeAll(keepingCapacity: true)
            }
        }
        return total
    }
}
