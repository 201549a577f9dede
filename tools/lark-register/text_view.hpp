// SPDX-License-Identifier: MIT
#pragma once

#include "command_line.hpp"
#include "texts.hpp"
#include "view.hpp"

#include <memory>

namespace lark_register {

/// For people: everything on standard error, but for the result, which goes to standard output alone. Both must outlive
/// it.
[[nodiscard]] std::unique_ptr<view> make_text_view(const arguments& s, const texts& words);

}  // namespace lark_register
