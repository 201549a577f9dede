// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lark::fake {

using form_fields = std::map<std::string, std::string, std::less<>>;

/// Decodes `application/x-www-form-urlencoded`. None if an escape is broken or a name comes twice (RFC 6749, 3.2:
/// "parameters MUST NOT be included more than once").
[[nodiscard]] std::optional<form_fields> parse_form(std::string_view text);

/// The value of a field, or an empty text.
[[nodiscard]] std::string_view field(const form_fields& form, std::string_view name) noexcept;

/// True if the request says that its body is a form; parameters such as a charset do not matter.
[[nodiscard]] bool is_form(const http_request& request);

}  // namespace lark::fake
