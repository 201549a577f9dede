#include "follow_up.hpp"

#include <lark/injected/client.hpp>
#include <lark/open_platform/errors.hpp>
#include <lark/open_platform/options.hpp>

#include <exception>

namespace lark_register {

std::string open_domain_of(const settings& s, const lark::registration::app& app) {
    if (!s.open_domain.empty()) return s.open_domain;
    const auto brands = lark::open_platform::domain_of(app);
    if (!s.use_sandbox) return std::string(brands);
    return brands == lark::open_platform::lark_domain ? s.registration.lark_domain : s.registration.domain;
}

bool check_app(const settings& s, const lark::registration::app& app, lark::injected::http_client& http,
               const std::stop_token& stop, view& out) {
    const lark::open_platform::client_options options{.domain = open_domain_of(s, app),
                                                      .allow_plain_http = s.registration.allow_plain_http,
                                                      .request_timeout = s.registration.request_timeout};
    try {
        lark::injected::client client{app, http, options};
        const auto info = client.bot_info(stop);
        out.checked(info, *options.domain + "/app/" + app.client_id);
        return info.enabled();
    } catch (const lark::api_error& e) {
        out.check_failed(e);
        return false;
    } catch (const std::exception& e) {
        // The app is registered even if the client rejects its credentials, or the output fails.
        out.check_failed(e.what());
        return false;
    }
}

}  // namespace lark_register
