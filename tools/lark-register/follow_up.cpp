// SPDX-License-Identifier: MIT
#include "follow_up.hpp"

#include <lark/injected/client.hpp>
#include <lark/open_platform/errors.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/open_platform/scopes.hpp>

#include <exception>
#include <utility>

namespace lark_register {

namespace {

/// True if no scope is missing, or the app may not read them.
bool check_scopes(lark::injected::client& client, const lark::registration::addon_groups& asked,
                  std::string_view console, const std::stop_token& stop, view& out) {
    if (asked == lark::registration::addon_groups{}) return true;
    try {
        const auto missing = lark::open_platform::missing_scopes(asked, client.granted_scopes(stop));
        out.scopes(missing, console);
        return missing == lark::registration::addon_groups{};
    } catch (const lark::api_error& e) {
        if (e.code() != lark::open_platform::api_code::missing_scope) throw;
        out.scopes_unknown(e, console);
        return true;
    }
}

}  // namespace

std::string open_domain_of(const arguments& s, const lark::registration::app& app) {
    if (!s.open_domain.empty()) return s.open_domain;
    const auto brands = lark::open_platform::domain_of(app);
    if (!s.use_sandbox) return std::string(brands);
    return brands == lark::open_platform::lark_domain ? s.registration.lark_domain : s.registration.domain;
}

lark::registration::addon_groups asked_scopes(const arguments& s) {
    return s.registration.addons ? s.registration.addons->scopes : lark::registration::addon_groups{};
}

bool check_app(const arguments& s, const lark::registration::app& app, lark::injected::http_client& http,
               const std::stop_token& stop, lark::registration::trace_handler on_trace, view& out) {
    const lark::open_platform::client_options options{.domain = open_domain_of(s, app),
                                                      .allow_plain_http = s.registration.allow_plain_http,
                                                      .request_timeout = s.registration.request_timeout,
                                                      .on_trace = std::move(on_trace)};
    try {
        lark::injected::client client{app, http, options};
        const auto info = client.bot_info(stop);
        const auto console = *options.domain + "/app/" + app.client_id;
        out.checked(info, console);
        return check_scopes(client, asked_scopes(s), console + "/auth", stop, out) && info.enabled();
    } catch (const std::exception& e) {
        // The app is registered even if the client rejects its credentials, or the output fails.
        out.check_failed(e);
        return false;
    }
}

}  // namespace lark_register
