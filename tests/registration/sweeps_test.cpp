// SPDX-License-Identifier: MIT
// Every conversation again, disturbed at every step in every way, and driven to its end. The watched flow holds the
// rules; the outcome is read last: a sweep that read it earlier missed a planted bug.
#include "registration/support/sweep.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>

using namespace lark;
using namespace lark::registration;
using namespace lark::registration::testing;
using namespace std::chrono_literals;

namespace {

const std::string quoting = "it said " + device_code + " and " + escaped_device_code;

}  // namespace

BOOST_AUTO_TEST_SUITE(sweeps)

BOOST_AUTO_TEST_CASE(undisturbed_runs_end_too) {
    sweep([](player& p) {
        if (!is_over(p)) end_in_every_way(p);
    });
}

BOOST_AUTO_TEST_CASE(a_transport_failure_at_every_step) {
    using enum transport_failure_kind;
    for (const auto kind :
         {name_unknown, name_temporary, connect, timeout, cut, certificate, tls, proxy, protocol, too_large})
        sweep([kind](player& p) {
            if (p.flow.outstanding() == request_id{}) return;
            const bool polls = flow_test_access::has_device_code(p.flow.get());
            require(
                p.flow.handle_failure(p.flow.outstanding(), p.now, {kind, polls ? quoting : "plain"}) == accepted::yes,
                "taken");
            for (const auto& one : {rests()[0], rests()[2]}) {
                auto copy = p;
                drive_to_end(copy.flow, copy.now, one.answer);
            }
        });
}

BOOST_AUTO_TEST_CASE(a_cancel_at_every_step) {
    sweep([](player& p) {
        const bool was_over = is_over(p);
        const bool was_out = p.flow.outstanding() != request_id{};
        p.flow.cancel();
        std::size_t abandoned = 0;
        for (const auto& o : drain(p.flow, p.now)) {
            if (std::holds_alternative<abandon_request>(o)) ++abandoned;
            else
                require(was_over || std::holds_alternative<finished>(o), "after a cancel there is nothing but the end");
        }
        if (was_out) require(abandoned == 1, "the request that is out is abandoned");
        p.flow.handle_time(p.now + 48h);
        p.flow.cancel();
        require(is_over(p), "it is over");
    });
}

BOOST_AUTO_TEST_CASE(a_wrong_id_changes_nothing_at_every_step) {
    sweep_and_go_on([](player& p) {
        const auto newest = static_cast<std::uint64_t>(p.flow.newest_id());
        for (const auto id : {std::uint64_t{0}, newest - 1, newest, newest + 1, ~std::uint64_t{0}}) {
            if (request_id{id} == p.flow.outstanding() && id != 0) continue;
            require(p.flow.handle_response(request_id{id}, p.now + 1h, {200, {}, credentials()}) == accepted::stale,
                    "stale");
            require(
                p.flow.handle_failure(request_id{id}, p.now + 1h, {transport_failure_kind::cut, ""}) == accepted::stale,
                "stale");
        }
    });
}

BOOST_AUTO_TEST_CASE(a_doubled_answer_changes_nothing) {
    std::size_t doubled = 0;
    for (const auto& s : all_scripts()) {
        player p{s.opts};
        try {
            for (const auto& one : s.is) {
                const auto id = p.flow.outstanding();
                p.play(one);
                doubled += p.flow.outstanding() != id && id != request_id{};
                if (const auto* r = std::get_if<replies>(&one))
                    require(p.flow.handle_response(id, p.now, {r->status, r->headers, r->body}) == accepted::stale,
                            "a doubled reply is stale");
                if (const auto* f = std::get_if<fails>(&one))
                    require(p.flow.handle_failure(id, p.now, {f->kind, f->detail}) == accepted::stale,
                            "a doubled failure is stale");
            }
        } catch (const broken_rule& e) {
            BOOST_ERROR(s.name << ": " << e.what());
        }
    }
    BOOST_TEST(doubled > 500u);
}

BOOST_AUTO_TEST_CASE(a_late_answer_is_stale_once_its_time_is_over) {
    sweep([](player& p) {
        const auto id = p.flow.outstanding();
        if (id == request_id{}) return;
        p.now = std::max(p.now, std::get<wait_until>(drain(p.flow, p.now).back()).deadline);
        p.flow.handle_time(p.now);
        require(p.flow.handle_response(id, p.now, {200, {}, credentials()}) == accepted::stale, "late");
        static_cast<void>(drain(p.flow, p.now));
        require(p.flow.handle_response(id, p.now, {200, {}, credentials()}) == accepted::stale, "later");
        end_in_every_way(p);
    });
}

BOOST_AUTO_TEST_CASE(credentials_count_at_every_step_with_a_poll_out) {
    sweep([](player& p) {
        if (p.flow.outstanding() == request_id{} || !flow_test_access::has_device_code(p.flow.get())) return;
        for (const int status : {200, 302, 400, 429, 500})
            for (const duration late : {duration{0}, duration{30s}, duration{48h}}) {
                auto copy = p;
                const auto body = credentials(',' + lark_user + R"(,"error":"access_denied")");
                copy.flow.handle_response(copy.flow.outstanding(), copy.now + late, {status, {}, body}, true);
                copy.flow.cancel();
                require(std::holds_alternative<app>(*copy.flow.result()), "the app stays");
            }
    });
}

BOOST_AUTO_TEST_CASE(a_jump_past_expiry_at_every_step) {
    sweep([](player& p) {
        if (is_over(p)) return;
        const bool began = flow_test_access::has_device_code(p.flow.get());
        const bool limited = p.flow.get().gives_up_at() != time_point::max();
        p.now += 48h;
        p.flow.handle_time(p.now);
        int polls = 0;
        for (const auto& o : drain(p.flow, p.now)) polls += std::holds_alternative<send_request>(o);
        require(polls <= 1, "after a jump one request is due, never a burst");
        end_in_every_way(p);
        if (!began) return;
        drive_to_end(p.flow, p.now, rests()[0].answer);
        const auto* why = std::get_if<failure>(p.flow.result());
        require(why != nullptr && why->local, "ended by the local clock");
        require(limited || why->kind == failure_kind::expired, "expired");
    });
}

BOOST_AUTO_TEST_CASE(time_that_runs_back_changes_nothing_at_every_step) {
    sweep_and_go_on([](player& p) {
        p.flow.handle_time(saturating_add(flow_test_access::now(p.flow.get()), -1h));
        p.flow.handle_time(time_point::min());
    });
}

BOOST_AUTO_TEST_CASE(a_copy_outlives_its_original) {
    for (const auto& s : all_scripts()) {
        auto p = std::make_unique<player>(s.opts);
        try {
            for (const auto& one : s.is) {
                auto copy = std::make_unique<player>(*p);
                p->flow.cancel();  // the original's end is not the copy's
                p = std::move(copy);
                p->play(one);
            }
        } catch (const broken_rule& e) {
            BOOST_ERROR(s.name << ": " << e.what());
        }
        BOOST_TEST((p->flow.result() == nullptr || p->flow.outstanding() == request_id{}));
    }
}

BOOST_AUTO_TEST_CASE(a_driver_that_does_not_drain_loses_statuses_only) {
    // protocol.md 4, and outputs are derived from the state: an input before the outputs were taken.
    sweep([](player& p) {
        if (p.flow.outstanding() == request_id{} || is_over(p)) return;
        p.flow.handle_response(p.flow.outstanding(), p.now, {400, {}, pending});
        p.flow.handle_time(p.now);
        p.flow.handle_time(p.now + 10min);
        end_in_every_way(p);
    });
}

BOOST_AUTO_TEST_CASE(the_ends_of_the_time_scale_do_no_harm) {
    for (const auto start : {time_point::min(), time_point::max() - 1min, time_point::max()})
        for (const auto& r : rests()) {
            watched_flow flow;
            BOOST_CHECK_NO_THROW(drive_to_end(flow, start == time_point::max() ? start - 2h : start, r.answer));
        }
    // At the very end of the scale no wait can lie in the future; there the flow must only not break.
    flow at_the_end;
    for (int i = 0; i < 100; ++i) {
        const auto out = at_the_end.poll_output(time_point::max());
        if (const auto* request = std::get_if<send_request>(&out))
            at_the_end.handle_response(request->request_id, time_point::max(), {200, {}, i == 0 ? init_ok : begun()});
        at_the_end.handle_time(time_point::max());
    }
    BOOST_TEST((at_the_end.result() != nullptr));
}

BOOST_AUTO_TEST_SUITE_END()
