// SPDX-License-Identifier: MIT
#include <lark/injected/client.hpp>

#include "client_parts.hpp"
#include "client_session.hpp"
#include "client_workers.hpp"

#include <lark/invalid_option.hpp>

#include <future>
#include <type_traits>
#include <utility>

namespace lark::injected {

using namespace open_platform;

namespace {

/// Has the workers do `work`, and gives its value, or its exception of any type, to the holder of the future.
template <class Work>
auto future_of(auto& workers, Work work, std::stop_token stop) {
    using value = std::invoke_result_t<Work&, const std::stop_token&>;
    auto task = std::make_shared<std::packaged_task<value(const std::stop_token&)>>(std::move(work));
    auto future = task->get_future();
    workers.add([task = std::move(task)](const std::stop_token& s) { (*task)(s); }, std::move(stop));
    return future;
}

}  // namespace

client::client(const registration::app& app, std::shared_ptr<injected::http_client> http, client_options options)
    : client(app.client_id, app.client_secret, std::move(http), detail::with_domain(std::move(options), app)) {}

client::client(const registration::app& app, injected::http_client& http, client_options options)
    : client(app, std::shared_ptr<injected::http_client>{std::shared_ptr<void>{}, &http}, std::move(options)) {}

client::client(const std::string& app_id, secret app_secret, std::shared_ptr<injected::http_client> http,
               client_options options) {
    token_flow tokens{app_id, std::move(app_secret), options};
    if (!http) throw registration::invalid_option{"http_client", "is required"};
    workers_ = std::make_unique<workers>(options.async_workers);
    session_ = std::make_shared<session>(std::move(tokens), std::move(http), std::move(options));
}

client::client(client&&) noexcept = default;

client& client::operator=(client&& other) noexcept {
    if (this != &other) {
        workers_ = std::move(other.workers_);  // the former ones end here, while their session exists
        session_ = std::move(other.session_);
    }
    return *this;
}

client::~client() = default;  // the workers end first: they are the last member

secret client::tenant_access_token(std::stop_token stop) { return session_->token_or_throw(stop); }

api_response client::request(api_request what, std::stop_token stop) {
    return session_->run_or_throw(session_->make_call(std::move(what)), stop);
}

open_platform::bot_info client::bot_info(std::stop_token stop) { return session_->bot_info(stop); }

registration::addon_groups client::granted_scopes(std::stop_token stop) { return session_->granted_scopes(stop); }

// The tasks share the session, so that a task whose callback destroyed the client can return.

std::future<secret> client::tenant_access_token_async(std::stop_token stop) {
    return future_of(
        *workers_, [on = session_](const std::stop_token& s) { return on->token_or_throw(s); }, std::move(stop));
}

std::future<api_response> client::request_async(api_request what, std::stop_token stop) {
    auto work = [on = session_, call = session_->make_call(std::move(what))](const std::stop_token& s) mutable {
        return on->run_or_throw(std::move(call), s);
    };
    return future_of(*workers_, std::move(work), std::move(stop));
}

std::future<open_platform::bot_info> client::bot_info_async(std::stop_token stop) {
    return future_of(
        *workers_, [on = session_](const std::stop_token& s) { return on->bot_info(s); }, std::move(stop));
}

std::future<registration::addon_groups> client::granted_scopes_async(std::stop_token stop) {
    return future_of(
        *workers_, [on = session_](const std::stop_token& s) { return on->granted_scopes(s); }, std::move(stop));
}

void client::request_async(api_request what, std::function<void(api_result)> done, std::stop_token stop) {
    if (!done) throw registration::invalid_option{"done", "is required"};
    auto work = [on = session_, call = session_->make_call(std::move(what)), done = std::move(done)](
                    const std::stop_token& s) mutable { done(on->run_without_exceptions(std::move(call), s)); };
    workers_->add(std::move(work), std::move(stop));
}

}  // namespace lark::injected
