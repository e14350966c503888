import HTTPTypes
import Synchronization

/// Counts requests by route, and how long they took, as Prometheus reads it (text format 0.0.4). Its size is that of the
/// route table: callers can't make it grow.
final class RequestMetrics: Sendable {
    private struct Series: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Times {
        var buckets = [Int](repeating: 0, count: RequestMetrics.bounds.count)
        var count = 0
        var seconds = 0.0
    }

    private struct State {
        var requests: [Series: Int] = [:]
        var times: [String: Times] = [:]
    }

    private static let bounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private let state = Mutex(State())
    private let startedAt = ContinuousClock.now

    func count(_ route: APIRoute, status: Int, _ time: Duration) {
        let series = Series(method: route.method.rawValue, route: route.path, status: status)
        let seconds = time / .seconds(1)
        state.withLock { state in
            state.requests[series, default: 0] += 1
            var times = state.times[route.id] ?? Times()
            if let bucket = Self.bounds.firstIndex(where: { seconds <= $0 }) { times.buckets[bucket] += 1 }
            times.count += 1
            times.seconds += seconds
            state.times[route.id] = times
        }
    }

    /// - Parameter isReady: whether everything works that the process is for.
    func text(isReady: Bool) -> String {
        let (requests, times) = state.withLock { ($0.requests, $0.times) }
        var text = """
            # HELP carillon_up_seconds Time since the server began.
            # TYPE carillon_up_seconds gauge
            carillon_up_seconds \((ContinuousClock.now - startedAt) / .seconds(1))
            # HELP carillon_ready Whether everything works that this process is for.
            # TYPE carillon_ready gauge
            carillon_ready \(isReady ? 1 : 0)
            # HELP carillon_http_requests_total Requests of the API that were answered.
            # TYPE carillon_http_requests_total counter

            """
        for (series, count) in requests.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
            text += "carillon_http_requests_total{method=\"\(series.method)\",route=\"\(series.route)\","
            text += "status=\"\(series.status)\"} \(count)\n"
        }
        text += """
            # HELP carillon_http_request_seconds How long answers took.
            # TYPE carillon_http_request_seconds histogram

            """
        for (operation, times) in times.sorted(by: { $0.key < $1.key }) {
            var sum = 0
            for (bound, count) in zip(Self.bounds, times.buckets) {
                sum += count
                text += "carillon_http_request_seconds_bucket{operation=\"\(operation)\",le=\"\(bound)\"} \(sum)\n"
            }
            text += "carillon_http_request_seconds_bucket{operation=\"\(operation)\",le=\"+Inf\"} \(times.count)\n"
            text += "carillon_http_request_seconds_sum{operation=\"\(operation)\"} \(times.seconds)\n"
            text += "carillon_http_request_seconds_count{operation=\"\(operation)\"} \(times.count)\n"
        }
        return text
    }

    private static func order(_ series: Series) -> String {
        "\(series.route) \(series.method) \(series.status)"
    }
}
