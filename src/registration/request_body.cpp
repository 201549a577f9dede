// SPDX-License-Identifier: MIT
#include "registration/request_body.hpp"

#include "base/url.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace lark::registration::detail {
namespace {

constexpr std::string_view poll_start = "action=poll&device_code=";

}  // namespace

secret poll_body(const secret& device_code) {
    // In one piece: nothing that is freed on the way holds the code.
    std::string body;
    body.reserve(poll_start.size() + base::percent_encoded_size(device_code.reveal()));
    body += poll_start;
    base::append_percent_encoded(body, device_code.reveal());
    return secret{std::move(body)};
}

std::string_view escaped_code_in(const secret& poll_body) noexcept {
    const std::string_view body = poll_body.reveal();
    return body.substr(std::min(poll_start.size(), body.size()));
}

secret device_code_in(const secret& poll_body) { return secret{base::form_decode(escaped_code_in(poll_body))}; }

}  // namespace lark::registration::detail
