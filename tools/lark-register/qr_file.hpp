#pragma once

#include <string>

namespace lark_register {

/// Writes the QR code of `url` to a file that only its owner may read, as SVG or PNG by the ending of the name.
/// Throws `std::runtime_error` with a text for people.
void write_qr_file(const std::string& path, const std::string& url);

/// Tells in time whether that can be written, and leaves things as they were. Throws like `write_qr_file`.
void probe_qr_file(const std::string& path);

}  // namespace lark_register
