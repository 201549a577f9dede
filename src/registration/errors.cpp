// SPDX-License-Identifier: MIT
#include <lark/registration/errors.hpp>

#include <lark/text.hpp>

#include <utility>

namespace lark {
namespace {

using registration::exchange_step;
using registration::exchange_summary;
using registration::oauth_error;

/// `answered authorization_pending (20094)`, `had no reply (connect)`; empty if it is not known.
std::string answer_of(const exchange_summary& e) {
    if (e.failure) return "had no reply (" + std::string{to_string(*e.failure)} + ')';
    if (e.http_status == 0) return {};
    std::string text = "answered ";
    if (e.error == oauth_error::none || e.error == oauth_error::other) text += "HTTP " + std::to_string(e.http_status);
    else text += to_string(e.error);
    if (e.code != 0) text += " (" + std::to_string(e.code) + ')';
    return text;
}

/// `720 polls at accounts.feishu.cn, the last answered …`, `try 3 of init at accounts.feishu.cn`.
std::string requests_of(const registration::failure& why) {
    const auto& e = why.last_exchange;
    if (e.host.empty()) return {};
    const auto at_host = " at " + e.host.text();
    if (why.polls == 0) {
        const auto step = std::string{to_string(e.step)} + at_host;
        return e.number > 1 ? "try " + std::to_string(e.number) + " of " + step : step;
    }
    auto text = std::to_string(why.polls) + (why.polls == 1 ? " poll" : " polls") + at_host;
    const auto answer = e.step == exchange_step::poll ? answer_of(e) : std::string{};
    if (!answer.empty()) text += (why.polls == 1 ? ", which " : ", the last ") + answer;
    return text;
}

}  // namespace

register_app_error::register_app_error(registration::failure failure)
    : std::runtime_error(describe(failure)), failure_(std::move(failure)) {}

register_app_error::~register_app_error() = default;
app_access_denied_error::~app_access_denied_error() = default;
app_expired_error::~app_expired_error() = default;

namespace registration {

std::string describe(const failure& why) {
    auto text = printable(why.code);
    if (!why.description.empty()) text += ": " + printable(why.description);
    if (const auto requests = requests_of(why); !requests.empty()) text += ": " + requests;
    if (!why.last_error.empty() && why.description.find(why.last_error) == std::string::npos)
        text += "; last error: " + printable(why.last_error);
    if (const auto& id = why.last_exchange.request_id; !id.empty()) text += "; request id " + id.text();
    return text;
}

app value_or_throw(outcome result) {
    if (auto* value = std::get_if<app>(&result)) return std::move(*value);
    auto& why = std::get<failure>(result);
    switch (why.kind) {
    case failure_kind::access_denied: throw app_access_denied_error{std::move(why)};
    case failure_kind::expired: throw app_expired_error{std::move(why)};
    case failure_kind::other: break;
    }
    throw register_app_error{std::move(why)};
}

}  // namespace registration
}  // namespace lark
