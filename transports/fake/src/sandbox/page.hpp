#pragma once

#include "wire_message.hpp"

#include <lark/fake/accounts_service.hpp>

#include <array>
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

    /// Answers a GET with the page and a POST of its form with a redirection back to it. The caller has checked the Host.
    [[nodiscard]] http_response handle(const http_request& request, accounts_service& service, time_point now) const;

private:
    [[nodiscard]] http_response show(const http_request& request, accounts_service& service, time_point now) const;
    [[nodiscard]] http_response decide(const http_request& request, accounts_service& service, time_point now) const;
    /// What a form must bring along to count: it cannot be known without having read the page (no other site can).
    [[nodiscard]] std::string token_for(std::string_view user_code) const;

    std::array<unsigned char, 32> key_{};
};

}  // namespace lark::fake
