import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Files of a conversation, and who is writing just now.
extension WebchatRoutes {
    /// A telephone on a slow line needs its time for a picture.
    private static let uploadTimeout = Duration.seconds(60)

    /// The same call for both sides: a page says whether its visitor is writing, with the session's token; our side whether
    /// it is, signed, and learns the same of the visitor.
    func addTyping(to router: Router<ServerContext>) {
        router.post("/webchat/v1/:channel/typing") { request, context in
            guard Self.signature(request).signature.isEmpty else {
                return await signed(request, context) { channel, signature in
                    let body = try await body(of: request)
                    let (isOn, visitor) = try await thread.run { try service.typing(channel, body, signature) }
                    hub.type(.us, visitor, isOn)
                    let (isTyping, isThere) = (hub.isTyping(.visitor, visitor), hub.isListening(visitor))
                    return "{\"visitor_typing\":\(isTyping),\"visitor_online\":\(isThere)}"
                }
            }
            return await answer(request, context) { channel, _ in
                let visitor = try await visitor(channel, request)
                try limit(typing, visitor.id)
                let body = try await body(of: request)
                hub.type(.visitor, visitor, try await thread.run { try service.isTyping(body) })
                return Answer.response(.noContent, "")
            }
        }
    }

    func addFiles(to router: Router<ServerContext>) {
        router.post("/webchat/v1/:channel/files") { request, context in
            await answer(request, context) { channel, _ in
                let visitor = try await visitor(channel, request)
                try limit(uploading, visitor.id)
                guard let name = request.uri.queryParameters["name"] else {
                    throw WebchatService.Refusal(status: 400, code: "chat_malformed")
                }
                let most = service.uploadLimits[channel] ?? 0
                // One byte more tells a file that is too large from one that just fits.
                let body = try await body(of: request, upTo: most + 1, within: Self.uploadTimeout)
                let upload = WebchatService.Upload(
                    name: String(name), type: request.headers[.contentType] ?? "", bytes: body)
                return Self.json(.created, try await thread.run { try service.keep(visitor, upload) })
            }
        }
        router.get("/webchat/v1/:channel/files/:file") { request, context in
            await file(request, context)
        }
    }

    /// Pages show pictures without a header of ours, so that the address itself has to open them. Nothing that a stranger
    /// has brought is ever opened as a page of this server's: it is of one of a few types, which the browser must not guess
    /// anew, and to be kept, not shown; where a page shows it after all, nothing of it runs.
    private func file(_ request: Request, _ context: ServerContext) async -> Response {
        let response = await answer(request, context) { channel, _ in
            guard let id = context.parameters.get("file") else {
                throw WebchatService.Refusal(status: 404, code: "chat_unknown_file")
            }
            let ticket = request.uri.queryParameters["t"].map(String.init)
            let signature = Self.signature(request)
            let file = try await thread.run {
                try service.file(channel, id, ticket, signature.signature.isEmpty ? nil : signature)
            }
            var headers = HTTPFields()
            headers[.contentType] = file.type
            headers[.contentDisposition] = "attachment; filename*=UTF-8''" + Self.escaped(file.name)
            headers[.cacheControl] = "private, max-age=86400"
            if let name = HTTPField.Name("Content-Security-Policy") { headers[name] = "default-src 'none'; sandbox" }
            return Response(
                status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
        }
        var open = response
        open.headers[.crossOriginResourcePolicy] = "cross-origin"
        return open
    }

    /// As RFC 8187 writes names.
    private static func escaped(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: text.append(byte)
            default: text += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
