// SPDX-License-Identifier: MIT
#pragma once

#include "html.hpp"
#include "link_request.hpp"

#include <lark/fake/service_records.hpp>

#include <string>

/// The parts of the page behind the link, each as HTML.
namespace lark::fake {

[[nodiscard]] std::string introduction(const link_request& link, const page_texts& texts);
/// User code and time left.
[[nodiscard]] std::string key_facts(const code_info& code, const page_texts& texts, time_point now);
/// How it ended, and what to do next.
[[nodiscard]] std::string verdict(code_state state, const page_texts& texts);
[[nodiscard]] std::string app_section(const link_request& link, const page_texts& texts);
[[nodiscard]] std::string request_section(const link_request& link, const page_texts& texts);
[[nodiscard]] std::string dropped_section(const link_request& link, const page_texts& texts);
/// To the same page in the other language.
[[nodiscard]] std::string language_link(const std::string& target, const page_texts& texts);

}  // namespace lark::fake
