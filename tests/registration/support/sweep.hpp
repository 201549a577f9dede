// SPDX-License-Identifier: MIT
#pragma once

#include "registration/support/flow_test_access.hpp"
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Every conversation again, disturbed at every step.
namespace lark::registration::testing {

inline http_result failure_of(transport_failure_kind kind) { return transport_failure{kind, "disturbed"}; }

/// The replies to the rest of a run, so that each run ends in its own way.
struct rest {
    const char* name;
    answerer answer;
};
inline const std::vector<rest>& rests() {
    static const std::vector<rest> all{
        {"silence", [] { return std::optional<http_result>{}; }},
        {"cut", [] { return std::optional{failure_of(transport_failure_kind::cut)}; }},
        // With a Retry-After, so that a run has tens of polls and not hundreds.
        {"pending",
         [] {
             return std::optional<http_result>{http_response{400, {{"Retry-After", "47"}}, pending}};
         }},
        {"slow_down",
         [] {
             return std::optional<http_result>{http_response{400, {}, slow_down}};
         }},
        {"{}",
         [] {
             return std::optional<http_result>{http_response{200, {{"Retry-After", "31"}}, "{}"}};
         }},
        {"a Lark user",
         [] {
             return std::optional<http_result>{http_response{200, {}, error_body("slow_down", ',' + lark_user)}};
         }},
        {"busy",
         [] {
             return std::optional<http_result>{http_response{503, {{"Retry-After", "100000"}}, ""}};
         }},
        {"denied",
         [] {
             return std::optional<http_result>{http_response{400, {}, error_body("access_denied")}};
         }},
    };
    return all;
}

inline void end_in_every_way(const player& p) {
    for (const auto& r : rests()) {
        auto copy = p;
        try {
            drive_to_end(copy.flow, copy.now, r.answer);
            require(copy.flow.result() != nullptr, "there is an outcome");
        } catch (const broken_rule& e) {
            throw broken_rule{std::string{"then "} + r.name + ": " + e.what()};
        }
    }
}

inline bool is_over(const player& p) { return p.flow.result() != nullptr; }

/// Calls `disturb` with a copy of the player before every step of every conversation.
template <class Disturb>
void at_every_step(const Disturb& disturb) {
    std::size_t done = 0;
    for (const auto& s : all_scripts()) {
        player p{s.opts};
        for (std::size_t i = 0; i <= s.is.size(); ++i) {
            try {
                disturb(s, p, i);
                ++done;
                if (i < s.is.size()) p.play(s.is[i]);
            } catch (const broken_rule& e) {
                BOOST_ERROR(s.name << ": before step " << i + 1 << ": " << e.what());
                break;
            }
        }
    }
    BOOST_TEST(done > 2000u);
}

/// A disturbed run no longer follows the conversation, so each state is disturbed only once: most
/// conversations begin alike.
inline void sweep(const std::function<void(player&)>& disturb) {
    std::set<std::string> seen;
    at_every_step([&](const script& s, const player& p, std::size_t) {
        const auto lag = saturating_sub(p.now, flow_test_access::now(p.flow.get())).count();
        const auto& o = s.opts;
        const auto key = p.flow.key() + '@' + std::to_string(lag) + '@' + std::to_string(o.interval_margin) + ' ' +
                         o.domain + ' ' + std::to_string((o.request_timeout + o.expiry_grace + o.start_budget).count());
        if (!seen.insert(key).second) return;
        auto copy = p;
        disturb(copy);
    });
    BOOST_TEST(seen.size() > 300u);
}

/// The conversation must go on as if nothing had happened.
inline void sweep_and_go_on(const std::function<void(player&)>& disturb) {
    at_every_step([&](const script& s, const player& p, std::size_t i) {
        auto copy = p;
        disturb(copy);
        play(copy, s.is, i);
    });
}

}  // namespace lark::registration::testing
