#include "tested_transport.hpp"

#include "support/fault_clock.hpp"

#include <lark/injected/register_app.hpp>
#include <lark/poco.hpp>

namespace lark::test {
namespace {

void note(story& told, const register_app_error& error) {
    const auto& why = error.failure();
    told.end = why.code;
    told.texts.insert(told.texts.end(), {error.what(), why.code, why.description, why.cause});
}

http_result exchange_blocking(const poco::http_options& http, const http_request& request) {
    return poco::http_client{http}.send(request, {});
}

story run_blocking(const poco::http_options& http, const registration::options& options) {
    story told;
    poco::http_client wire{http};
    skipping_client client{wire};
    registration::handlers handlers;
    handlers.on_qr_code = [](const registration::qr_code&) {};
    handlers.on_status_change = [&](const registration::status_change& change) { told.texts.push_back(change.reason); };
    try {
        const auto app = injected::register_app(handlers, options, client);
        told.end = app.client_secret == secret{"marked-secret"} ? "app" : "an app with a wrong secret";
    } catch (const register_app_error& error) {
        note(told, error);
    }
    told.waited = client.slept();
    return told;
}

}  // namespace

std::vector<tested_transport> tested_transports() {
    return {
        {"blocking client", exchange_blocking, run_blocking},
    };
}

}  // namespace lark::test
