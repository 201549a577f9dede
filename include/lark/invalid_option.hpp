// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace lark {

/// One thing that is wrong with what the caller gave.
struct option_error {
    std::string option;                  ///< its name as the caller wrote it, such as `domain` or `app_preset.avatar`
    std::optional<std::size_t> index{};  ///< which entry of it, from 0, if it is a list
    std::string what;                    ///< the rule that it breaks, to follow its name: `must not contain a path`

    /// `app_preset.avatar[2] must not contain control characters`.
    [[nodiscard]] LARK_EXPORT std::string text() const;

    friend bool operator==(const option_error&, const option_error&) = default;
};

/// The caller's mistake, reported before the first request. `what()` has the texts of all errors, separated by `; `.
class LARK_EXPORT invalid_option : public std::invalid_argument {
public:
    explicit invalid_option(std::vector<option_error> errors);  ///< one or more, in the order of the options
    invalid_option(std::string option, std::string what);       ///< one, of an option that is not a list
    invalid_option(const invalid_option&) = default;
    invalid_option& operator=(const invalid_option&) = default;
    ~invalid_option() override;

    /// All that is wrong, one or more. Valid as long as the exception or a copy of it.
    [[nodiscard]] const std::vector<option_error>& errors() const noexcept { return *errors_; }

    /// The name of the first option that is wrong.
    [[nodiscard]] const std::string& option() const noexcept { return errors_->front().option; }

private:
    std::shared_ptr<const std::vector<option_error>> errors_;
};

namespace registration {
/// By the name that fits beside `registration::options`.
using lark::invalid_option;
}  // namespace registration
}  // namespace lark
