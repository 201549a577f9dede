// SPDX-License-Identifier: MIT
// protocol.md, section 9, at every step of every conversation: saved, read again from the text, and carried on by
// another flow.
#include "registration/support/sweep.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

using namespace lark;
using namespace lark::registration;
using namespace lark::registration::testing;
using namespace std::chrono_literals;

namespace {

using std::chrono::system_clock;

const system_clock::time_point wall{std::chrono::seconds{1'790'000'000}};

/// A driver whose clock has another origin.
constexpr time_point elsewhere = from_origin(77h);

bool can_be_saved(const player& p) { return flow_test_access::has_device_code(p.flow.get()); }

/// Not earlier than the flow has seen.
time_point latest(const player& p) { return std::max(p.now, flow_test_access::now(p.flow.get())); }

/// Each distinct state saved, and carried on after `passed` by a wall clock that is `ahead`.
void sweep_carrying_on(after_save then, duration passed, duration ahead) {
    std::size_t carried_on = 0;
    std::set<std::string> seen;
    at_every_step([&](const script& s, const player& p, std::size_t) {
        if (!can_be_saved(p) ||
            !seen.insert(p.flow.key() + s.opts.domain + std::to_string(s.opts.interval_margin)).second)
            return;
        const wall_time here{latest(p), wall};
        const wall_time there{elsewhere, wall + std::chrono::duration_cast<system_clock::duration>(passed + ahead)};
        auto other = p.flow.carried_on(here, there, s.opts, then);
        if (!other) {
            // The last poll was in flight at expiry, and is lost.
            require(then == after_save::stops && p.flow.outstanding() != request_id{} &&
                        here.now >= flow_test_access::expires_at(p.flow.get()),
                    "a flow with a link can be saved");
            return;
        }
        ++carried_on;
        player q{s.opts};
        q.flow = *other;
        q.now = elsewhere;
        for (const auto rest : {0u, 3u, 5u}) {  // silence, slow_down, a Lark user
            auto copy = q;
            drive_to_end(copy.flow, copy.now, rests()[rest].answer);
            require(is_over(copy), "there is an outcome");
        }
    });
    BOOST_TEST(carried_on > 100u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshots_at_every_step)

BOOST_AUTO_TEST_CASE(carried_on_at_once) { sweep_carrying_on(after_save::stops, 0s, 0s); }
BOOST_AUTO_TEST_CASE(carried_on_a_little_later) { sweep_carrying_on(after_save::stops, 2s, 0s); }
BOOST_AUTO_TEST_CASE(carried_on_after_two_days) { sweep_carrying_on(after_save::stops, 48h, 0s); }
BOOST_AUTO_TEST_CASE(carried_on_by_a_clock_an_hour_behind) { sweep_carrying_on(after_save::stops, 2s, -1h); }
BOOST_AUTO_TEST_CASE(carried_on_by_a_clock_an_hour_ahead) { sweep_carrying_on(after_save::stops, 2s, 1h); }
BOOST_AUTO_TEST_CASE(lost_and_carried_on_at_once) { sweep_carrying_on(after_save::goes_on, 0s, 0s); }
BOOST_AUTO_TEST_CASE(lost_and_carried_on_later) { sweep_carrying_on(after_save::goes_on, 7s, 0s); }
BOOST_AUTO_TEST_CASE(lost_and_carried_on_after_two_days) { sweep_carrying_on(after_save::goes_on, 48h, 0s); }

BOOST_AUTO_TEST_CASE(nothing_is_saved_before_the_link_and_after_the_end) {
    at_every_step([&](const script&, const player& p, std::size_t) {
        const auto saved = p.flow.get().save({latest(p), wall}, after_save::goes_on);
        require(saved.has_value() == can_be_saved(p), "protocol.md 9: saved from the link to the end");
        require(!is_over(p) || !saved, "protocol.md 9: what is over cannot be saved");
    });
}

BOOST_AUTO_TEST_CASE(the_conversation_goes_on_as_written) {
    std::size_t carried_on = 0;
    at_every_step([&](const script& s, const player& p, std::size_t i) {
        if (!can_be_saved(p) || p.flow.outstanding() != request_id{} || i == s.is.size()) return;
        if (s.opts.give_up_after) return;  // the limit starts from zero
        const wall_time now{latest(p), wall};
        auto copy = p;
        // Not saved: a status that was not taken, the id of a request, and the limit of a poll after a last switch.
        bool link = false;
        for (const auto& o : drain(copy.flow, now.now)) {
            if (std::holds_alternative<status_changed>(o) || std::holds_alternative<abandon_request>(o)) return;
            link = link || std::holds_alternative<qr_code_ready>(o);
        }
        if (flow_test_access::is_owed_under_a_limit(p.flow.get())) return;
        copy = p;
        copy.flow = p.flow.carried_on(now, now, s.opts).value();
        if (!link)
            require(std::holds_alternative<qr_code_ready>(copy.flow.poll_output(now.now)), "the link comes again");
        ++carried_on;
        play(copy, s.is, i);
    });
    BOOST_TEST(carried_on > 400u);
}

BOOST_AUTO_TEST_CASE(saved_again_and_again_it_stays_the_same) {
    at_every_step([&](const script& s, const player& p, std::size_t) {
        if (!can_be_saved(p)) return;
        const auto first = p.flow.get().save({latest(p), wall});
        if (!first) return;
        auto text = first->text();
        for (const auto now : {elsewhere, from_origin(-5h), from_origin(0s)}) {
            const flow other{snapshot::parse(text), {now, wall}, s.opts};
            const auto again = other.save({now, wall}).value().text();
            require(again == text, "protocol.md 9: nothing is lost on the way");
            text = again;
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
