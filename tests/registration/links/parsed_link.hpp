// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A link, parsed by two parsers that are independent of the builder: Poco's, and one after the form parser of the URL
/// standard. They must agree.
namespace lark::test {

using parameters = std::vector<std::pair<std::string, std::string>>;

struct parsed_link {
    std::string before_query;  ///< byte for byte
    std::string raw_query;
    std::string fragment;  ///< with `#`, byte for byte
    parameters query;      ///< decoded, in order
};

/// Fails the running test where the parsers disagree or the link is not ASCII.
[[nodiscard]] parsed_link parse_link(const std::string& link);

/// The values of a parameter, in order.
[[nodiscard]] std::vector<std::string> values(const parsed_link& link, std::string_view name);

/// Decodes an `addons` value as the page does: base64url, gzip, JSON text.
[[nodiscard]] std::string decode_addons(const std::string& value);

}  // namespace lark::test
