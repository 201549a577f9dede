// SPDX-License-Identifier: MIT
#include <lark/open_platform/errors.hpp>

#include "base/http.hpp"

#include <lark/text.hpp>

#include <tuple>
#include <utility>
#include <variant>

namespace lark {
namespace open_platform {
namespace {

std::string seconds_text(std::chrono::milliseconds wait) {
    auto text = std::to_string(wait.count() / 1000);
    if (const auto rest = wait.count() % 1000; rest != 0) {
        auto fraction = std::to_string(1000 + rest).substr(1);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        text += '.' + fraction;
    }
    return text + " s";
}

std::string_view advice(std::int64_t code) noexcept {
    switch (code) {
    case api_code::bad_credentials: return "check App ID and App Secret";
    case api_code::wrong_host:
        return "the app's tenant lives on the other host: set domain to https://open.larksuite.com for Lark, "
               "https://open.feishu.cn for Feishu";
    default: return {};
    }
}

}  // namespace

std::string describe(const api_failure& failure) {
    auto text = failure.code != 0 ? std::to_string(failure.code) : failure.error;
    if (!failure.message.empty()) text += ": " + printable(failure.message);

    std::string notes;
    const auto note = [&](std::string_view what) { notes.append(notes.empty() ? "" : ", ").append(what); };
    const auto status = base::status_text(failure.http_status);
    if (failure.http_status != 0 && !failure.message.starts_with(status))
        note(status);  // the message may say it already
    if (!failure.request_id.empty()) note("request id " + printable(failure.request_id));
    if (failure.retry_after) note("try again in " + seconds_text(*failure.retry_after));
    if (!notes.empty()) text += " (" + notes + ')';
    if (const auto what_to_do = advice(failure.code); !what_to_do.empty()) text.append("; ").append(what_to_do);
    return text;
}

bool operator==(const api_failure& a, const api_failure& b) {
    const auto all = [](const api_failure& f) {
        return std::tie(f.kind, f.code, f.error, f.message, f.http_status, f.request_id, f.retry_after, f.rate_limit);
    };
    return all(a) == all(b) && a.body.text() == b.body.text();
}

api_response value_or_throw(api_result result) {
    if (auto* failure = std::get_if<api_failure>(&result)) throw api_error{std::move(*failure)};
    return std::get<api_response>(std::move(result));
}

}  // namespace open_platform

api_error::api_error(open_platform::api_failure failure)
    : std::runtime_error(open_platform::describe(failure)), failure_(std::move(failure)) {}

api_error::~api_error() = default;

}  // namespace lark
