import Glibc

/// How the C library's allocator gives memory back.
enum ProcessHeap {
    /// `M_TRIM_THRESHOLD` of <malloc.h>, which Swift doesn't see.
    private static let trimThreshold: CInt = -1
    private static let kept: CInt = 16 << 20

    /// SQLite takes a hundred kilobytes for some statements and frees them with each. Where they lie at the heap's top, each
    /// would be given back to the system and asked for again, page by page: a campaign took twenty times as long.
    static func keepTop() {
        typealias Function = @convention(c) (CInt, CInt) -> CInt
        guard let address = dlsym(nil, "mallopt") else { return }
        _ = unsafeBitCast(address, to: Function.self)(trimThreshold, kept)
    }
}
