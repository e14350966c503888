import CSystemSQLite
import RuleEngine

/// The SQL functions that lowered conditions call. SQLite's own arithmetic turns into floating point where an
/// integer overflows and knows no rounding, so the engine's arithmetic serves both.
package enum ConditionFunctions {
    static let arithmetic = "carillon_arithmetic"

    /// Call it once on every connection that runs conditions, after opening it: `register(on: handle)`.
    ///
    /// - Returns: SQLite's result code, `SQLITE_OK` in practice.
    package static func register(on connection: OpaquePointer) -> Int32 {
        sqlite3_create_function_v2(
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
    }
}
