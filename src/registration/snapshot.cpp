// SPDX-License-Identifier: MIT
// A snapshot towards its users: the values, and what may be seen of them.
#include <lark/registration/snapshot.hpp>

#include "registration/snapshot_data.hpp"

#include <utility>

namespace lark::registration {

namespace detail {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

}  // namespace

wall_point to_wall_point(system_clock::time_point t) noexcept {
    if (t < system_clock::time_point{}) return {};
    // A coarser system clock reaches further than 64 bits of nanoseconds.
    constexpr auto furthest = std::chrono::duration_cast<seconds>(nanoseconds::max());
    const auto since_epoch = t.time_since_epoch();
    if (std::chrono::duration_cast<seconds>(since_epoch) >= furthest) return wall_point::max();
    return wall_point{std::chrono::duration_cast<duration>(since_epoch)};
}

system_clock::time_point to_system_time(wall_point t) noexcept {
    return system_clock::time_point{std::chrono::duration_cast<system_clock::duration>(t.time_since_epoch())};
}

}  // namespace detail

std::string_view to_string(snapshot_state s) noexcept {
    switch (s) {
    case snapshot_state::polling: return "polling";
    case snapshot_state::expiring: return "expiring";
    }
    return "unknown";
}

snapshot::snapshot(std::shared_ptr<const detail::snapshot_data> data) noexcept : data_(std::move(data)) {}
snapshot::~snapshot() = default;

snapshot snapshot::parse(const secret& text) {
    return snapshot{std::make_shared<const detail::snapshot_data>(detail::read_snapshot(text))};
}

secret snapshot::text() const { return detail::write_snapshot(*data_); }

public_view snapshot::view(view_of_link link) const {
    const auto& d = *data_;
    public_view v;
    v.state = d.expiring ? snapshot_state::expiring : snapshot_state::polling;
    v.at_lark = d.at_lark;
    v.expires_at = detail::to_system_time(d.expires_at);
    if (d.next_poll_at) v.next_poll_at = detail::to_system_time(*d.next_poll_at);
    v.interval = d.interval;
    v.polls = d.polls;
    v.last_error = d.last_error;
    v.request_id = d.request_id;
    if (link == view_of_link::shown) {
        v.link = d.link.reveal();
        v.user_code = d.user_code.reveal();
        v.verification_uri = d.verification_uri.reveal();
    }
    return v;
}

snapshot_error::snapshot_error(reason why, const std::string& message) : std::runtime_error(message), why_(why) {}
snapshot_error::~snapshot_error() = default;

}  // namespace lark::registration
