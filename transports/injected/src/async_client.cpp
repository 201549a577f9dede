// SPDX-License-Identifier: MIT
#include <lark/injected/async_client.hpp>

#include <lark/open_platform/token_flow.hpp>

#include "async_client_driver.hpp"
#include "client_parts.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace lark::injected {
namespace {

using namespace open_platform;

/// The callback of a call whose reply is read by `read`.
template <class Value>
async_client::api_handler reading(std::function<void(const std::variant<Value, api_failure>&)> done,
                                  std::variant<Value, api_failure> (*read)(const api_response&)) {
    if (!done) return {};
    return [done = std::move(done), read](const api_result& result) {
        if (const auto* why = std::get_if<api_failure>(&result)) done(*why);
        else done(read(std::get<api_response>(result)));
    };
}

}  // namespace

async_client::async_client(event_loop& loop, const registration::app& app, client_options options)
    : async_client(loop, app.client_id, app.client_secret, detail::with_domain(std::move(options), app)) {}

async_client::async_client(event_loop& loop, const std::string& app_id, secret app_secret, client_options options)
    : loop_(loop) {
    token_flow tokens{app_id, std::move(app_secret), options};
    driver_ = std::make_shared<driver>(loop, std::move(tokens), std::move(options));
    loop.attach(*this);
}

async_client::~async_client() {
    driver_->close();
    loop_.detach(*this);
}

call_id async_client::request(api_request request, api_handler done) {
    return driver_->add(std::move(request), std::move(done));
}

call_id async_client::tenant_access_token(token_handler done) { return driver_->add(std::move(done)); }

call_id async_client::bot_info(bot_info_handler done) {
    return request(bot_info_request(), reading(std::move(done), read_bot_info));
}

call_id async_client::granted_scopes(scopes_handler done) {
    return request(granted_scopes_request(), reading(std::move(done), read_granted_scopes));
}

// Each holds the driver while it runs: a callback may destroy the client.

bool async_client::cancel(call_id id) {
    const auto held = driver_;
    return held->cancel(id);
}

void async_client::cancel_all() {
    const auto held = driver_;
    held->cancel_all();
}

bool async_client::handle_response(request_handle id, http_response response) {
    const auto held = driver_;
    return held->handle(id, std::move(response));
}

bool async_client::handle_failure(request_handle id, transport_failure failure) {
    const auto held = driver_;
    return held->handle(id, std::move(failure));
}

void async_client::handle_timer() {
    const auto held = driver_;
    held->handle_timer();
}

void async_client::handle_room() {
    const auto held = driver_;
    held->handle_room();
}

std::size_t async_client::size() const noexcept { return driver_->size(); }

}  // namespace lark::injected
