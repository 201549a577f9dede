// SPDX-License-Identifier: MIT
#pragma once

#include "page_texts.hpp"

#include <lark/http.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace lark::fake {

/// page.css and page.js, embedded by the build.
extern const std::string_view page_style;
extern const std::string_view page_script;

/// Fit for HTML text and for double-quoted attributes. Controls and bidirectional controls come out visibly, as
/// `lark::printable` writes them, so that no text can pose as another.
[[nodiscard]] std::string escape_html(std::string_view text);

/// One page of the sandbox. `content` and `footer` are HTML, everything else is text.
struct html_page {
    std::string_view title;
    std::string content;
    std::string footer{};
    bool renews = false;  ///< it is loaded again every 2 s
    bool wide = false;    ///< for tables
};

/// The whole reply: head, style, and the headers that keep others out of the page. Only what carries this reply's own
/// nonce is applied or run (CSP level 3), and nothing is loaded from anywhere. Throws `std::runtime_error` if there is
/// no randomness.
[[nodiscard]] http_response html_reply(int status, const page_texts& texts, const html_page& page);

/// A page that says one thing.
[[nodiscard]] http_response html_message(int status, const page_texts& texts, std::string_view title,
                                         std::string_view text);

/// `<tag>` around escaped text.
[[nodiscard]] std::string element(std::string_view tag, std::string_view text, std::string_view css_class = {});
/// A row of a `<dl>`: what it is called, and its value.
[[nodiscard]] std::string described(std::string_view name, std::string_view value);
/// The same with a list of values; nothing if it is empty.
[[nodiscard]] std::string described_list(std::string_view name, const std::vector<std::string>& values);

/// The time left, counted down where scripts run.
[[nodiscard]] std::string countdown(const page_texts& texts, std::chrono::seconds left);

/// To the same page in the other language.
[[nodiscard]] std::string language_link(const std::string& target, const page_texts& texts);

}  // namespace lark::fake
