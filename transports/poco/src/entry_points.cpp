// SPDX-License-Identifier: MIT
// The entry points of the seam over an `http_client` of their own.
#include <lark/poco/client.hpp>
#include <lark/poco/register_app.hpp>
#include <lark/poco/snapshots.hpp>

#include <lark/injected/register_app.hpp>
#include <lark/invalid_option.hpp>
#include <lark/poco/http_client.hpp>

#include <memory>
#include <utility>

namespace lark::poco {

using open_platform::client_options;

registration::app register_app(registration::handlers handlers, const registration::options& options,
                               const http_options& http, std::stop_token stop) {
    http_client client{http};
    return injected::register_app(std::move(handlers), options, client, std::move(stop));
}

injected::registration_handle register_app_async(registration::async_handlers handlers,
                                                 const registration::options& options, const http_options& http) {
    return injected::register_app_async(std::move(handlers), options, std::make_shared<http_client>(http));
}

injected::begun_registration begin_registration(const registration::options& options, const http_options& http,
                                                std::stop_token stop, registration::trace_handler on_trace) {
    http_client client{http};
    return injected::begin_registration(options, client, std::move(stop), std::move(on_trace));
}

registration::app resume_registration(registration::handlers handlers, const registration::snapshot& from,
                                      const registration::options& options, const http_options& http,
                                      std::stop_token stop) {
    http_client client{http};
    return injected::resume_registration(std::move(handlers), from, options, client, std::move(stop));
}

injected::registration_handle resume_registration_async(registration::async_handlers handlers,
                                                        const registration::snapshot& from,
                                                        const registration::options& options,
                                                        const http_options& http) {
    return injected::resume_registration_async(std::move(handlers), from, options, std::make_shared<http_client>(http));
}

injected::poll_result poll_once(const registration::snapshot& from, const registration::options& options,
                                const http_options& http, std::stop_token stop, registration::trace_handler on_trace) {
    http_client client{http};
    return injected::poll_once(from, options, client, std::move(stop), std::move(on_trace));
}

client::client(const registration::app& app, client_options options, const poco::http_options& http)
    : injected::client(app, std::make_shared<poco::http_client>(http), std::move(options)) {}

client::client(const std::string& app_id, secret app_secret, client_options options, const poco::http_options& http)
    : client(app_id, std::move(app_secret), std::make_shared<poco::http_client>(http), std::move(options)) {}

client::client(const registration::app& app, injected::http_client& http, client_options options)
    : injected::client(app, http, std::move(options)) {}

client::client(const std::string& app_id, secret app_secret, std::shared_ptr<injected::http_client> http,
               client_options options)
    : injected::client(app_id, std::move(app_secret), std::move(http), std::move(options)) {}

client::client(client&&) noexcept = default;
client& client::operator=(client&&) noexcept = default;
client::~client() = default;

client::builder_type client::builder() { return {}; }

client::builder_type& client::builder_type::http_options(poco::http_options options) {
    wire_ = std::move(options);
    wire_is_set_ = true;
    return *this;
}

client client::builder_type::build() const {
    if (http_ && wire_is_set_)
        throw registration::invalid_option{"http_options", "must not be set together with http_client"};
    return {app_id_, app_secret_, http_ ? http_ : std::make_shared<poco::http_client>(wire_), client_options()};
}

}  // namespace lark::poco
