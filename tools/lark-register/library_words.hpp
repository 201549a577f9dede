#pragma once

#include <lark/registration/invalid_option.hpp>

#include <span>
#include <string>
#include <string_view>

namespace lark_register {

/// What the library calls an option, and what the person typed for it.
struct library_name {
    std::string_view library;
    std::string_view option;
};

[[nodiscard]] std::span<const library_name> library_names() noexcept;

/// What the library complains of, each part after the option that it is about: `--timeout: request_timeout must be…`.
/// What comes from the environment stays as it is: it names its variable. `option` is for a complaint about another
/// object's option of the same name.
[[nodiscard]] std::string in_terms_of_options(const lark::registration::invalid_option& error,
                                              std::string_view option = {});

}  // namespace lark_register
