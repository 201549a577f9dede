// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/http_client.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/open_platform/bot_info.hpp>
#include <lark/open_platform/errors.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/open_platform/scopes.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/secret.hpp>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace lark::injected {

/// The Open Platform with one app's credentials, over any transport: fetches the tenant access token when it is needed,
/// keeps it, and puts it into every call. See `open_platform::call_flow` for the requests that are repeated.
///
///     auto info = client.bot_info();
///     auto sent = client.request({.method = "POST", .path = "/open-apis/im/v1/messages", .body = text});
///     sent.data["message_id"].as_string();
///
/// Blocking calls throw `api_error` for every end but a result, `registration::invalid_option` for a request that
/// cannot be sent, and the exceptions of the transport unchanged. A stop request ends a call with kind `aborted`, as
/// fast as the transport returns; a result that has arrived by then is returned.
///
/// Asynchronous calls run on threads of the client, at most `client_options::async_workers` at once; more of them wait.
/// The future throws the exceptions of the blocking call; only `invalid_option` for a request is thrown at once.
///
/// Threads: all members but assignment and destruction may be called by several threads at once, if the transport's
/// `send` may (that of Poco may). One token is fetched, however many calls need it; while an old one is valid, a
/// refresh delays one call, and by 5 s at most. Can be moved, not copied; a moved-from client can only be assigned to
/// or destroyed.
class LARK_EXPORT client {
public:
    class builder_type;

    /// With the credentials of a registration; the API host is that of the tenant's brand, unless `options.domain`
    /// names one. Throws `registration::invalid_option`, also for a null `http`.
    client(const registration::app& app, std::shared_ptr<http_client> http, open_platform::client_options options = {});
    client(const std::string& app_id, secret app_secret, std::shared_ptr<http_client> http,
           open_platform::client_options options = {});  ///< with stored credentials
    /// The same over a transport that the caller keeps: it must outlive the client.
    client(const registration::app& app, http_client& http, open_platform::client_options options = {});

    client(client&&) noexcept;             ///< the other one can only be assigned to or destroyed
    client& operator=(client&&) noexcept;  ///< ends the calls of the former client, like the destructor
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    /// Stops the asynchronous calls, which end with kind `aborted`, and waits for them and their callbacks. It may run
    /// in such a callback: it then waits for all others, and calls that have not started end within it, on this thread.
    /// After it the transport is not used. No blocking call may be under way.
    virtual ~client();

    /// A token that is valid now, and for at least `refresh_before` if the service answered in time.
    [[nodiscard]] secret tenant_access_token(std::stop_token stop = {});

    /// Makes any call with a JSON reply.
    open_platform::api_response request(open_platform::api_request request, std::stop_token stop = {});

    /// The app as the tenant sees it, and whether it is enabled: the first call to make with new credentials.
    [[nodiscard]] open_platform::bot_info bot_info(std::stop_token stop = {});

    /// The scopes that the app has, by side: see `open_platform::granted_scopes_request` for the one that the call
    /// itself needs. `open_platform::missing_scopes` compares them with those that were asked for.
    [[nodiscard]] registration::addon_groups granted_scopes(std::stop_token stop = {});

    [[nodiscard]] std::future<secret> tenant_access_token_async(
        std::stop_token stop = {});  ///< see `tenant_access_token`
    [[nodiscard]] std::future<open_platform::api_response> request_async(open_platform::api_request request,
                                                                         std::stop_token stop = {});  ///< see `request`
    [[nodiscard]] std::future<open_platform::bot_info> bot_info_async(std::stop_token stop = {});  ///< see `bot_info`
    [[nodiscard]] std::future<registration::addon_groups> granted_scopes_async(
        std::stop_token stop = {});  ///< see `granted_scopes`

    /// Calls `done` exactly once, on a thread of the client, or on the thread that destroys the client in a callback.
    /// An exception of the transport, of any type, is reported as kind `no_reply` with its text up to 1 KiB, secrets of
    /// the client redacted. An exception from `done` ends the process.
    void request_async(open_platform::api_request request, std::function<void(open_platform::api_result)> done,
                       std::stop_token stop = {});  ///< see `request`

    /// `client::builder().app_id(…).app_secret(…).http_client(…).build()`
    [[nodiscard]] static builder_type builder();

private:
    class session;
    class workers;
    std::shared_ptr<session> session_;
    std::unique_ptr<workers> workers_;
};

/// The common part of the builders of clients; `Builder` is the derived class. A builder can be used for several
/// clients.
template <class Builder>
class client_settings {
public:
    /// Required: `cli_…`. The API host of an earlier `app` no longer counts.
    Builder& app_id(std::string id) { return app_id_ = std::move(id), app_domain_.reset(), self(); }
    Builder& app_secret(secret text) { return app_secret_ = std::move(text), self(); }     ///< required
    Builder& app_secret(std::string text) { return app_secret(secret{std::move(text)}); }  ///< the same
    Builder& app_secret(const char* text) { return app_secret(secret{text}); }             ///< the same
    /// App ID, App Secret, and the API host of the tenant's brand, which counts unless `domain` is set.
    Builder& app(const registration::app& registered) {
        app_id(registered.client_id).app_secret(registered.client_secret);
        return app_domain_ = open_platform::domain_of(registered), self();
    }
    /// API host of every client that is built, see `open_platform::client_options::domain`.
    Builder& domain(std::string url) { return options_.domain = std::move(url), self(); }
    /// In place of `app_secret`, see `open_platform::client_options::credentials_provider`.
    Builder& credentials_provider(std::function<secret(std::string_view)> sign) {
        return options_.credentials_provider = std::move(sign), self();
    }
    /// All options at once, `domain` among them if it is set.
    Builder& options(open_platform::client_options all) {
        if (!all.domain) all.domain = options_.domain;
        return options_ = std::move(all), self();
    }
    /// The transport.
    Builder& http_client(std::shared_ptr<injected::http_client> http) { return http_ = std::move(http), self(); }

protected:
    /// The options for one client.
    [[nodiscard]] open_platform::client_options client_options() const {
        auto all = options_;
        if (!all.domain) all.domain = app_domain_;
        return all;
    }

    std::string app_id_{};                           ///< as set so far
    secret app_secret_{};                            ///< as set so far
    std::shared_ptr<injected::http_client> http_{};  ///< as set so far; null: none

private:
    Builder& self() noexcept { return static_cast<Builder&>(*this); }

    open_platform::client_options options_{};
    std::optional<std::string> app_domain_{};  // of the app, from `app`
};
/// Makes clients over an injected transport.
class client::builder_type : public client_settings<client::builder_type> {
public:
    /// Throws `registration::invalid_option` for missing or wrong options. Can be called again.
    [[nodiscard]] client build() const { return {app_id_, app_secret_, http_, client_options()}; }
};

inline client::builder_type client::builder() { return {}; }

}  // namespace lark::injected
