// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/service_types.hpp>
#include <lark/http.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The messages of the model: what a request asks for, and how an answer is written.
namespace lark::fake {

using form_fields = std::map<std::string, std::string, std::less<>>;

/// Decodes `application/x-www-form-urlencoded`. None if an escape is broken or a name comes twice (RFC 6749, 3.2:
/// "parameters MUST NOT be included more than once").
[[nodiscard]] std::optional<form_fields> parse_form(std::string_view text);

/// The value of a field, or an empty text.
[[nodiscard]] std::string_view field(const form_fields& form, std::string_view name) noexcept;

/// True if the request says that its body is a form; parameters such as a charset do not matter.
[[nodiscard]] bool is_form(const http_request& request);

/// The path of a URL or of a request target, decoded; empty if it is neither.
[[nodiscard]] std::string path_of(const std::string& url);

/// The first value of a query parameter, decoded; empty if there is none.
[[nodiscard]] std::string query_of(const std::string& url, std::string_view name);

/// The answer of the model to one request.
struct modelled_reply {
    http_response response;
    std::string word;  ///< in a word: the error, `credentials`, or nothing
};

/// A JSON object with its members in order; values are JSON text already.
[[nodiscard]] std::string object(const std::vector<json_field>& members);

[[nodiscard]] http_response json_response(int status, const std::vector<json_field>& members);

/// `error` and `error_description` (RFC 6749, 5.2), and `more`.
[[nodiscard]] modelled_reply error_answer(int status, std::string_view error, std::string_view description,
                                          const std::vector<json_field>& more = {});

}  // namespace lark::fake
