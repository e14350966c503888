import CCurlShim
import Glibc

/// Where a mail server is and how its connections are secured.
struct MailEndpoint: Sendable {
    enum Security: String, Sendable {
        case implicit, starttls, none
    }

    var host: String
    var port: Int
    var security: Security
    var clientName: String
    var authorityFile: String?
    var user: String?
    var password: Secret?
    var openTimeout: Double
}

/// One connection to a mail server: opened, secured and logged in by libcurl, then ours to talk on.
///
/// `CURLOPT_CONNECT_ONLY` ends the transfer behind the login and leaves the connection open. What follows needs no
/// libcurl where it is plain; where it is TLS, bytes go through `curl_easy_send` and `curl_easy_recv`. Belongs to one
/// thread.
final class MailConnection {
    enum Opening {
        case pending
        case open
        case failed(code: String)
    }

    enum Transfer {
        case bytes(Int)
        case wouldBlock
        case closed
    }

    fileprivate let handle: OpaquePointerHandle
    private(set) var opening = Opening.pending
    private(set) var socket: Int32 = -1
    let isSecure: Bool
    private let needsLogin: Bool
    /// The server's lines while the connection was opened.
    private var lines: [[UInt8]] = []

    fileprivate init(_ endpoint: MailEndpoint) throws(ChannelSetupError) {
        guard let handle = curl_easy_init() else {
            throw ChannelSetupError(message: "libcurl has no handle left")
        }
        self.handle = handle
        isSecure = endpoint.security != .none
        needsLogin = endpoint.user != nil
        configure(endpoint)
    }

    private func configure(_ endpoint: MailEndpoint) {
        let scheme = endpoint.security == .implicit ? "smtps" : "smtp"
        let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
        carillon_set_text(handle, CURLOPT_URL, "\(scheme)://\(host):\(endpoint.port)/\(endpoint.clientName)")
        carillon_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        carillon_set_text(handle, CURLOPT_PROXY, "")
        carillon_set_long(handle, CURLOPT_NOSIGNAL, 1)
        carillon_set_long(handle, CURLOPT_CONNECT_ONLY, 1)
        carillon_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
        let timeout = Int(endpoint.openTimeout * 1000)
        carillon_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, timeout)
        carillon_set_long(handle, CURLOPT_TIMEOUT_MS, timeout)
        carillon_set_long(handle, CURLOPT_USE_SSL, endpoint.security == .none ? 0 : 3)
        carillon_set_long(handle, CURLOPT_SSLVERSION, 6)
        carillon_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        carillon_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        if let file = endpoint.authorityFile {
            carillon_set_text(handle, CURLOPT_CAINFO, file)
        }
        if let user = endpoint.user, let password = endpoint.password {
            carillon_set_text(handle, CURLOPT_USERNAME, user)
            carillon_set_text(handle, CURLOPT_PASSWORD, password.exposed)
            carillon_set_text(handle, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
            carillon_set_long(handle, CURLOPT_SASL_IR, 1)
        }
        let context = Unmanaged.passUnretained(self).toOpaque()
        carillon_set_pointer(handle, CURLOPT_HEADERDATA, context)
        carillon_set_data_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else {
                return 0
            }
            let connection = Unmanaged<MailConnection>.fromOpaque(context).takeUnretainedValue()
            return connection.heard(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
    }

    /// A server that talks without end is cut off.
    private func heard(_ line: UnsafeRawBufferPointer) -> Bool {
        guard lines.count < 256, line.count < 8192 else {
            return false
        }
        lines.append(Array(line))
        return true
    }

    fileprivate func opened(_ result: CURLcode) {
        guard result == CURLE_OK else {
            opening = .failed(code: MailConnection.code(result, lines: lines))
            return
        }
        if needsLogin, !capabilities.contains(where: { $0.hasPrefix("AUTH ") || $0.hasPrefix("AUTH=") }) {
            opening = .failed(code: "login_not_offered")
            return
        }
        var socket: curl_socket_t = -1
        guard carillon_get_socket(handle, &socket) == CURLE_OK, socket >= 0 else {
            opening = .failed(code: "connection_lost")
            return
        }
        self.socket = socket
        opening = .open
    }

    /// What the server offered in its last greeting: after STARTTLS only what it said inside TLS counts.
    var capabilities: [String] {
        var offered: [String] = []
        for line in lines {
            let isContinued = line.count > 3 && line[3] == 0x2D
            if line.starts(with: Array("220".utf8)) {
                offered = []
            } else if line.starts(with: Array("250".utf8)), line.count > 4 {
                offered.append(line[4...].filter { $0 != 0x0D && $0 != 0x0A }.map { $0 }.text.uppercased())
            } else if !isContinued, line.starts(with: Array("5".utf8)) {
                continue
            }
        }
        return offered
    }

    private static func code(_ result: CURLcode, lines: [[UInt8]]) -> String {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST: return "host_not_found"
        case CURLE_COULDNT_CONNECT: return "connection_refused"
        case CURLE_OPERATION_TIMEDOUT: return "connect_timeout"
        case CURLE_PEER_FAILED_VERIFICATION: return "tls_certificate_refused"
        case CURLE_SSL_CACERT_BADFILE: return "tls_ca_file_unreadable"
        case CURLE_SSL_CONNECT_ERROR: return "tls_failed"
        default: break
        }
        if let last = lines.last, last.count >= 4, last[0] == 0x34 || last[0] == 0x35 {
            return SMTPReply.code(of: last)
        }
        switch result {
        case CURLE_USE_SSL_FAILED: return "starttls_not_offered"
        case CURLE_LOGIN_DENIED: return "login_refused"
        case CURLE_WEIRD_SERVER_REPLY: return "malformed_answer"
        default: return "connection_failed_\(result.rawValue)"
        }
    }

    func receive(into room: UnsafeMutableRawBufferPointer) -> Transfer {
        if isSecure {
            var count = 0
            switch curl_easy_recv(handle, room.baseAddress, room.count, &count) {
            case CURLE_OK: return count > 0 ? .bytes(count) : .closed
            case CURLE_AGAIN: return .wouldBlock
            default: return .closed
            }
        }
        while true {
            let count = Glibc.recv(socket, room.baseAddress, room.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                return .bytes(count)
            }
            if count < 0, errno == EINTR {
                continue
            }
            return count < 0 && errno == EAGAIN ? .wouldBlock : .closed
        }
    }

    /// After `wouldBlock` on a secure connection the same bytes must be given again, at the same place in memory.
    func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        if isSecure {
            var count = 0
            switch curl_easy_send(handle, bytes.baseAddress, bytes.count, &count) {
            case CURLE_OK: return .bytes(count)
            case CURLE_AGAIN: return .wouldBlock
            default: return .closed
            }
        }
        while true {
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
            let count = Glibc.send(socket, bytes.baseAddress, bytes.count, flags)
            if count >= 0 {
                return .bytes(count)
            }
            if errno == EINTR {
                continue
            }
            return errno == EAGAIN ? .wouldBlock : .closed
        }
    }
}

private typealias OpaquePointerHandle = UnsafeMutableRawPointer

/// Opens mail connections side by side, and waits for sockets while it does. Belongs to one thread.
final class MailConnector {
    private let endpoint: MailEndpoint
    private let multi: UnsafeMutableRawPointer
    private var pending: [MailConnection] = []
    private var waiting: [curl_waitfd] = []
    private var polled: [pollfd] = []

    init(_ endpoint: MailEndpoint) throws(ChannelSetupError) {
        curl_global_init(Int(CURL_GLOBAL_ALL))
        guard let multi = curl_multi_init() else {
            throw ChannelSetupError(message: "libcurl can't be started")
        }
        self.endpoint = endpoint
        self.multi = multi
    }

    deinit {
        curl_multi_cleanup(multi)
    }

    func begin() throws(ChannelSetupError) -> MailConnection {
        let connection = try MailConnection(endpoint)
        curl_multi_add_handle(multi, connection.handle)
        pending.append(connection)
        return connection
    }

    func close(_ connection: MailConnection) {
        pending.removeAll { $0 === connection }
        curl_multi_remove_handle(multi, connection.handle)
        curl_easy_cleanup(connection.handle)
    }

    /// Moves the openings on, and tells those that ended.
    func advance() {
        guard !pending.isEmpty else {
            return
        }
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE,
                let connection = pending.first(where: { $0.handle == message.pointee.easy_handle })
            else {
                continue
            }
            pending.removeAll { $0 === connection }
            connection.opened(carillon_message_result(message))
        }
    }

    struct Interest {
        var descriptor: Int32
        var wantsWrite: Bool
        var isReady = false
    }

    /// Sleeps until one of the sockets is ready, an opening can move on, or the time is over.
    func wait(_ interests: inout [Interest], milliseconds: Int32) {
        if pending.isEmpty {
            polled.removeAll(keepingCapacity: true)
            for interest in interests {
                let events = Int16(POLLIN) | (interest.wantsWrite ? Int16(POLLOUT) : 0)
                polled.append(pollfd(fd: interest.descriptor, events: events, revents: 0))
            }
            _ = poll(&polled, UInt(polled.count), milliseconds)
            for index in interests.indices {
                interests[index].isReady = polled[index].revents != 0
            }
            return
        }
        waiting.removeAll(keepingCapacity: true)
        for interest in interests {
            let events = Int16(CURL_WAIT_POLLIN) | (interest.wantsWrite ? Int16(CURL_WAIT_POLLOUT) : 0)
            waiting.append(curl_waitfd(fd: interest.descriptor, events: events, revents: 0))
        }
        // A hung-up socket may show as no event at all here, so every socket is looked at: reading one that has
        // nothing costs a system call, and only while connections are being opened.
        _ = curl_multi_poll(multi, &waiting, UInt32(waiting.count), milliseconds, nil)
        for index in interests.indices {
            interests[index].isReady = true
        }
    }
}
