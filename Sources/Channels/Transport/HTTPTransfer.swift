import CCurlShim
import Glibc

/// The addresses that libcurl takes a host's name for, so that it looks nothing up by itself.
final class HTTPPin {
    fileprivate let list: UnsafeMutablePointer<curl_slist>?

    init(_ url: EgressURL, _ addresses: [EgressAddress]) {
        let texts = addresses.map { $0.isIPv4 ? $0.description : "[\($0.description)]" }
        list = curl_slist_append(nil, "\(url.host):\(url.port):" + texts.joined(separator: ","))
    }

    deinit {
        curl_slist_free_all(list)
    }
}

/// A libcurl handle that is used for one request after another, and what is known of the request under way.
///
/// Everything that is the same for all requests of an account is set once. Belongs to one thread.
final class HTTPTransfer {
    static let headerLimit = 64 << 10

    let handle: UnsafeMutableRawPointer
    private let account: HTTPAccount
    private var headerList: UnsafeMutablePointer<curl_slist>?
    /// Kept as long as the handle points to it.
    private var pin: HTTPPin?
    private(set) var request = HTTPRequest(token: 0, body: [])
    private var answer = HTTPAnswer(status: 0)
    /// Bytes of the answer's head; above zero once an answer has begun.
    private var headBytes = 0
    private var hasWholeHead = false
    /// How often a connection was ready for the request. Above one, libcurl sends it again.
    private var starts = 0
    private var wasRefused = false
    /// A second start can only mean that the server has not looked at the request.
    private var repeatsOnlyUnseen = false

    init?(_ account: HTTPAccount) {
        guard let handle = curl_easy_init() else {
            return nil
        }
        self.handle = handle
        self.account = account
        configure()
        listen()
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headerList)
    }

    /// libcurl sends a request again in two cases: an HTTP/2 server has said that it didn't look at it (GOAWAY, or
    /// REFUSED_STREAM), and a connection that was used before has ended without a byte of an answer. The first is safe, the
    /// second may deliver twice, and the callback before a request can't tell them apart. The second is left out for one
    /// value of an option that is otherwise of RTSP (`Curl_retry_request`); a libcurl that doesn't have the option says so,
    /// and then nothing is repeated.
    private func dropsRepeats(_ isOn: Bool) -> Bool {
        let receive = 11
        return carillon_set_long(handle, CURLOPT_RTSP_REQUEST, isOn ? receive : 1) == CURLE_OK
    }

    private func configure() {
        carillon_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        carillon_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        // Without this, libcurl asks the environment for a proxy, which would reach any address for us.
        carillon_set_text(handle, CURLOPT_PROXY, "")
        carillon_set_long(handle, CURLOPT_NOSIGNAL, 1)
        // HTTP/2 where TLS offers it; else HTTP/1.1.
        carillon_set_long(handle, CURLOPT_HTTP_VERSION, 4)
        carillon_set_long(handle, CURLOPT_PIPEWAIT, account.endpoint.isSecure ? 1 : 0)
        carillon_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(account.connectTimeout * 1000))
        carillon_set_long(handle, CURLOPT_TIMEOUT_MS, Int(account.timeout * 1000))
        carillon_set_long(handle, CURLOPT_SSLVERSION, 6)
        carillon_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        carillon_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        if let file = account.authorityFile {
            carillon_set_text(handle, CURLOPT_CAINFO, file)
        }
        carillon_set_text(handle, CURLOPT_USERAGENT, "carillon")
        carillon_set_text(handle, CURLOPT_URL, account.endpoint.text(target: account.endpoint.target))
    }

    private func listen() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        carillon_set_pointer(handle, CURLOPT_HEADERDATA, context)
        carillon_set_data_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let transfer = HTTPTransfer.at(context) else {
                return 0
            }
            return transfer.heard(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        carillon_set_pointer(handle, CURLOPT_WRITEDATA, context)
        carillon_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let transfer = HTTPTransfer.at(context) else {
                return 0
            }
            return transfer.received(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        carillon_set_pointer(handle, CURLOPT_PREREQDATA, context)
        carillon_set_prereq_callback(handle) { context, _, _, _, _ in
            HTTPTransfer.at(context)?.mayStart() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
        carillon_set_pointer(handle, CURLOPT_OPENSOCKETDATA, context)
        carillon_set_socket_callback(handle) { context, purpose, address in
            guard let address, purpose == CURLSOCKTYPE_IPCXN, let transfer = HTTPTransfer.at(context) else {
                return -1
            }
            return transfer.openSocket(address)
        }
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer? {
        context.map { Unmanaged<HTTPTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Makes the handle ready for one request. False where a header can't be sent as it is.
    func prepare(_ request: HTTPRequest, pin: HTTPPin?) -> Bool {
        self.request = request
        answer = HTTPAnswer(status: 0)
        headBytes = 0
        hasWholeHead = false
        starts = 0
        wasRefused = false
        curl_slist_free_all(headerList)
        headerList = nil
        // An empty `Expect` keeps libcurl from asking first and waiting a second for servers that don't answer that.
        for header in ["Expect:"] + account.headers + request.headers + (account.sign?(request) ?? []) {
            guard !Array(header.utf8).holdsControl, let longer = curl_slist_append(headerList, header) else {
                return false
            }
            headerList = longer
        }
        carillon_set_list(handle, CURLOPT_HTTPHEADER, headerList)
        if let target = request.target {
            carillon_set_text(handle, CURLOPT_URL, account.endpoint.text(target: target))
        }
        carillon_set_list(handle, CURLOPT_RESOLVE, pin?.list)
        self.pin = pin
        repeatsOnlyUnseen = !account.mayRepeat && !request.isHarmless && dropsRepeats(true)
        if !repeatsOnlyUnseen { _ = dropsRepeats(false) }
        switch request.method {
        case .get:
            carillon_set_text(handle, CURLOPT_CUSTOMREQUEST, nil)
            carillon_set_long(handle, CURLOPT_HTTPGET, 1)
            return true
        case .post: carillon_set_text(handle, CURLOPT_CUSTOMREQUEST, nil)
        case .other(let word): carillon_set_text(handle, CURLOPT_CUSTOMREQUEST, word.description)
        }
        carillon_set_long(handle, CURLOPT_POST, 1)
        carillon_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        request.body.withUnsafeBytes { bytes in
            _ = carillon_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(handle))
        }
        return true
    }

    /// Forgets the request and keeps the handle.
    func reset() {
        if request.target != nil {
            carillon_set_text(handle, CURLOPT_URL, account.endpoint.text(target: account.endpoint.target))
        }
        request = HTTPRequest(token: 0, body: [])
        answer = HTTPAnswer(status: 0)
    }

    /// Called before the first byte is written to a connection. The second time means that the first connection was
    /// lost without an answer, or that an HTTP/2 server has not looked at the request.
    private func mayStart() -> Bool {
        starts += 1
        return starts == 1 || account.mayRepeat || request.isHarmless || repeatsOnlyUnseen && starts == 2
    }

    /// The last check, on the very address that is connected to.
    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        guard let raw = carillon_socket_address(address),
            let peer = EgressAddress(raw, length: Int(address.pointee.addrlen)),
            (try? account.egress.check(peer, for: account.endpoint)) != nil
        else {
            wasRefused = true
            return -1
        }
        return socket(
            address.pointee.family,
            address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
            address.pointee.protocol
        )
    }

    private func heard(_ line: UnsafeRawBufferPointer) -> Bool {
        headBytes += line.count
        guard headBytes <= HTTPTransfer.headerLimit else {
            return false
        }
        if line.starts(with: Array("HTTP/".utf8)) {
            answer = HTTPAnswer(status: 0)
            hasWholeHead = false
        } else if line.first == 0x0D || line.first == 0x0A {
            hasWholeHead = true
        } else if let value = HTTPTransfer.value(of: "retry-after:", in: line) {
            answer.retryAfter = value
        } else if let value = HTTPTransfer.value(of: "content-type:", in: line) {
            answer.contentType = value.lowercased()
        } else {
            keepHeader(line)
        }
        return true
    }

    private func keepHeader(_ line: UnsafeRawBufferPointer) {
        guard !account.answerHeaders.isEmpty, let colon = line.firstIndex(of: 0x3A), colon <= 64 else {
            return
        }
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        if account.answerHeaders.contains(name) {
            answer.headers[name] = String(decoding: line[(colon + 1)...], as: UTF8.self).trimmingBlanks
        }
    }

    private static func value(of name: StaticString, in line: UnsafeRawBufferPointer) -> String? {
        guard line.count > name.utf8CodeUnitCount, let start = line.baseAddress else {
            return nil
        }
        let same = strncasecmp(
            start.assumingMemoryBound(to: CChar.self),
            UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self),
            name.utf8CodeUnitCount
        )
        return same == 0 ? String(decoding: line[name.utf8CodeUnitCount...], as: UTF8.self).trimmingBlanks : nil
    }

    private func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let room = account.answerLimit - answer.body.count
        answer.body.append(contentsOf: bytes.prefix(room))
        answer.isCut = bytes.count > room
        return !answer.isCut
    }

    /// What became of the request, from libcurl's result and from how far it got.
    func result(_ code: CURLcode) -> HTTPResult {
        var status = 0
        carillon_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        // The status came in full and it was us who closed the connection.
        if code == CURLE_OK || code == CURLE_WRITE_ERROR && answer.isCut {
            // libcurl takes a head that breaks off behind the status line for a whole one.
            guard hasWholeHead else {
                return .lost(.answer, detail: "truncated_answer")
            }
            guard (200...599).contains(status) else {
                return .lost(.answer, detail: "\(status)")
            }
            answer.status = status
            return .answered(answer)
        }
        let text = wasRefused ? "address_refused" : HTTPTransfer.text(code)
        if repeatsOnlyUnseen, starts == 3, code == CURLE_ABORTED_BY_CALLBACK {
            return .notSent(code: "stream_refused")
        }
        guard let phase else {
            return .notSent(code: text)
        }
        if phase == .answer || HTTPTransfer.isMalformed(code) {
            return .lost(.answer, detail: text)
        }
        return .lost(phase, detail: starts > 1 && code == CURLE_ABORTED_BY_CALLBACK ? "connection_lost" : text)
    }

    /// How far the request under way got; nil while nothing of it was written.
    var phase: AmbiguousPhase? {
        var written = 0
        carillon_get_long(handle, CURLINFO_REQUEST_SIZE, &written)
        guard starts > 0, written > 0 || headBytes > 0 else {
            return nil
        }
        if headBytes > 0 {
            return .answer
        }
        // libcurl counts from zero when it sends again, so the first copy must be taken as sent.
        guard starts == 1 else {
            return .awaitingAnswer
        }
        var uploaded: curl_off_t = 0
        carillon_get_size(handle, CURLINFO_SIZE_UPLOAD_T, &uploaded)
        return uploaded < request.body.count ? .sending : .awaitingAnswer
    }

    private static func isMalformed(_ code: CURLcode) -> Bool {
        code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_BAD_CONTENT_ENCODING
    }

    private static func text(_ code: CURLcode) -> String {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: "host_not_found"
        case CURLE_COULDNT_CONNECT: "connection_refused"
        case CURLE_OPERATION_TIMEDOUT: "timeout"
        case CURLE_PEER_FAILED_VERIFICATION: "tls_certificate_refused"
        case CURLE_SSL_CACERT_BADFILE: "tls_ca_file_unreadable"
        case CURLE_SSL_CONNECT_ERROR: "tls_failed"
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2, CURLE_HTTP2_STREAM: "connection_lost"
        case CURLE_PARTIAL_FILE: "truncated_answer"
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL: "malformed_answer"
        case CURLE_WRITE_ERROR: "answer_headers_too_large"
        default: "http_failed_\(code.rawValue)"
        }
    }
}
