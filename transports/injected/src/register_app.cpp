// SPDX-License-Identifier: MIT
#include <lark/injected/register_app.hpp>

#include "blocking_driver.hpp"
#include "registration_task.hpp"
#include "registration_worker.hpp"

#include <lark/registration/flow.hpp>

#include <memory>
#include <utility>

namespace lark::injected {

using namespace registration;
using detail::registration_task;
using detail::registration_worker;

namespace {

registration_handle run(async_handlers callbacks, const options& opts, const std::shared_ptr<http_client>& client,
                        registration_worker::client_is owner) {
    if (!callbacks.on_qr_code) throw invalid_option{"on_qr_code", "is required"};
    if (!client) throw invalid_option{"client", "is required"};
    auto task = std::make_shared<registration_task>(std::move(callbacks));
    auto worker = std::make_unique<registration_worker>(task, flow{opts}, client, owner);
    return registration_task::make_handle(std::move(task), std::move(worker));
}

}  // namespace

app register_app(handlers callbacks, const options& opts, http_client& client, std::stop_token stop) {
    if (!callbacks.on_qr_code) throw invalid_option{"on_qr_code", "is required"};
    return detail::blocking_driver{flow{opts}, std::move(callbacks), client, std::move(stop)}.run_to_end();
}

registration_handle register_app_async(async_handlers callbacks, const options& opts, http_client& client) {
    return run(std::move(callbacks), opts, {std::shared_ptr<void>{}, &client},
               registration_worker::client_is::borrowed);
}

registration_handle detail::register_app_async(async_handlers callbacks, const options& opts,
                                               const std::shared_ptr<http_client>& client) {
    return run(std::move(callbacks), opts, client, registration_worker::client_is::shared);
}

}  // namespace lark::injected
