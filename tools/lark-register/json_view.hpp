// SPDX-License-Identifier: MIT
#pragma once

#include "texts.hpp"
#include "view.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace lark_register {

/// One JSON object a line on standard output, in ASCII, each written at once and with its time. Warnings are lines on
/// standard error, with these words.
[[nodiscard]] std::unique_ptr<view> make_json_view(const texts& words);

/// `text` as a JSON string in ASCII: whatever a terminal might take for a command is escaped.
[[nodiscard]] std::string to_json_string(std::string_view text);

}  // namespace lark_register
