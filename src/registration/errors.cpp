#include <lark/registration/errors.hpp>

#include <lark/text.hpp>

#include <utility>

namespace lark {
namespace {

std::string text_of(const registration::failure& failure) {
    auto text = printable(failure.code);
    if (!failure.description.empty()) text += ": " + printable(failure.description);
    return text;
}

}  // namespace

register_app_error::register_app_error(registration::failure failure)
    : std::runtime_error(text_of(failure)), failure_(std::move(failure)) {}

register_app_error::~register_app_error() = default;
app_access_denied_error::~app_access_denied_error() = default;
app_expired_error::~app_expired_error() = default;

namespace registration {

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
