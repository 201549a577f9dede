// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/service_records.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lark::fake {

inline constexpr std::string_view alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A text of that length, each character drawn from `alphabet`.
[[nodiscard]] std::string random_text(const std::function<std::uint64_t()>& random, std::string_view alphabet,
                                      std::size_t length);

/// A device code and all that belongs to it: what others may see, and the rest. `state` is as far as settled;
/// `client_id` is there from the begin on.
struct code : code_info {
    std::string device_code{};
    std::optional<time_point> approve_at{};
    std::optional<time_point> deny_at{};
    std::string client_secret{};
    std::string open_id{};
    std::array<std::optional<time_point>, 2> last_poll{};  // by host

    /// Applies the time that has passed: expiry, and decisions without a user.
    void settle(time_point now) noexcept;
};

/// All codes, by either of their names, in the order of their birth. Bounded: a sandbox may run for weeks.
class code_book {
public:
    static constexpr std::size_t max_codes = 100'000;

    /// Draws the names and ids of a new code. The reference lives until the next `add`.
    code& add(const std::function<std::uint64_t()>& random);
    [[nodiscard]] code* by_device(std::string_view device_code);
    [[nodiscard]] code* by_user(std::string_view user_code);
    /// A code that has been approved for an app of that id.
    [[nodiscard]] const code* made_app(std::string_view client_id) const noexcept;
    [[nodiscard]] std::deque<code>& all() noexcept { return codes_; }

private:
    [[nodiscard]] code* at(const std::unordered_map<std::string, std::uint64_t>& index, std::string_view name);

    std::deque<code> codes_;
    std::unordered_map<std::string, std::uint64_t> by_device_;  // to serial numbers
    std::unordered_map<std::string, std::uint64_t> by_user_;
    std::uint64_t next_serial_ = 1;
};

}  // namespace lark::fake
