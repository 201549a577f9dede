#pragma once

#include <string>

namespace lark_register {

/// Writes the QR code of `url` to a file that only its owner may read, as SVG or PNG by the ending of the name.
/// Throws `std::runtime_error` with a text for people.
void write_qr_file(const std::string& path, const std::string& url);

}  // namespace lark_register
