// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/outcome.hpp>
#include <lark/registration/trace.hpp>
#include <lark/secret.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace lark::registration::detail {

/// A time on the wall clock: its origin is 1970-01-01 00:00 UTC.
using wall_point = time_point;

/// No earlier than the origin, as every time in a snapshot.
[[nodiscard]] wall_point to_wall_point(std::chrono::system_clock::time_point t) noexcept;
[[nodiscard]] std::chrono::system_clock::time_point to_system_time(wall_point t) noexcept;

/// The contents of a snapshot, by the names of protocol.md, section 9.
struct snapshot_data {
    wall_point saved_at{};
    std::string domain{};
    std::string lark_domain{};
    bool at_lark = false;
    secret device_code{};
    secret user_code{};
    secret link{};
    secret verification_uri{};
    secret verification_uri_complete{};
    std::chrono::seconds lifetime{};
    std::chrono::seconds interval{};
    wall_point expires_at{};
    bool expiring = false;
    std::optional<wall_point> next_poll_at{};
    unsigned failures = 0;
    unsigned polls = 0;
    std::string last_error{};
    log_id request_id{};
    std::optional<registration::user_info> user_info{};
};

/// Reads and checks a text of any length. Throws `snapshot_error`.
[[nodiscard]] snapshot_data read_snapshot(const secret& text);

/// The text, on one line.
[[nodiscard]] secret write_snapshot(const snapshot_data& data);

}  // namespace lark::registration::detail
