// SPDX-License-Identifier: MIT
#pragma once

#include "texts.hpp"

#include <lark/invalid_option.hpp>

#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// The errors of the command line.
namespace lark_register {

/// The command line is wrong; `in()` says how, in the language that the person reads. `what()` says it in English.
class usage_error : public std::runtime_error {
public:
    /// One of the texts, and what fills its gaps.
    usage_error(std::string_view texts::*text, std::initializer_list<std::string_view> values);
    /// A text of the library or of the parser; the same in every language.
    explicit usage_error(const std::string& text);

    [[nodiscard]] std::string in(const texts& words) const;
    /// The same about the value of this option.
    [[nodiscard]] usage_error about(std::string_view option) const;

private:
    usage_error(std::string option, std::string_view texts::*text, std::vector<std::string> values);

    std::string option_{};
    std::string_view texts::*text_ = nullptr;  // null: `values_` holds it all
    std::vector<std::string> values_;
};

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
