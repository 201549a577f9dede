// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The part of the requests of a registration and of the API client that may be shown: protocol.md, section 10. No type
/// here has a member that could hold a body, a link, a code, a secret or an open_id, so a trace can be shown, stored
/// and sent as it is.
namespace lark::registration {

/// The purpose of a request.
enum class exchange_step : std::uint8_t {
    init,   ///< registration: which auth methods the service supports
    begin,  ///< registration: the link
    poll,   ///< registration: has the user decided?
    token,  ///< API client: the tenant access token
    call,   ///< API client: a call
};

/// The `error` of a reply, where it is one of the standards' words. Any other word of a server could hold anything, so
/// only its presence is shown.
enum class oauth_error : std::uint8_t {
    none,                     ///< the reply has no `error`
    authorization_pending,    ///< RFC 8628, 3.5
    slow_down,                ///< RFC 8628, 3.5
    access_denied,            ///< RFC 8628, 3.5
    expired_token,            ///< RFC 8628, 3.5
    invalid_grant,            ///< RFC 6749, 5.2
    invalid_request,          ///< RFC 6749, 5.2
    invalid_client,           ///< RFC 6749, 5.2
    unauthorized_client,      ///< RFC 6749, 5.2
    unsupported_grant_type,   ///< RFC 6749, 5.2
    invalid_scope,            ///< RFC 6749, 5.2
    server_error,             ///< RFC 6749, 4.1.2.1
    temporarily_unavailable,  ///< RFC 6749, 4.1.2.1
    other,                    ///< a word that is none of these
};

/// The result of an exchange.
enum class exchange_result : std::uint8_t {
    none,            ///< no exchange has ended
    auth_methods,    ///< init: `client_secret` is supported
    link,            ///< begin: the link is there
    pending,         ///< poll: the user has not decided
    slow_down,       ///< poll: the service asks for a longer interval
    lark_user,       ///< poll: the user is on Lark, polls go on at `options::lark_domain`
    nothing,         ///< poll: a JSON object that says nothing about the registration
    credentials,     ///< poll: the app
    token,           ///< token: a tenant access token
    data,            ///< call: the platform acted
    error,           ///< an OAuth error that decides, see `exchange_summary::error`
    platform_error,  ///< the platform's own error, see `exchange_summary::code`
    bad_status,      ///< HTTP 3xx, 429 or 5xx, and nothing in the body that decides
    no_json,         ///< the body is not a JSON object, or is over the cap
    incomplete,      ///< a JSON object without what the step needs
    keyless,         ///< poll: an app without an App Secret
    no_reply,        ///< no whole reply, see `exchange_summary::failure`
    timeout,         ///< no whole reply in the time of the request, by the flow's own clock
};

/// The step after an exchange.
enum class next_step : std::uint8_t {
    send,     ///< another request, at once
    wait,     ///< another request, after `trace_event::wait`
    expire,   ///< no further request; the code expires after `trace_event::wait`
    success,  ///< it is over: there is an app, a token, a result
    failure,  ///< it is over, see `trace_event::stop`
};

/// Why a flow waits: of the times that apply, the one that decides.
enum class wait_reason : std::uint8_t {
    answer,       ///< a request is out; the deadline is its timeout
    interval,     ///< the interval between two polls
    slow_down,    ///< the same, which the last reply made longer
    backoff,      ///< the last request failed
    retry_after,  ///< the service asked for it: `Retry-After`, or the reset of the platform's rate limit
    last_poll,    ///< the last poll, a little before the code expires: what applies else would end later
    expiry,       ///< the last poll brought no end: nothing is sent, and the code expires at the deadline
    give_up,      ///< `options::give_up_after` ends the registration before any of the others
};

/// How far a registration is.
enum class registration_phase : std::uint8_t {
    starting,  ///< there is no link yet
    polling,   ///< the user has the link, and has not decided
    expiring,  ///< the last poll brought no end: it ends when the code expires
    finished,  ///< it is over
};

/// Why it is over without an app, a token or a result.
enum class stop_reason : std::uint8_t {
    none,          ///< it is not over, or ended well
    answer,        ///< the answer decides
    tries,         ///< all tries are used up
    start_budget,  ///< the next try would be past the time for the start, or for the token
    expired,       ///< the lifetime of the code is over, by the local clock
    give_up,       ///< `options::give_up_after`
};

[[nodiscard]] LARK_EXPORT std::string_view to_string(exchange_step v) noexcept;       ///< the enumerator's name
[[nodiscard]] LARK_EXPORT std::string_view to_string(oauth_error v) noexcept;         ///< the enumerator's name
[[nodiscard]] LARK_EXPORT std::string_view to_string(exchange_result v) noexcept;     ///< the enumerator's name
[[nodiscard]] LARK_EXPORT std::string_view to_string(next_step v) noexcept;           ///< the enumerator's name
[[nodiscard]] LARK_EXPORT std::string_view to_string(wait_reason v) noexcept;         ///< the enumerator's name
[[nodiscard]] LARK_EXPORT std::string_view to_string(stop_reason v) noexcept;         ///< the enumerator's name
[[nodiscard]] LARK_EXPORT std::string_view to_string(registration_phase v) noexcept;  ///< the enumerator's name

/// The enumerator of that name, of one of the types above or `transport_failure_kind`; nothing if there is none.
template <class Enum>
[[nodiscard]] std::optional<Enum> enumerator(std::string_view name) noexcept {
    for (unsigned i = 0; i <= 0xFF; ++i) {
        const auto known = to_string(static_cast<Enum>(i));
        if (known == "unknown") break;
        if (known == name) return static_cast<Enum>(i);
    }
    return {};
}

/// The host of a request, as the options name it, and a port that is not the scheme's: `accounts.feishu.cn`,
/// `127.0.0.1:8080`, `[::1]:8080`. Without scheme, user info and path.
class LARK_EXPORT host_name {
public:
    host_name() noexcept = default;  ///< no host

    /// Nothing if `text` is not 1 to 262 bytes of letters, digits, and `.-_:[]`. Throws `std::bad_alloc` only.
    [[nodiscard]] static std::optional<host_name> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }  ///< as it was given
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }       ///< no host

    friend bool operator==(const host_name&, const host_name&) = default;

private:
    explicit host_name(std::string text) noexcept : text_(std::move(text)) {}

    std::string text_;
};

/// The id under which the service logged a request, for its support: `X-Tt-Logid`, else `X-Request-Id`.
class LARK_EXPORT log_id {
public:
    log_id() noexcept = default;  ///< no id

    /// Nothing if `text` is not 1 to 128 bytes of letters, digits, and `.-_`. Throws `std::bad_alloc` only.
    [[nodiscard]] static std::optional<log_id> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }  ///< as the service wrote it
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }       ///< no id

    friend bool operator==(const log_id&, const log_id&) = default;

private:
    explicit log_id(std::string text) noexcept : text_(std::move(text)) {}

    std::string text_;
};

/// A request and its answer.
struct exchange_summary {
    host_name host{};       ///< where the request went
    log_id request_id{};    ///< empty if the reply has none that is fit
    std::int64_t code = 0;  ///< the service's integer `code`; 0 if the reply has none
    unsigned number = 0;    ///< of its step, from 1: the third poll, the second try of init; 0: no exchange
    int http_status = 0;    ///< 0 without a reply
    exchange_step step = exchange_step::init;         ///< what it was for
    oauth_error error = oauth_error::none;            ///< the reply's `error`
    std::optional<transport_failure_kind> failure{};  ///< why there is no whole reply, if there is none

    friend bool operator==(const exchange_summary&, const exchange_summary&) = default;
};

/// An exchange that has ended, and what follows.
struct trace_event {
    exchange_summary exchange{};                     ///< the request and its answer
    exchange_result result = exchange_result::none;  ///< what it brought
    bool on_kept_connection = false;                 ///< no reply: see `transport_failure`
    next_step next = next_step::send;                ///< what follows
    wait_reason reason = wait_reason::interval;      ///< why it waits, with `wait` and `expire`
    stop_reason stop = stop_reason::none;            ///< why it is over, with `failure`
    duration wait{};                     ///< with `wait` and `expire`: how long, from the handling of the answer
    std::chrono::seconds retry_after{};  ///< what the reply asked for, in whole seconds; 0: nothing
    std::chrono::seconds interval{};     ///< registration, from the link on: between polls, from now on
    std::chrono::seconds lifetime{};     ///< registration, with `link`: of the code

    std::optional<duration>
        took{};  ///< from the hand-out of the request to the handling of its answer; the driver knows
    std::optional<std::size_t> bytes{};  ///< of the reply's body; the driver knows

    friend bool operator==(const trace_event&, const trace_event&) = default;
};

/// Called for every exchange that has ended, before the other handlers of the same event; not after a cancel. May
/// be empty: nothing is traced then.
using trace_handler = std::function<void(const trace_event&)>;

}  // namespace lark::registration
