// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/outcome.hpp>
#include <lark/registration/trace.hpp>
#include <lark/secret.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lark::registration::detail {

/// Larger bodies are not read (protocol.md, section 3, rule 5).
inline constexpr std::size_t body_cap = 256 * 1024;

/// The value of `error`; empty counts as absent. Nearly every reply says one of the same two words, so these are kept as
/// what they mean: no memory for each, and compared once.
class error_word {
public:
    static constexpr std::string_view pending = "authorization_pending";
    static constexpr std::string_view slow_down = "slow_down";

    void set(std::string_view word) {
        if (word == pending) meaning_ = meaning::pending;
        else if (word == slow_down) meaning_ = meaning::slow_down;
        else meaning_ = word.empty() ? meaning::none : meaning::other;
        if (meaning_ == meaning::other) other_ = word;
    }
    void reset() noexcept { meaning_ = meaning::none; }

    [[nodiscard]] explicit operator bool() const noexcept { return meaning_ != meaning::none; }
    [[nodiscard]] bool is_pending() const noexcept { return meaning_ == meaning::pending; }
    [[nodiscard]] bool is_slow_down() const noexcept { return meaning_ == meaning::slow_down; }
    /// A word that ends nothing (RFC 8628, 3.5).
    [[nodiscard]] bool goes_on() const noexcept { return is_pending() || is_slow_down(); }
    /// A word that ends the flow whatever the HTTP status (protocol.md, section 3).
    [[nodiscard]] bool is_known_end() const noexcept;

    /// The form in which a trace may show it.
    [[nodiscard]] oauth_error shown() const noexcept;
    /// The word itself; lives until the next `set`.
    [[nodiscard]] std::string_view text() const noexcept {
        switch (meaning_) {
        case meaning::none: return {};
        case meaning::pending: return pending;
        case meaning::slow_down: return slow_down;
        case meaning::other: break;
        }
        return other_;
    }
    friend bool operator==(const error_word& word, std::string_view text) noexcept { return word.text() == text; }

private:
    enum class meaning {
        none,       ///< no word
        pending,    ///< `authorization_pending`
        slow_down,  ///< `slow_down`
        other,      ///< any other word
    };
    meaning meaning_ = meaning::none;
    std::string other_;
};

/// The content of a reply of the one endpoint. Fields of a wrong type are absent, of a duplicated key the last counts.
struct reply {
    reply() noexcept {}  // not defaulted: `reply()` would clear all of it before the members do it once more

    error_word error{};
    std::string error_description{};

    bool supports_client_secret = false;  ///< `supported_auth_methods` is an array with the string `client_secret`

    secret device_code{};
    std::string verification_uri_complete{};
    std::string verification_uri{};
    std::string user_code{};
    std::chrono::seconds lifetime{600};  ///< of `expires_in`, `expire_in`, or the default; within its cap
    std::optional<std::chrono::seconds>
        interval{};  ///< positive, within its cap; absent where it is missing or makes no sense

    std::string client_id{};
    secret client_secret{};
    std::optional<registration::user_info> user_info{};
    std::string auth_methods{};  ///< of `auth_method`: the names, with a blank between them

    std::int64_t code = 0;  ///< of the platform's envelope; 0 is none, or no error
    std::string message{};  ///< `msg` of that envelope

    [[nodiscard]] bool has_credentials() const noexcept { return !client_id.empty() && !client_secret.empty(); }
    /// An app whose auth methods leave the client secret out (protocol.md, section 3).
    [[nodiscard]] bool is_keyless() const noexcept;
    [[nodiscard]] bool is_lark() const noexcept { return user_info && user_info->tenant_brand == "lark"; }
};

/// Which errors' descriptions are wanted.
enum class descriptions {
    all,
    of_ends,  ///< not of errors that `goes_on`: nearly every poll brings one, and it has no use
};

/// Reads a body; nothing if it is no JSON object. Texts come whole: cutting them is up to who keeps them.
/// Throws `std::bad_alloc` only.
[[nodiscard]] std::optional<reply> read_reply(const std::string& body, descriptions wanted = descriptions::all);

}  // namespace lark::registration::detail
