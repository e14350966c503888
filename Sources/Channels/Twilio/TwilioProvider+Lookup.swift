/// Twilio takes no key that would make an attempt safe to repeat, but lists what it has for a recipient.
extension TwilioProvider {
    /// More messages to one number than anybody gets in the time between an attempt and its question.
    private static let pageSize = 100

    func lookupQuestion(_ question: LookupQuestion, _ endpoint: EgressURL) -> HTTPRequest? {
        guard PhoneAddress.isSound(Array(question.address.utf8)) else { return nil }
        var form = FormWriter()
        // Not by `DateSent`: a message that still waits with Twilio has none.
        form.field("To", (isWhatsApp ? "whatsapp:" : "") + question.address)
        form.field("PageSize", "\(Self.pageSize)")
        return HTTPRequest(
            token: 0, method: .get, target: endpoint.target + "?" + form.bytes.text, headers: headers, body: [])
    }

    func lookupAnswer(_ answer: HTTPAnswer, to question: LookupQuestion) -> [LookupAnswer.Found]? {
        guard let list = answer.json?["messages"]?.items else { return nil }
        // A list without our window's beginning may have cut our message off.
        var reachesBack = list.count < Self.pageSize
        var found: [LookupAnswer.Found] = []
        for message in list {
            guard let sid = message["sid"]?.identifier, let direction = message["direction"]?.string,
                let created = message["date_created"]?.string.flatMap(InstantReader.mail)
            else { return nil }
            if created < question.from { reachesBack = true }
            guard direction.hasPrefix("outbound"), created >= question.from, created <= question.until else { continue }
            found.append(
                LookupAnswer.Found(
                    providerID: sid,
                    price: ProviderPrice(message["price"]?.word, currency: message["price_unit"]?.string)))
        }
        return reachesBack ? found : nil
    }

    /// The most that Twilio puts on a page.
    private static let pricePageSize = 1000

    func priceQuestion(_ day: String, page: String?, _ endpoint: EgressURL) -> HTTPRequest? {
        let query = page ?? "DateSent=\(day)&PageSize=\(Self.pricePageSize)"
        return HTTPRequest(token: 0, method: .get, target: endpoint.target + "?" + query, headers: headers, body: [])
    }

    func priceAnswer(_ answer: HTTPAnswer) -> PriceAnswer? {
        guard let json = answer.json, let list = json["messages"]?.items else { return nil }
        let prices = list.compactMap { message -> PriceAnswer.Priced? in
            // A message that was just sent has no price yet.
            guard let sid = message["sid"]?.identifier, message["direction"]?.string?.hasPrefix("outbound") == true,
                let price = ProviderPrice(message["price"]?.word, currency: message["price_unit"]?.string)
            else { return nil }
            return PriceAnswer.Priced(providerID: sid, price: price)
        }
        // Only the query is the answer's: where we ask is ours to say.
        let next = json["next_page_uri"]?.string.flatMap { uri -> String? in
            guard let mark = uri.firstIndex(of: "?"), uri.utf8.count <= 2048,
                uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 })
            else { return nil }
            return String(uri[uri.index(after: mark)...])
        }
        return .page(prices, next: next)
    }
}

extension InstantReader {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Thu, 24 Aug 2023 05:01:45 +0000`, as seconds since 1970.
    static func mail(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count == 6, let month = months.firstIndex(of: String(words[2])), words[1].utf8.count <= 2 else {
            return nil
        }
        let day = words[1].utf8.count == 1 ? "0" + words[1] : String(words[1])
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        let zone = words[5] == "GMT" ? "Z" : String(words[5])
        return self.text("\(words[3])-\(number)-\(day)T\(words[4])\(zone)").map { Int($0 / 1_000_000) }
    }
}
