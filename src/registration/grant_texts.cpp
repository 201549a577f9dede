// SPDX-License-Identifier: MIT
#include "registration/grant_texts.hpp"

namespace lark::registration::detail {

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
