// SPDX-License-Identifier: MIT
// The calls of a client's owner: requesting, cancelling, looking.
#include <lark/injected/async_client.hpp>

#include <lark/invalid_option.hpp>
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

using detail::async_call;

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

async_client::async_client(event_loop& loop, const std::string& app_id, secret app_secret, client_options options) {
    token_flow tokens{app_id, std::move(app_secret), options};
    driver_ = std::make_shared<driver>(loop, std::move(tokens), std::move(options));
}

async_client::~async_client() { driver_->close(); }

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

std::size_t async_client::size() const noexcept { return driver_->size(); }

async_client::driver::driver(event_loop& loop, token_flow tokens, client_options options)
    : loop_(loop), options_(std::move(options)), clock_(loop), token_(loop, clock_, std::move(tokens), options_) {
    timer_.emplace(loop, duration::zero());
    loop.attach(*this);
}

void async_client::driver::close() noexcept {
    closed_ = true;
    calls_.for_each([this](async_call& c) {
        if (c.in_flight != request_handle{}) loop_.abandon_request(std::exchange(c.in_flight, request_handle{}));
    });
    token_.close();
    timer_.reset();
    loop_.detach(*this);
}

call_id async_client::driver::add(api_request request, api_handler done) {
    if (!done) throw registration::invalid_option{"done", "is required"};
    auto c = std::make_unique<async_call>();
    c->flow.emplace(std::move(request), options_);
    c->done = std::move(done);
    return enter(std::move(c));
}

call_id async_client::driver::add(token_handler done) {
    if (!done) throw registration::invalid_option{"done", "is required"};
    auto c = std::make_unique<async_call>();
    c->has_token = std::move(done);
    return enter(std::move(c));
}

call_id async_client::driver::enter(std::unique_ptr<async_call> c) {
    auto& entered = *c;
    const auto id = calls_.insert(std::move(c));
    ready_.push_back(entered);
    if (running_) return id;
    try {
        clock_.read();
        arm();
    } catch (...) {
        static_cast<void>(take_out(entered));
        throw;
    }
    return id;
}

std::unique_ptr<async_call> async_client::driver::take_out(async_call& c) noexcept {
    c.unlink();
    deadlines_.clear(slot_of(c));
    token_.stop_waiting(c);
    return calls_.remove(c);
}

bool async_client::driver::cancel(call_id id) {
    auto* c = calls_.find(id);
    if (c == nullptr || c->cancelled) return false;
    mark_cancelled(*c);
    run();
    return true;
}

void async_client::driver::cancel_all() {
    calls_.for_each([this](async_call& c) {
        if (!c.cancelled) mark_cancelled(c);
    });
    run();
}

void async_client::driver::mark_cancelled(async_call& c) noexcept {
    c.cancelled = true;
    c.unlink();
    ready_.push_back(c);
}

}  // namespace lark::injected
