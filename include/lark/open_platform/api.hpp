#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What goes into a call of the Open Platform, and what comes out. Requests and replies may hold secrets: not for logs.
namespace lark::open_platform {

/// A parameter of an URL's query.
struct query_parameter {
    std::string name;   ///< as it is, not encoded
    std::string value;  ///< as it is, not encoded

    friend bool operator==(const query_parameter&, const query_parameter&) = default;
};

/// Any call with a JSON reply: `{.method = "GET", .path = "/open-apis/bot/v3/info"}`.
struct api_request {
    std::string method = "GET";  ///< in capitals; not HEAD, whose reply could hold no result

    /// From the first `/` on, such as `/open-apis/im/v1/messages`; may bring a query of its own. What an URL cannot hold
    /// goes in as `%XX`, which is kept; bytes that are no ASCII are encoded.
    std::string path{};

    std::vector<query_parameter> query{};  ///< encoded, and added to that of `path`

    /// Added to what every call has: `Authorization`, `Accept`, and `Content-Type: application/json; charset=utf-8` with a
    /// body. The same name replaces it: with an `Authorization` of one's own, such as a user's access token, no token is
    /// fetched, and a refused one is reported and not replaced. Host, Content-Length and what belongs to the connection are
    /// not for callers.
    std::vector<http_header> headers{};

    std::string body{};  ///< as it is to be sent; see `json::quote` for building one

    friend bool operator==(const api_request&, const api_request&) = default;
};

/// The platform did it: HTTP 2xx, and `code` is 0.
struct api_response {
    json data{};               ///< the member `data`; absent if the reply has none
    json body{};               ///< the whole reply: some calls put their results beside `code`
    std::string message{};     ///< `msg`, up to 1 KiB
    int http_status = 0;       ///< 200 to 299
    std::string request_id{};  ///< what the platform's support asks for; empty if it told none; up to 1 KiB
};

/// What went wrong with a call, and whether the platform acted.
enum class api_failure_kind {
    refused,       ///< the platform answered with a code other than 0: it did not do what was asked
    rate_limited,  ///< too many calls, and not done either: see `retry_after`
    no_reply,      ///< resolver, connection, TLS, timeout: whether the platform acted is not known
    bad_reply,     ///< a reply that is none of the platform's, or an HTTP error without its code: not known either
    aborted,       ///< the caller stopped it: not known either, if it was under way
};

/// Why there is no result. The texts may be the service's: they hold no secret of the client, but anything else; show them
/// through `lark::printable`.
struct api_failure {
    api_failure_kind kind = api_failure_kind::refused;  ///< whether the platform acted
    std::int64_t code = 0;                              ///< the platform's; 0 if it gave none
    std::string error{};  ///< one of `error_code` where the failure is ours to name, else empty
    /// The platform's `msg`, or what went wrong, for people; up to 1 KiB, and `; given up after n tries` where there were several.
    std::string message{};
    int http_status = 0;       ///< 0 without a reply
    std::string request_id{};  ///< as in `api_response`
    std::optional<std::chrono::milliseconds>
        retry_after{};                         ///< how long to wait before calling again, if the service told it
    std::optional<std::int64_t> rate_limit{};  ///< `rate_limited`: how many calls are allowed, if the service told it

    friend bool operator==(const api_failure&, const api_failure&) = default;
};

using api_result = std::variant<api_response, api_failure>;  ///< how a call ended

/// Codes of the platform that this library acts on (protocol.md, section 6).
namespace api_code {
inline constexpr std::int64_t bad_parameter = 10003;        ///< token: a parameter is wrong
inline constexpr std::int64_t bad_credentials = 10014;      ///< token: the app is unknown, or the secret is wrong
inline constexpr std::int64_t bad_tenant_token = 99991663;  ///< the tenant access token is no longer good
inline constexpr std::int64_t bad_app_token = 99991664;     ///< the app access token is no longer good
inline constexpr std::int64_t rate_limited = 99991400;      ///< too many calls
inline constexpr std::int64_t wrong_host = 1000040351;      ///< the tenant lives on the other host: Feishu or Lark
}  // namespace api_code

/// One line: `10014: app secret invalid (HTTP 200, request id 20261123…)`, with what to do about it where that is known.
/// Fit to be printed, without secrets. From any thread; throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT std::string describe(const api_failure& failure);

}  // namespace lark::open_platform
