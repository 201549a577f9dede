// SPDX-License-Identifier: MIT
#include <lark/poco/register_app.hpp>

#include <lark/injected/register_app.hpp>
#include <lark/poco/http_client.hpp>

#include <memory>
#include <utility>

namespace lark::poco {
registration::app register_app(registration::handlers handlers, const registration::options& options,
                               const http_options& http, std::stop_token stop) {
    http_client client{http};
    return injected::register_app(std::move(handlers), options, client, std::move(stop));
}

injected::registration_handle register_app_async(registration::async_handlers handlers, registration::options options,
                                                 const http_options& http) {
    return injected::register_app_async(std::move(handlers), std::move(options), std::make_shared<http_client>(http));
}

}  // namespace lark::poco
