// SPDX-License-Identifier: MIT
#pragma once

#include <lark/open_platform/options.hpp>
#include <lark/secret.hpp>

#include <string>

namespace lark::open_platform::detail {

/// The request for a token: with an App Secret always the same, else with an assertion of its own each time
/// (protocol.md, section 6).
struct token_request {
    std::string url;
    std::string app_id;        ///< with assertions
    std::string audience;      ///< of assertions; empty: there is an App Secret
    secret body;               ///< empty while an assertion is missing
    secret credential;         ///< the App Secret or the assertion
    secret quoted_credential;  ///< as it stands in `body`, without the quotes: a text that quotes the body holds it so

    /// Throws `registration::invalid_option`.
    token_request(const std::string& app_id, secret app_secret, const client_options& options);

    [[nodiscard]] bool needs_assertion() const noexcept { return !audience.empty(); }
    /// Throws `std::bad_alloc`, and leaves the request as it was.
    void sign(secret assertion);
    /// An assertion is for one request, and is not kept beyond it.
    void drop_assertion() noexcept;
};

}  // namespace lark::open_platform::detail
