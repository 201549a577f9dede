// SPDX-License-Identifier: MIT
#include <lark/poco/register_app.hpp>

#include "registration_task.hpp"

#include <lark/injected/register_app.hpp>
#include <lark/poco/http_client.hpp>
#include <lark/poco/registrar.hpp>

#include <memory>
#include <utility>

namespace lark::poco {
registration::app register_app(registration::handlers handlers, const registration::options& options,
                               const http_options& http, std::stop_token stop) {
    http_client client{http};
    return injected::register_app(std::move(handlers), options, client, std::move(stop));
}

registration_handle register_app_async(registration::async_handlers handlers, registration::options options,
                                       const http_options& http) {
    auto own = std::make_shared<registrar>(http);
    auto handle = own->start(std::move(handlers), std::move(options));
    return detail::registration_task::give_worker(std::move(handle), std::move(own));
}

}  // namespace lark::poco
