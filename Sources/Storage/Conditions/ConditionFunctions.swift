import CSystemSQLite
import RuleEngine

/// The SQL functions that lowered conditions call. SQLite's own arithmetic turns into floating point where an
/// integer overflows and knows no rounding, so the engine's arithmetic serves both.
package enum ConditionFunctions {
    static let arithmetic = "carillon_arithmetic"
    static let sum = "carillon_sum"

    /// Call it once on every connection that runs conditions, after opening it: `register(on: handle)`.
    ///
    /// - Returns: SQLite's result code, `SQLITE_OK` in practice.
    package static func register(on connection: OpaquePointer) -> Int32 {
        let result = sqlite3_create_function_v2(
            connection, arithmetic, 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nil,
            { context, count, arguments in
                guard count == 3, let arguments,
                    sqlite3_value_type(arguments[1]) == SQLITE_INTEGER,
                    sqlite3_value_type(arguments[2]) == SQLITE_INTEGER,
                    let arithmetic = Arithmetic(rawValue: Int(sqlite3_value_int64(arguments[0]))),
                    let result = arithmetic.apply(
                        sqlite3_value_int64(arguments[1]), sqlite3_value_int64(arguments[2]))
                else { return sqlite3_result_null(context) }
                sqlite3_result_int64(context, result)
            },
            nil, nil, nil)
        return result == SQLITE_OK ? registerSum(on: connection) : result
    }

    /// SQLite's own sum ends the statement with an error where an integer overflows, even if a later value would bring
    /// it back. This one adds in 128 bits, leaves out what is missing, and is missing where the end doesn't fit.
    private static func registerSum(on connection: OpaquePointer) -> Int32 {
        sqlite3_create_function_v2(
            connection, sum, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nil, nil,
            { context, count, arguments in
                guard count == 1, let arguments, sqlite3_value_type(arguments[0]) == SQLITE_INTEGER,
                    let words = sqlite3_aggregate_context(context, 16)?.assumingMemoryBound(to: UInt64.self)
                else { return }
                let total = ConditionFunctions.total(words) + Int128(sqlite3_value_int64(arguments[0]))
                words[0] = UInt64(truncatingIfNeeded: total)
                words[1] = UInt64(truncatingIfNeeded: total >> 64)
            },
            { context in
                // Without a row there is no memory: the sum of nothing is nothing.
                let words = sqlite3_aggregate_context(context, 0)?.assumingMemoryBound(to: UInt64.self)
                let total = words.map { ConditionFunctions.total($0) } ?? 0
                if let total = Int64(exactly: total) {
                    sqlite3_result_int64(context, total)
                } else {
                    sqlite3_result_null(context)
                }
            },
            nil)
    }

    /// SQLite aligns its memory to eight bytes, which is too little for an `Int128`.
    private static func total(_ words: UnsafeMutablePointer<UInt64>) -> Int128 {
        Int128(Int64(bitPattern: words[1])) << 64 | Int128(words[0])
    }
}
