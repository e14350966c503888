import Crypto

/// SMS by Vonage: the Messages API signs by token, the older SMS API by a parameter `sig`.
package struct VonageReceiver: WebhookReceiver {
    private let secrets: [String]
    private let accounts: [String]
    private let method: String
    private let window: FreshnessWindow

    init(_ settings: WebhookSettings) {
        secrets = settings.secrets("signature_secret")
        accounts = settings.values("api_key")
        method = settings.values("signature_method").first ?? "sha256"
        let tolerance = settings.integer("tolerance") ?? 300
        window = FreshnessWindow(age: tolerance, ahead: tolerance)
    }

    package func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        guard !secrets.isEmpty else {
            return .refused(.unconfigured)
        }
        guard request.method == "POST" || request.method == "GET" else {
            return .refused(.badMethod)
        }
        let authorization = request.header("authorization")
        guard authorization.isEmpty else {
            return verifyToken(authorization, request, context)
        }
        guard let parameters = Self.parameters(request) else {
            return .refused(.malformed)
        }
        return verifyParameter(parameters, context)
    }

    // MARK: Messages API

    private func verifyToken(
        _ authorization: String,
        _ request: WebhookRequest,
        _ context: WebhookContext
    ) -> WebhookReception {
        let parts = authorization.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            return .refused(.noSignature)
        }
        let segments = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard segments.count == 3, let head = Self.json(segments[0]), let claims = Self.json(segments[1]),
            let code = Base64Text.decodeURL(segments[2]),
            // Exactly this one: a header that says `none` must not switch the check off.
            head["alg"]?.string == "HS256"
        else {
            return .refused(.badSignature)
        }
        let signed = Array("\(segments[0]).\(segments[1])".utf8)
        let matches = secrets.map { KeyedHash.isValid(code, signed, key: $0, with: SHA256.self) }
        guard matches.contains(true) else {
            return .refused(.badSignature)
        }
        guard let hash = claims["payload_hash"]?.string,
            ConstantTime.equal(hash.lowercased(), HexText.encode(SHA256.hash(data: request.body)))
        else {
            return .refused(.badSignature)
        }
        guard claims["iss"]?.string == "Vonage",
            accounts.isEmpty || accounts.contains(claims["api_key"]?.string ?? "")
        else {
            return .refused(.foreign)
        }
        guard let issued = claims["iat"]?.integer, window.admits(Int(issued), now: context.now) else {
            return .refused(.stale)
        }
        return .genuine
    }

    private static func json(_ segment: Substring) -> JSONValue? {
        guard segment.utf8.count <= 8192 else {
            return nil
        }
        return Base64Text.decodeURL(segment).flatMap { JSONReader.read($0) }
    }

    // MARK: SMS API

    /// By account setting they come in the address, as a form or as JSON.
    private static func parameters(_ request: WebhookRequest) -> [String: String]? {
        if request.contentType == "application/json" {
            guard case .object(let members)? = JSONReader.read(request.body) else {
                return nil
            }
            return members.compactMapValues(\.word)
        }
        let fields =
            request.method == "GET"
            ? FormFields(urlencoded: Array(request.query.utf8)) : FormFields(urlencoded: request.body)
        var parameters: [String: String] = [:]
        for field in fields.fields {
            let name = String(decoding: field.name, as: UTF8.self)
            // Which of two is signed nobody says.
            guard parameters[name] == nil else {
                return nil
            }
            parameters[name] = String(decoding: field.value, as: UTF8.self)
        }
        return parameters
    }

    private func verifyParameter(_ parameters: [String: String], _ context: WebhookContext) -> WebhookReception {
        guard let signature = parameters["sig"], !signature.isEmpty else {
            return .refused(.noSignature)
        }
        let signed = Self.signedText(parameters)
        let matches = secrets.map { isSigned(signature.lowercased(), signed, $0) }
        guard matches.contains(true) else {
            return .refused(.badSignature)
        }
        if !accounts.isEmpty, let account = parameters["api-key"], !accounts.contains(account) {
            return .refused(.foreign)
        }
        guard let timestamp = parameters["timestamp"].flatMap({ Int($0) }),
            window.admits(timestamp, now: context.now)
        else {
            return .refused(.stale)
        }
        return .genuine
    }

    package static func signedText(_ parameters: [String: String]) -> String {
        let names = parameters.keys.filter { $0 != "sig" }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return names.map { name in
            let value = (parameters[name] ?? "").replacing("&", with: "_").replacing("=", with: "_")
            return "&\(name)=\(value)"
        }
        .joined()
    }

    private func isSigned(_ signature: String, _ text: String, _ secret: String) -> Bool {
        let message = Array(text.utf8)
        func keyed<H: HashFunction>(_ hash: H.Type) -> Bool {
            KeyedHash.isValid(
                HexText.decode(signature, count: H.Digest.byteCount), message, key: secret, with: hash)
        }
        switch method {
        case "md5": return keyed(Insecure.MD5.self)
        case "sha1": return keyed(Insecure.SHA1.self)
        case "sha256": return keyed(SHA256.self)
        case "sha512": return keyed(SHA512.self)
        case "md5hash":
            let hash = HexText.encode(Insecure.MD5.hash(data: message + Array(secret.utf8)))
            return ConstantTime.equal(hash, signature)
        default: return false
        }
    }

    package func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        if request.contentType == "application/json", let body = JSONReader.read(request.body),
            body["message_uuid"] != nil
        {
            return VonageEvents.message(body, request.body)
        }
        return Self.parameters(request).flatMap(VonageEvents.classic)
    }
}
