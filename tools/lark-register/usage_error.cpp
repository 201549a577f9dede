// SPDX-License-Identifier: MIT
#include "usage_error.hpp"

#include <utility>

namespace lark_register {

namespace {

std::string complete(const texts& words, const std::string& option, std::string_view texts::*text,
                     const std::vector<std::string>& values) {
    const std::vector<std::string_view> views{values.begin(), values.end()};
    const auto said = text ? fill(words.*text, views) : values.front();
    return option.empty() ? said : option + ": " + said;
}

}  // namespace

usage_error::usage_error(std::string option, std::string_view texts::*text, std::vector<std::string> values)
    : std::runtime_error(complete(english_texts, option, text, values)),
      option_(std::move(option)),
      text_(text),
      values_(std::move(values)) {}

usage_error::usage_error(std::string_view texts::*text, std::initializer_list<std::string_view> values)
    : usage_error({}, text, std::vector<std::string>{values.begin(), values.end()}) {}

usage_error::usage_error(const std::string& text) : usage_error({}, nullptr, std::vector<std::string>{text}) {}

std::string usage_error::in(const texts& words) const { return complete(words, option_, text_, values_); }

usage_error usage_error::about(std::string_view option) const { return {std::string(option), text_, values_}; }

}  // namespace lark_register
