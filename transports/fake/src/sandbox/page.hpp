// SPDX-License-Identifier: MIT
#pragma once

#include "html.hpp"
#include "link_request.hpp"

#include <lark/fake/accounts_service.hpp>
#include <lark/http.hpp>

#include <string>
#include <string_view>

namespace lark::fake {

/// The page behind the QR link, as HTTP requests and replies: what is asked for, and the forms that approve and deny.
class decision_page {
public:
    /// Draws the key for its tokens. Throws `std::runtime_error` if there is no randomness.
    decision_page();

    /// True if `path` is one of the page's: `/page/launcher`, or `/page/cli`.
    [[nodiscard]] static bool serves(std::string_view path) noexcept;

    /// Answers a GET with the page and a POST of its form with a redirection back to it. The caller has checked the
    /// Host.
    [[nodiscard]] http_response handle(const http_request& request, accounts_service& service, time_point now) const;

private:
    [[nodiscard]] http_response show(const http_request& request, accounts_service& service, time_point now) const;
    [[nodiscard]] http_response decide(const http_request& request, accounts_service& service, time_point now) const;
    [[nodiscard]] std::string forms(const link_request& link, const page_texts& texts, bool may_approve) const;
    /// The token that a valid form carries. It cannot be known without having read the page, which no other site can.
    /// It stands for the whole of what the page showed, so that nothing else can be approved with it.
    [[nodiscard]] std::string token_for(std::string_view user_code, std::string_view client_id) const;

    std::string key_;
};

}  // namespace lark::fake
