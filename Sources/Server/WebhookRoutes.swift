import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Synchronization

/// `POST /webhooks/{channel}` takes what a provider sends, `GET` answers its handshake. Answered only after it is on
/// disk: a provider that gets no 200 sends again, one that gets it forgets.
struct WebhookRoutes: Sendable {
    let service: WebhookService
    /// Takes requests; another one reads them, so that reading holds up no provider.
    private let taking: GroupingThread<WebhookService.Call, WebhookService.Reply?>
    let reading: BlockingThread
    /// A provider that is slow to take an answer must not hold up reading.
    let answering: BlockingThread
    let logger: Logger
    private let isReading = Flag()
    private let isAnswering = Flag()

    init(service: WebhookService, logger: Logger) {
        self.service = service
        self.logger = logger
        taking = GroupingThread(limit: 2000, groupLimit: 500, work: service.take)
        reading = BlockingThread(limit: 2)
        answering = BlockingThread(limit: 2)
    }

    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    private static let bodyTimeout = Duration.seconds(20)

    func add(to router: Router<ServerContext>) {
        router.get("/webhooks/:channel") { request, context in
            await receive("GET", request, context)
        }
        router.post("/webhooks/:channel") { request, context in
            await receive("POST", request, context)
        }
        // What an earlier server took and had no time to read.
        beginReading()
    }

    private func receive(_ method: String, _ request: Request, _ context: ServerContext) async -> Response {
        guard let channel = context.parameters.get("channel"), channel.utf8.count <= 128 else {
            return Answer.response(.notFound, "404 Not Found\n")
        }
        let body: [UInt8]
        do {
            let buffer = try await Deadline.within(Self.bodyTimeout) {
                try await request.body.collect(upTo: service.bodyLimit)
            }
            body = Array(buffer: buffer)
        } catch is Deadline.Passed {
            return Answer.response(.requestTimeout, "the request took too long\n")
        } catch {
            return Answer.response(.contentTooLarge, "webhook_too_large\n")
        }
        var headers: [String: String] = [:]
        for field in request.headers where headers[field.name.canonicalName] == nil {
            headers[field.name.canonicalName] = field.value
        }
        let call = WebhookService.Call(
            channel: channel,
            method: method,
            query: request.uri.query,
            headers: headers,
            body: body
        )
        do {
            guard let reply = try await taking.run(call) else {
                return Answer.response(.notFound, "404 Not Found\n")
            }
            if reply.isStored { beginReading() }
            return Answer.response(.init(code: reply.status), reply.text)
        } catch {
            logger.error("webhook could not be stored", metadata: ["error": "\(error)"])
            var response = Answer.response(.serviceUnavailable, "try again\n")
            response.headers[.retryAfter] = "30"
            return response
        }
    }

    /// One reading at a time takes all that came meanwhile. The flag falls before it begins, so that what is stored
    /// during it begins another.
    func beginReading() {
        guard !isReading.isSet.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Task {
            do {
                try await reading.run {
                    isReading.isSet.store(false, ordering: .releasing)
                    try service.process()
                }
                beginAnswering()
            } catch {
                isReading.isSet.store(false, ordering: .releasing)
                logger.error("webhooks could not be read", metadata: ["error": "\(error)"])
            }
        }
    }

    /// As long as something is due, every few seconds: it is due for five minutes at most.
    private func beginAnswering() {
        guard !isAnswering.isSet.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Task {
            do {
                var wait: Double? = 0
                while let seconds = wait {
                    try await Task.sleep(for: .seconds(seconds))
                    wait = try await answering.run {
                        isAnswering.isSet.store(false, ordering: .releasing)
                        return try service.answer()
                    }
                    // Somebody else goes on where reading has begun another round meanwhile.
                    if wait != nil, isAnswering.isSet.exchange(true, ordering: .acquiringAndReleasing) { break }
                }
            } catch {
                isAnswering.isSet.store(false, ordering: .releasing)
                logger.error("replies could not be sent", metadata: ["error": "\(error)"])
            }
        }
    }
}
