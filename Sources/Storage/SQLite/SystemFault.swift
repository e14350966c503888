import Glibc

/// The operating system's words for an error number.
enum SystemFault {
    static func describe(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
