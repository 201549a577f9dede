// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Requests and results of Open Platform calls. Both may hold secrets: do not log them.
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

    /// From the first `/` on, such as `/open-apis/im/v1/messages`; may contain a query. Write a character that a URL
    /// cannot contain as `%XX`, which is kept; bytes outside ASCII are encoded.
    std::string path{};

    std::vector<query_parameter> query{};  ///< encoded, and added to that of `path`

    /// Added to the headers of every call: `Authorization`, `Accept`, and `Content-Type: application/json;
    /// charset=utf-8` with a body. A header of the same name replaces them. With an `Authorization` here, such as a
    /// user's access token, no token is fetched, and a refused one is reported and not replaced. Host, Content-Length
    /// and connection headers are refused: the transport sets them.
    std::vector<http_header> headers{};

    std::string body{};  ///< sent unchanged; `json::quote` helps to build one

    friend bool operator==(const api_request&, const api_request&) = default;
};

/// The platform acted: HTTP 2xx, and `code` is 0.
struct api_response {
    json data{};               ///< the member `data`; absent if the reply has none
    json body{};               ///< the whole reply: some calls put their results beside `code`
    std::string message{};     ///< `msg`, up to 1 KiB
    int http_status = 0;       ///< 200 to 299
    std::string request_id{};  ///< the platform's support asks for it; empty if the reply has none; up to 1 KiB
};

/// Why a call failed, and whether the platform acted.
enum class api_failure_kind {
    refused,       ///< the platform answered with a code other than 0: it did not do what was asked
    rate_limited,  ///< too many calls; the platform did not act: see `retry_after`
    no_reply,      ///< no whole reply (resolver, connection, TLS, timeout, size): unknown whether the platform acted
    bad_reply,     ///< not a reply of the platform, or an HTTP error without its `code`: unknown whether it acted
    aborted,       ///< the caller stopped the call: unknown whether the platform acted if it was under way
};

/// Why a call has no result. The texts may be the service's: secrets of the client are redacted in them, and the rest
/// can be anything. Show them through `lark::printable`.
struct api_failure {
    api_failure_kind kind = api_failure_kind::refused;  ///< whether the platform acted
    std::int64_t code = 0;                              ///< the platform's; 0 if it gave none
    std::string error{};  ///< one of `error_code` where the failure is ours to name, else empty
    /// The platform's `msg`, or the cause, for people; up to 1 KiB, plus `; given up after n tries` after several
    /// tries.
    std::string message{};
    int http_status = 0;       ///< 0 without a reply
    std::string request_id{};  ///< as in `api_response`
    /// Wait this long before the next call; unset if the service did not say.
    std::optional<std::chrono::milliseconds> retry_after{};
    std::optional<std::int64_t> rate_limit{};  ///< `rate_limited`: the number of calls allowed, if the service said it
    /// The whole JSON reply, where there was one: `body["error"]["field_violations"]`, `["permission_violations"]`, and
    /// the page that grants a missing permission, `["helps"][0]["url"]`. Secrets of the client are redacted in it; the
    /// rest can be anything. Absent without a JSON object, and for a reply that quotes a secret where no JSON remains
    /// without it.
    json body{};

    /// True if all members are equal; `body` by its text. Throws `std::bad_alloc` only.
    friend LARK_EXPORT bool operator==(const api_failure&, const api_failure&);
};

using api_result = std::variant<api_response, api_failure>;  ///< how a call ended

/// Codes of the platform that this library handles (protocol.md, section 6).
namespace api_code {
inline constexpr std::int64_t bad_parameter = 10003;        ///< token: a parameter is wrong
inline constexpr std::int64_t bad_credentials = 10014;      ///< token: the app is unknown, or the secret is wrong
inline constexpr std::int64_t bad_tenant_token = 99991663;  ///< the tenant access token is no longer valid
inline constexpr std::int64_t bad_app_token = 99991664;     ///< the app access token is no longer valid
inline constexpr std::int64_t rate_limited = 99991400;      ///< too many calls
inline constexpr std::int64_t missing_scope = 99991672;     ///< the app lacks a scope that the call needs
inline constexpr std::int64_t wrong_host = 1000040351;      ///< the tenant lives on the other host: Feishu or Lark
}  // namespace api_code

/// One line: `10014: app secret invalid (HTTP 200, request id 20261123…)`, with advice where the cause is known. Can be
/// printed; contains no secret. From any thread; throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT std::string describe(const api_failure& failure);

}  // namespace lark::open_platform
