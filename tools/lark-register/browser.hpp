// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace lark_register {

/// Opens the link in the person's browser, without a shell in between and without waiting for it. Throws
/// `std::system_error` if the opener cannot be started.
void open_browser(const std::string& url);

}  // namespace lark_register
