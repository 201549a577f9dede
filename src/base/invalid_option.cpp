// SPDX-License-Identifier: MIT
#include <lark/invalid_option.hpp>

#include <utility>

namespace lark {
namespace {

std::string text_of(const std::vector<option_error>& errors) {
    std::string text;
    for (const auto& error : errors) text.append(text.empty() ? "" : "; ").append(error.text());
    return text;
}

}  // namespace

std::string option_error::text() const {
    auto text = option;
    if (index) text.append(1, '[').append(std::to_string(*index)).append(1, ']');
    return text.append(1, ' ').append(what);
}

invalid_option::invalid_option(std::vector<option_error> errors)
    : std::invalid_argument(text_of(errors)),
      errors_(std::make_shared<const std::vector<option_error>>(std::move(errors))) {}

invalid_option::invalid_option(std::string option, std::string what)
    : invalid_option(std::vector<option_error>{{std::move(option), {}, std::move(what)}}) {}

invalid_option::~invalid_option() = default;

}  // namespace lark
