// SPDX-License-Identifier: MIT
#include <lark/poco/snapshots.hpp>

#include <lark/poco/http_client.hpp>

#include <memory>
#include <utility>

namespace lark::poco {

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
                                                        registration::options options, const http_options& http) {
    return injected::resume_registration_async(std::move(handlers), from, std::move(options),
                                               std::make_shared<http_client>(http));
}

injected::poll_result poll_once(const registration::snapshot& from, const registration::options& options,
                                const http_options& http, std::stop_token stop, registration::trace_handler on_trace) {
    http_client client{http};
    return injected::poll_once(from, options, client, std::move(stop), std::move(on_trace));
}

}  // namespace lark::poco
