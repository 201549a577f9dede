// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/registration/outcome.hpp>

#include <stdexcept>
#include <string>

/// The exceptions of the entry points. `what()` is `registration::describe`, fit to be printed, without secrets.
namespace lark {

/// Base of all that can go wrong after the first request.
class LARK_EXPORT register_app_error : public std::runtime_error {
public:
    explicit register_app_error(registration::failure failure);  ///< `what()` is made from it
    register_app_error(const register_app_error&) = default;
    register_app_error& operator=(const register_app_error&) = default;
    ~register_app_error() override;

    [[nodiscard]] const std::string& code() const noexcept { return failure_.code; }  ///< see `error_code`
    [[nodiscard]] const std::string& description() const noexcept { return failure_.description; }  ///< for people
    [[nodiscard]] const registration::failure& failure() const noexcept { return failure_; }  ///< all that is known

private:
    registration::failure failure_;
};

/// The user said no.
class LARK_EXPORT app_access_denied_error : public register_app_error {
public:
    using register_app_error::register_app_error;
    app_access_denied_error(const app_access_denied_error&) = default;
    app_access_denied_error& operator=(const app_access_denied_error&) = default;
    ~app_access_denied_error() override;
};

/// The code's lifetime is over.
class LARK_EXPORT app_expired_error : public register_app_error {
public:
    using register_app_error::register_app_error;
    app_expired_error(const app_expired_error&) = default;
    app_expired_error& operator=(const app_expired_error&) = default;
    ~app_expired_error() override;

    /// True if the local clock decided it, false if the service did.
    [[nodiscard]] bool local() const noexcept { return failure().local; }
};

namespace registration {

/// One line: code and description, how many polls went where and what the last one brought, the last error, the request
/// id of the service. Fit to be printed, without secrets. From any thread; throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT std::string describe(const failure& why);

/// The app; throws the exception that fits the failure: `app_access_denied_error`, `app_expired_error`,
/// `register_app_error`. From any thread; also throws `std::bad_alloc`.
[[nodiscard]] LARK_EXPORT app value_or_throw(outcome result);

}  // namespace registration
}  // namespace lark
