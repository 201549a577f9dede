// SPDX-License-Identifier: MIT
#include "registration/grant.hpp"

#include "base/ascii.hpp"
#include "base/url.hpp"

#include <algorithm>
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

secret device_code_in(const secret& poll_body) {
    return secret{base::percent_decode(escaped_code_in(poll_body), base::encoding::form)};
}

grant_texts::grant_texts(const views& of) {
    std::string all;
    all.reserve(of.link.size() + of.verification_uri_complete.size() + of.verification_uri.size() +
                of.user_code.size());
    const auto add = [&](std::string_view text) {
        auto begin = all.find(text);
        if (begin == std::string::npos) {
            begin = all.size();
            all += text;
        }
        return part{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(text.size())};
    };
    link_ = add(of.link);
    verification_uri_complete_ = add(of.verification_uri_complete);
    verification_uri_ = add(of.verification_uri);
    user_code_ = add(of.user_code);
    text_ = std::string_view{all};  // a copy is no larger than it needs to be
}

void grant_texts::release() noexcept {
    std::string{}.swap(text_);  // an assignment could keep the memory
    link_ = verification_uri_complete_ = verification_uri_ = user_code_ = {};
}

}  // namespace lark::registration::detail
