// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/registration/addons.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Requests, behaviour and replies of the model of the accounts service, and the interface of what answers in its
/// place.
namespace lark::fake {

/// Which of the two accounts hosts is asked.
enum class host_role {
    feishu,  ///< stands for accounts.feishu.cn
    lark,    ///< stands for accounts.larksuite.com
};

/// The steps of the protocol.
enum class action {
    init,      ///< which methods are there
    begin,     ///< a new code
    poll,      ///< has the user decided
    token,     ///< open host: a tenant access token
    bot_info,  ///< open host: who the bot is
    message,   ///< open host: send a message
    app_info,  ///< open host: what the app is, and its scopes
    other,     ///< anything else, also if it is not a request of this protocol
};

[[nodiscard]] LARK_EXPORT std::string_view to_string(host_role host) noexcept;  ///< the enumerator's name
[[nodiscard]] LARK_EXPORT std::string_view to_string(action what) noexcept;     ///< the enumerator's name

/// A member of a JSON object: `{"code", "20094"}`, `{"note", "\"text\""}`. The value is JSON text and is not checked,
/// so that a test can send what no service should.
struct json_field {
    std::string name;  ///< not quoted
    std::string json;  ///< JSON text
};

/// How the model behaves. Aggregate: `{.lifetime = 60s, .approve_after = 5s}`.
struct service_options {
    std::chrono::seconds lifetime{600};   ///< of a code; sent as `expires_in`
    std::chrono::seconds interval{5};     ///< between polls; sent as `interval`
    bool enforce_interval = true;         ///< answer early polls with `slow_down`
    std::string tenant_brand = "feishu";  ///< of the users: `feishu` or `lark`

    /// Decide without a user: that long after begin. The earlier one wins, `deny_after` at a tie.
    std::optional<duration> approve_after{};
    std::optional<duration> deny_after{};  ///< since begin

    /// HTTP status of replies with an `error`. RFC 8628 wants 400; 200, 403 and 428 occur.
    int error_status = 400;

    /// Where the link of a code leads: its `user_code` is added to the query.
    std::string verification_page = "https://accounts.feishu.cn/page/launcher";

    /// Further members of the replies of begin, of pending polls and of those with credentials.
    std::vector<json_field> begin_fields{};
    std::vector<json_field> pending_fields{};     ///< of pending polls
    std::vector<json_field> credential_fields{};  ///< of those with credentials

    /// Hand the credentials out once; later polls get `invalid_grant`. Else as often as asked.
    bool single_use = true;

    /// The replies with credentials carry `user_info`. The real Lark host may leave it out, and say it at the switch
    /// alone.
    bool user_info_with_credentials = true;

    /// The auth method of the app that the user picks. Any other than `client_secret` is an app without a secret: its
    /// reply has `client_id` and `auth_method` only.
    std::string auth_method = "client_secret";

    /// Where ids come from: 64 random bits a call. Empty: a generator with a fixed seed, so that runs repeat.
    std::function<std::uint64_t()> random{};

    /// Of a tenant access token. The same one is handed out again while 30 minutes or more are left.
    std::chrono::seconds token_lifetime{7200};

    /// In the bot info of every app. Only a bot that is enabled (2) can send.
    int activate_status = 2;
    std::string app_name = "Sandbox bot";  ///< of every app

    /// Of every app, beside those that were asked for on the page or with `add_scopes`. Without the one that is here by
    /// default, or `admin:app.info:readonly`, an app cannot read its scopes.
    registration::addon_groups scopes{.tenant = {"application:application:self_manage"}};
};

/// An app that the open hosts know: those registered here, and those added.
struct known_app {
    std::string app_id{};                 ///< `cli_…`
    std::string app_secret{};             ///< in the clear: none of it is real
    std::string tenant_brand = "feishu";  ///< its host: `lark` the Lark host, anything else the Feishu host
    std::string open_id{};                ///< of the user who registered it, the only one whom it may write to
    registration::addon_groups scopes{};  ///< beside `service_options::scopes`
    std::string client_assertion{};  ///< what it proves itself with in place of the App Secret; empty: nothing does
};

/// Goes wrong on purpose. Aggregate: `{.on = action::poll, .replies = 2, .instead = http_response{503, {}, "busy"}}`.
struct fault {
    std::optional<action> on{};     ///< only at this step; none: at any
    std::optional<host_role> at{};  ///< only at this host; none: at both
    unsigned replies = 1;           ///< how many requests it meets
    /// It meets every request before this time, on the clock of the service, however many: `client.now() + 3min` with
    /// an `http_client`; a `sandbox` gives its time in `with_service`.
    std::optional<time_point> until{};

    /// The reply: the model's own (just later), this one, or none at all. A failure of the kind `timeout`
    /// means silence: the client waits until its own timeout.
    std::variant<std::monostate, http_response, transport_failure> instead{};
    /// Comes that much later.
    duration delay{};
    /// True: the model handles the request, and only the reply is lost. False: the request never got there.
    bool processed = false;
};

/// The answer of the model, and its delay.
struct service_reply {
    http_result result;   ///< what the client gets
    duration delay{};     ///< the carrier of the reply waits for it
    std::string summary;  ///< in a word or two, for traces: `200`, `400 slow_down`, `failure cut`; no secret
};

/// Answers the requests of the fake transports: the model of the service (`accounts_service`), or a trace (`replay`).
class LARK_EXPORT responder {
public:
    responder() = default;
    virtual ~responder() = default;

    /// The answer to a request that arrives at `now`. Throws `std::bad_alloc`, and what the implementation says.
    [[nodiscard]] virtual service_reply handle(host_role host, const http_request& request, time_point now) = 0;

protected:
    responder(const responder&) = default;             ///< for the classes that can be copied
    responder(responder&&) = default;                  ///< or moved
    responder& operator=(const responder&) = default;  ///< for the classes that can be copied
    responder& operator=(responder&&) = default;       ///< or moved
};

}  // namespace lark::fake
