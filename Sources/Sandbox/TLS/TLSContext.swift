import CSystemTLS
import Glibc

/// A certificate and its key, for connections that clients open. HTTP/2 is chosen where the client offers it.
final class TLSContext: @unchecked Sendable {
    // OpenSSL counts the references of a context by itself, and nothing in it is changed once `init` has returned.
    private let context: OpaquePointer

    /// Both in PEM.
    init?(certificate: String, key: String) {
        guard let context = SSL_CTX_new(TLS_server_method()) else { return nil }
        self.context = context
        guard let leaf = Self.reading(certificate, { PEM_read_bio_X509($0, nil, nil, nil) }) else { return nil }
        defer { X509_free(leaf) }
        guard let secret = Self.reading(key, { PEM_read_bio_PrivateKey($0, nil, nil, nil) }) else { return nil }
        defer { EVP_PKEY_free(secret) }
        guard SSL_CTX_use_certificate(context, leaf) == 1, SSL_CTX_use_PrivateKey(context, secret) == 1 else {
            return nil
        }
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, chosen, length, offered, count, _ in
                // Each offered name stands behind its length.
                guard let offered, let chosen, let length else { return 3 }
                for wanted in ["h2", "http/1.1"] {
                    var at: UInt32 = 0
                    while at < count {
                        let size = UInt32(offered[Int(at)])
                        guard at + 1 + size <= count else { return 3 }
                        let name = UnsafeBufferPointer(start: offered + Int(at) + 1, count: Int(size))
                        if name.elementsEqual(wanted.utf8) {
                            chosen.pointee = name.baseAddress
                            length.pointee = UInt8(size)
                            return 0
                        }
                        at += 1 + size
                    }
                }
                return 3  // SSL_TLSEXT_ERR_NOACK: neither, so nothing is said.
            }, nil)
    }

    deinit {
        SSL_CTX_free(context)
    }

    private static func reading(_ text: String, _ read: (OpaquePointer?) -> OpaquePointer?) -> OpaquePointer? {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { raw in
            guard let memory = BIO_new_mem_buf(raw.baseAddress, Int32(raw.count)) else { return nil }
            defer { BIO_free(memory) }
            return read(memory)
        }
    }

    /// Nil where the client goes away or doesn't trust us.
    func accept(_ descriptor: Int32) -> TLSSession? {
        guard let session = SSL_new(context) else { return nil }
        guard SSL_set_fd(session, descriptor) == 1, SSL_accept(session) == 1 else {
            SSL_free(session)
            return nil
        }
        return TLSSession(session)
    }
}

/// One connection's encryption. Belongs to the thread that serves the connection.
final class TLSSession {
    private let session: OpaquePointer

    fileprivate init(_ session: OpaquePointer) {
        self.session = session
    }

    deinit {
        SSL_free(session)
    }

    var isHTTP2: Bool {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(session, &name, &length)
        return UnsafeBufferPointer(start: name, count: Int(length)).elementsEqual("h2".utf8)
    }

    /// Zero or less at the end.
    func read(_ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        Int(SSL_read(session, bytes, Int32(count)))
    }

    func write(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        Int(SSL_write(session, bytes, Int32(count)))
    }

    /// Says that nothing more comes. Without it the other side sees a connection that was cut.
    func end() {
        SSL_shutdown(session)
    }
}
