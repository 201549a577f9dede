// SPDX-License-Identifier: MIT
#include <lark/injected/register_app.hpp>

#include "blocking_driver.hpp"

#include <utility>

namespace lark::injected {

using namespace registration;

app register_app(handlers callbacks, const options& opts, http_client& client, std::stop_token stop) {
    if (!callbacks.on_qr_code) throw invalid_option{"on_qr_code", "is required"};
    return detail::blocking_driver{flow{opts}, std::move(callbacks), client, std::move(stop)}.run_to_end();
}

}  // namespace lark::injected
