// SPDX-License-Identifier: MIT
#pragma once

#include <lark/invalid_option.hpp>

#include <span>
#include <string>
#include <string_view>

namespace lark_register {

/// The library's name of an option, and the name on the command line.
struct library_name {
    std::string_view library;
    std::string_view option;
};

[[nodiscard]] std::span<const library_name> library_names() noexcept;

/// The library's errors, each after the option that it is about: `--timeout: request_timeout must be…`.
/// An error about the environment stays as it is: it names its variable. `option` is for an error about another
/// object's option of the same name.
[[nodiscard]] std::string in_terms_of_options(const lark::registration::invalid_option& error,
                                              std::string_view option = {});

}  // namespace lark_register
