// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

namespace lark::poco::detail {

/// A variable of the environment as it was when the client was made.
struct variable {
    std::string name;  ///< which of the spellings was set
    std::string value;
};

/// The usual variables. Those that are set but empty count as unset, as with curl.
struct environment {
    std::optional<variable> https_proxy;  ///< HTTPS_PROXY, https_proxy
    std::optional<variable> all_proxy;    ///< ALL_PROXY, all_proxy
    std::optional<variable> no_proxy;     ///< NO_PROXY, no_proxy
    std::optional<variable> cert_file;    ///< SSL_CERT_FILE
    std::optional<variable> cert_dir;     ///< SSL_CERT_DIR
};

/// Reads it with `secure_getenv`: a program that runs with another user's rights must not follow its caller's
/// variables.
[[nodiscard]] environment read_environment();

}  // namespace lark::poco::detail
