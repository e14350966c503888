// swift-tools-version: 6.2
import PackageDescription

// The dependency rule of the house, declared once. `make check` builds with
// `--explicit-target-dependency-import-check error`, so an import that is not listed here fails the build.

/// What every target of ours is compiled with. Dependencies keep their own settings.
let house: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
/// RSA, which Amazon signs its notifications with, and scrypt for passwords are not in the plain product.
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")

let package = Package(
    name: "carillon",
    products: [
        .executable(name: "carillon", targets: ["CLI"]),
        .executable(name: "carillon-bench", targets: ["Bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        // Hummingbird's own dependencies whose types its API shows: listed because the build checks every import.
        .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        // The header compression of HTTP/2, for the server that plays providers; Hummingbird has the package anyway.
        .package(url: "https://github.com/apple/swift-nio-http2.git", exact: "1.46.0"),
    ],
    targets: [
        .systemLibrary(name: "CSystemYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSystemSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CSystemCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCurlShim", dependencies: ["CSystemCurl"]),
        .systemLibrary(name: "CSystemZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSystemTLS", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),

        .target(
            name: "RuleEngine", dependencies: ["CSystemYAML"],
            resources: [.embedInCode("Time/Holidays/holidays.txt")], swiftSettings: house),
        .target(name: "Channels", dependencies: ["CCurlShim", crypto, cryptoExtras], swiftSettings: house),
        .target(
            name: "Runner",
            dependencies: ["RuleEngine", "Channels", crypto, cryptoExtras],
            resources: [
                .embedInCode("Packs/europe.yaml"), .embedInCode("Packs/north-america.yaml"),
                .embedInCode("Packs/us-states.yaml"), .embedInCode("Packs/asia-pacific.yaml"),
                .embedInCode("Places/places.txt"),
            ],
            swiftSettings: house
        ),
        .target(
            name: "Storage",
            dependencies: ["RuleEngine", "Runner", "CSystemSQLite", crypto],
            swiftSettings: house
        ),
        .target(
            name: "Server",
            dependencies: [
                "Runner", "RuleEngine", "CSystemZlib",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: house
        ),
        .target(name: "LanguageServer", dependencies: ["RuleEngine"], swiftSettings: house),
        .target(
            name: "Sandbox",
            dependencies: [
                "Channels", "CSystemTLS", crypto, cryptoExtras,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
            ],
            swiftSettings: house
        ),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "RuleEngine", "Channels", "Runner", "Storage", "Server", "Sandbox", "LanguageServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house
        ),
        .executableTarget(
            name: "Bench",
            dependencies: ["RuleEngine", "LanguageServer", "Channels", "Runner", "Storage", "TestKit"],
            swiftSettings: house
        ),
        .target(name: "TestKit", dependencies: ["RuleEngine", "Channels", "Runner"], swiftSettings: house),

        .testTarget(name: "RuleEngineTests", dependencies: ["RuleEngine", "TestKit"], swiftSettings: house),
        .testTarget(
            name: "ChannelsTests", dependencies: ["Channels", "TestKit"], exclude: ["Vectors"], swiftSettings: house),
        .testTarget(
            name: "RunnerTests", dependencies: ["Runner", "RuleEngine", "Channels", "Storage", "TestKit"],
            swiftSettings: house),
        .testTarget(
            name: "RehearsalTests", dependencies: ["Runner", "RuleEngine", "Channels", "Storage", "TestKit"],
            swiftSettings: house),
        .testTarget(
            name: "StorageTests",
            dependencies: ["Storage", "Runner", "Channels", "RuleEngine", "TestKit", "CSystemSQLite"],
            swiftSettings: house),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "Runner", "Channels", "RuleEngine", "Storage", "TestKit",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "LanguageServerTests", dependencies: ["LanguageServer", "RuleEngine", "Runner", "CLI", "TestKit"],
            swiftSettings: house),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", "Channels", "TestKit"], swiftSettings: house),
        .testTarget(name: "CLITests", dependencies: ["CLI", "Runner", "RuleEngine"], swiftSettings: house),
        .testTarget(
            name: "ExamplesTests", dependencies: ["RuleEngine", "Runner", "Channels", "TestKit"],
            exclude: ["Explained"], swiftSettings: house),
        .testTarget(name: "TidyTests", dependencies: ["TestKit"], swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
