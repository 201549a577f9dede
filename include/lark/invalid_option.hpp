#pragma once

#include <lark/export.hpp>

#include <stdexcept>
#include <string>

namespace lark {

/// The caller's mistake, reported before the first request. `what()` names the option and says what it must be; where several
/// are wrong it names all, separated by `; `.
class LARK_EXPORT invalid_option : public std::invalid_argument {
public:
    invalid_option(std::string option, const std::string& message);  ///< which one, and what it must be
    invalid_option(const invalid_option&) = default;
    invalid_option& operator=(const invalid_option&) = default;
    ~invalid_option() override;

    /// The name of the (first) option as the caller wrote it, such as `domain` or `app_preset.avatar`.
    [[nodiscard]] const std::string& option() const noexcept { return option_; }

private:
    std::string option_;
};

}  // namespace lark
