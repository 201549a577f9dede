#pragma once

#include <string_view>
#include <system_error>

namespace lark_register {

/// Writes all of it at once, unbuffered. Throws `std::system_error` if that is not possible: who reads our output has gone,
/// or the disk is full.
void write_all(int descriptor, std::string_view text);

}  // namespace lark_register
