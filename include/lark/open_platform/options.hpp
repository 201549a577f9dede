// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/invalid_option.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/registration/trace.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lark::open_platform {

inline constexpr std::string_view feishu_domain = "https://open.feishu.cn";    ///< API host of Feishu
inline constexpr std::string_view lark_domain = "https://open.larksuite.com";  ///< API host of Lark

/// The API host of an app: `lark_domain` for the tenant brand `lark`, `feishu_domain` for any other. Without a tenant
/// brand the brand that issued the app decides (protocol.md, section 6). From any thread; throws nothing.
[[nodiscard]] LARK_EXPORT std::string_view domain_of(const registration::app& app) noexcept;

/// Options of a client. Aggregate. They are checked before any request; errors are reported as
/// `registration::invalid_option` with the option's name.
struct client_options {
    /// API host: scheme and host, optional port, and for a gateway in front of it a path; a trailing `/` is tolerated.
    /// `https`, or `http` for a loopback host.
    /// Unset: by the brand of the tenant if the client is made from a registration, else Feishu's.
    std::optional<std::string> domain{};

    /// For an app without an App Secret: returns a client assertion for `audience`, the accounts host (RFC 7523;
    /// protocol.md, section 6). It is a JWT that a service or a device of the caller's has signed: this library signs
    /// nothing, and keeps neither key nor assertion. With it the App Secret is not looked at.
    ///
    /// Called once for each request of a token, on the thread of the call that needs one, by one thread at a time;
    /// other calls wait. An empty assertion ends the calls with code 7101. So does a `std::exception`, with code 7102
    /// and its text; any other exception comes out of the call.
    std::function<secret(std::string_view audience)> credentials_provider{};

    /// Accounts host for `credentials_provider`, in the form of `domain`. Unset: that of the same brand as `domain`;
    /// required if `domain` is neither brand's.
    std::optional<std::string> accounts_domain{};

    /// Accept plain `http` for hosts other than loopback too. App Secret and tokens then cross the network in the open;
    /// for test rigs only.
    bool allow_plain_http = false;

    /// For each request, counted from `send_call` or `send_token_request`. 1 ms to 10 minutes. A refresh of a token
    /// that is still valid gets at most 5 s of it.
    std::chrono::milliseconds request_timeout{15'000};

    /// For fetching a token, retries included. 1 ms to 1 hour.
    std::chrono::milliseconds token_budget{30'000};

    /// How long before its end a token is refreshed, at most half its lifetime. 0 to 29 minutes: the service issues a
    /// fresh one only when less than 30 minutes are left.
    std::chrono::seconds refresh_before{600};

    /// How often a GET request is tried in all after a retryable failure (see `call_flow`); requests of other methods
    /// are never repeated after one. 1 to 10.
    unsigned tries = 3;

    /// How many asynchronous requests of a `client` run at once; the others wait their turn. 1 to 64. An
    /// `async_client`, which has no threads, does not look at it.
    unsigned async_workers = 4;

    /// Called for every exchange as it ends, those for tokens included (protocol.md, section 10). On the thread that
    /// makes it, without a lock, so by several threads at once if there are several; it may use the client. An
    /// exception ends the call, like one of the transport.
    registration::trace_handler on_trace{};
};

/// Throws `registration::invalid_option`, which names all errors, as every constructor does that takes the options.
/// From any thread.
LARK_EXPORT void check(const client_options& options);

}  // namespace lark::open_platform
