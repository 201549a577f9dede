// SPDX-License-Identifier: MIT
#include <lark/poco/client.hpp>

#include <lark/invalid_option.hpp>
#include <lark/poco/http_client.hpp>

#include <utility>

namespace lark::poco {

using open_platform::client_options;

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
