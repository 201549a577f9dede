// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace lark_register {

/// Writes the QR code of `url` to a file that only its owner may read, as SVG or PNG by the ending of the name.
/// Throws `std::runtime_error` with a text for people, or `lark::qr::text_too_long`.
void write_qr_file(const std::string& path, const std::string& url);

/// Checks before a registration that the file can be made, or that it can be written if it exists; changes nothing.
/// Throws `std::runtime_error`.
void probe_qr_file(const std::string& path);

}  // namespace lark_register
