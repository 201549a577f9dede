// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/service_types.hpp>
#include <lark/http.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace lark::fake {

/// The answer of the model to one request.
struct answer {
    http_response response;
    std::string word;  ///< in a word: the error, `credentials`, or nothing
};

/// As a JSON string.
[[nodiscard]] std::string json_string(std::string_view text);

/// A JSON object with its members in order; values are JSON text already.
[[nodiscard]] std::string object(const std::vector<json_field>& members);

[[nodiscard]] http_response json_response(int status, const std::vector<json_field>& members);

}  // namespace lark::fake
