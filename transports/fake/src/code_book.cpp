// SPDX-License-Identifier: MIT
#include "code_book.hpp"

#include <algorithm>

namespace lark::fake {

namespace {

constexpr std::string_view hexadecimal = "0123456789abcdef";
constexpr std::string_view consonants = "BCDFGHJKLMNPQRSTVWXZ";  // RFC 8628, 6.1: no vowels, so no words

}  // namespace

std::string random_text(const std::function<std::uint64_t()>& random, std::string_view alphabet, std::size_t length) {
    std::string text(length, ' ');
    for (char& c : text) c = alphabet[static_cast<std::size_t>(random() % alphabet.size())];
    return text;
}

void code::settle(time_point now) noexcept {
    if (state == code_state::pending) {
        const bool yes = approve_at && *approve_at <= now && *approve_at < expires;
        const bool no = deny_at && *deny_at <= now && *deny_at < expires;
        if (yes && (!no || *approve_at < *deny_at)) state = code_state::approved;
        else if (no) state = code_state::denied;
    }
    // A denial stays a denial: "access_denied" is final (RFC 8628, 3.5).
    if (now >= expires && (state == code_state::pending || state == code_state::approved)) state = code_state::expired;
}

code& code_book::add(const std::function<std::uint64_t()>& random) {
    if (codes_.size() >= max_codes) {
        by_device_.erase(codes_.front().device_code);
        by_user_.erase(codes_.front().user_code);
        codes_.pop_front();
    }
    code c;
    c.serial = next_serial_;
    c.device_code = random_text(random, alphanumeric, 43);
    do {
        c.user_code = random_text(random, consonants, 8).insert(4, 1, '-');
    } while (by_user_.contains(c.user_code));
    c.client_id = "cli_" + random_text(random, hexadecimal, 16);
    c.client_secret = random_text(random, alphanumeric, 32);
    c.open_id = "ou_" + random_text(random, hexadecimal, 32);
    by_device_.emplace(c.device_code, c.serial);
    by_user_.emplace(c.user_code, c.serial);
    codes_.push_back(std::move(c));
    ++next_serial_;
    return codes_.back();
}

code* code_book::by_device(std::string_view device_code) { return at(by_device_, device_code); }
code* code_book::by_user(std::string_view user_code) { return at(by_user_, user_code); }

const code* code_book::made_app(std::string_view client_id) const noexcept {
    const auto made = [&](const code& c) {
        return (c.state == code_state::approved || c.state == code_state::used) && c.client_id == client_id;
    };
    const auto found = std::find_if(codes_.begin(), codes_.end(), made);
    return found == codes_.end() ? nullptr : &*found;
}

code* code_book::at(const std::unordered_map<std::string, std::uint64_t>& index, std::string_view name) {
    const auto found = index.find(std::string(name));
    if (found == index.end()) return nullptr;
    // Serial numbers have no gaps, so the distance to the oldest is the place.
    return &codes_[static_cast<std::size_t>(found->second - codes_.front().serial)];
}

}  // namespace lark::fake
