// SPDX-License-Identifier: MIT
#pragma once

#include "settings.hpp"
#include "texts.hpp"

namespace lark_register {

/// The texts in the language asked for; by default in that of the locale's messages. English where the locale is not UTF-8.
[[nodiscard]] const texts& choose_texts(language lang);

}  // namespace lark_register
