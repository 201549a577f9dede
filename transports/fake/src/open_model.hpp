// SPDX-License-Identifier: MIT
#pragma once

#include "api_routes.hpp"
#include "messages.hpp"

#include <lark/fake/service_records.hpp>
#include <lark/fake/service_types.hpp>
#include <lark/http.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lark::fake {

/// The open hosts for a freshly registered app (protocol.md, section 6): its token, its bot, its scopes, one message
/// call.
class open_model {
public:
    static constexpr std::size_t max_apps = 100'000;
    static constexpr std::size_t max_messages = 1'000;

    /// Both must outlive it.
    open_model(const service_options& options, const std::function<std::uint64_t()>& random) noexcept
        : options_(options), random_(random) {}

    /// True if `path` is one of the open hosts'.
    [[nodiscard]] static bool serves(std::string_view path) noexcept;

    /// The step of a request; `other` for a path that is not modelled, or a method that it does not have.
    [[nodiscard]] static action action_of(std::string_view method, std::string_view path) noexcept;

    /// See `accounts_service::on`.
    void add_handler(std::string method, std::string path, api_handler handler);

    /// An app of that id is replaced.
    void add_app(known_app app);

    [[nodiscard]] modelled_reply handle(host_role host, const http_request& request, time_point now);

    /// No token that was issued is good any more. Returns how many were.
    std::size_t expire_tokens(time_point now);

    [[nodiscard]] const std::deque<sent_message>& messages() const noexcept { return messages_; }

private:
    struct token {
        std::string app_id;
        time_point expires;
    };
    struct registered {
        known_app app;
        std::string bot_open_id;
        std::string token;  // the newest
    };

    modelled_reply issue_token(host_role host, const http_request& request, time_point now);
    modelled_reply exchange_assertion(host_role host, const http_request& request, time_point now);
    std::chrono::seconds renew_token(registered& entry, time_point now);
    /// The handler's answer to a call, with a token of an app or of a user.
    modelled_reply call_handler(const api_handler& handler, api_call call, time_point now) const;
    modelled_reply bot_info(const registered& of) const;
    modelled_reply app_info(const registered& of, const http_request& request) const;
    modelled_reply send_message(const registered& by, const http_request& request, time_point now);
    [[nodiscard]] std::optional<modelled_reply> refuse_call(host_role host, const http_request& request, time_point now,
                                                            const registered*& by) const;
    void forget_expired(time_point now);

    const service_options& options_;
    const std::function<std::uint64_t()>& random_;
    api_routes routes_;
    std::map<std::string, registered, std::less<>> apps_;
    std::deque<std::string> order_;  // of the apps, oldest first
    std::map<std::string, token, std::less<>> tokens_;
    std::multimap<time_point, std::string> expiries_;  // of the tokens, so that the expired ones need no search
    std::deque<sent_message> messages_;
    std::uint64_t requests_ = 0;
};

}  // namespace lark::fake
