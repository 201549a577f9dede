// SPDX-License-Identifier: MIT
// Properties that need a replaced operator new and delete.
//
// A `bad_alloc` out of any input leaves the flow as it was (CONTRIBUTING.md): every conversation is run again, with
// the n-th allocation of every input failing, for every n.
//
// Freed memory holds no secret that the library itself put there.
//
// A flow that waits takes little memory.
#include "registration/support/flow_test_access.hpp"
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

#include <lark/open_platform/token_flow.hpp>

#include <boost/test/unit_test.hpp>

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <new>
#include <set>

namespace {

constexpr long never = -1;
long left_until_failure = never;
std::size_t bytes_held = 0;

/// With the word that malloc keeps beside it.
std::size_t size_of_block(void* memory) noexcept { return malloc_usable_size(memory) + sizeof(std::size_t); }

void* allocate(std::size_t size) {
    if (left_until_failure == 0) throw std::bad_alloc{};
    if (left_until_failure > 0) --left_until_failure;
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc{};
    bytes_held += size_of_block(memory);
    return memory;
}

std::string_view watched_for;  // empty: nothing
std::size_t blocks_freed = 0;
std::size_t leaks = 0;

void release(void* memory) noexcept {
    if (memory != nullptr && !watched_for.empty()) {
        ++blocks_freed;
        const std::string_view content{static_cast<const char*>(memory), malloc_usable_size(memory)};
        if (content.find(watched_for) != std::string_view::npos) ++leaks;
    }
    if (memory != nullptr) bytes_held -= size_of_block(memory);
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }

namespace {

using namespace lark;
using namespace lark::registration;
using namespace lark::registration::testing;
using namespace std::chrono_literals;

std::size_t failures_tried = 0;

/// Runs `input` on a copy of the flow with its n-th allocation failing, for every n until none fails.
void fail_each(const flow& before, time_point now, const std::function<void(flow&)>& input) {
    flow undisturbed = before;
    input(undisturbed);
    // The flow has been given the time, with or without the input.
    flow polled = before;
    static_cast<void>(polled.poll_output(now));
    const auto same = flow_test_access::full_key(polled);
    for (long n = 0;; ++n) {
        flow f = before;
        left_until_failure = n;
        bool failed = false;
        try {
            input(f);
        } catch (const std::bad_alloc&) {
            failed = true;
        }
        left_until_failure = never;
        if (!failed) return;
        ++failures_tried;
        require(flow_test_access::full_key(f) == same,
                "allocation " + std::to_string(n) + " failed and changed the flow");
        input(f);
        require(flow_test_access::full_key(f) == flow_test_access::full_key(undisturbed),
                "the input tried again does the same");
        require(n < 1000, "no input allocates that often");
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_input_with_every_allocation_failing) {
    std::set<std::string> seen;
    for (const auto& s : all_scripts()) {
        player p{s.opts};
        try {
            for (const auto& one : s.is) {
                const auto id = p.flow.outstanding();
                const flow& f = p.flow.get();
                const auto key = flow_test_access::key(f);
                if (const auto* r = std::get_if<replies>(&one);
                    r && seen.insert(key + r->body + std::to_string(r->status)).second) {
                    const http_response response{r->status, r->headers, r->body};
                    fail_each(f, p.now, [&](flow& to) { to.handle_response(id, p.now, response); });
                }
                if (const auto* fault = std::get_if<fails>(&one); fault && seen.insert(key + fault->detail).second) {
                    const transport_failure failure{fault->kind, fault->detail};
                    fail_each(f, p.now, [&](flow& to) { to.handle_failure(id, p.now, failure); });
                }
                if (const auto wait = p.flow.waits_until(); wait && seen.insert(key).second) {
                    fail_each(f, *wait, [&](flow& to) { to.handle_time(*wait); });
                    fail_each(f, p.now + 48h, [&](flow& to) { to.handle_time(p.now + 48h); });
                }
                p.play(one);
            }
        } catch (const broken_rule& e) {
            BOOST_ERROR(s.name << ": " << e.what());
        }
    }
    BOOST_TEST(failures_tried > 2000u);
}

BOOST_AUTO_TEST_CASE(outputs_and_cancel_allocate_nothing) {
    for (const auto& s : all_scripts()) {
        player p{s.opts};
        for (const auto& one : s.is) {
            flow f = p.flow.get();
            flow g = p.flow.get();
            const auto now = p.now;
            left_until_failure = 0;  // cancel is noexcept: a failure would end this program
            f.cancel();
            bool failed = false;
            try {
                for (int i = 0; i < 5; ++i) static_cast<void>(g.poll_output(now));
            } catch (const std::bad_alloc&) {
                failed = true;
            }
            left_until_failure = never;
            BOOST_REQUIRE(!failed);
            p.play(one);
        }
    }
}

namespace {

/// How many blocks that were freed during `run` held `text`.
std::size_t freed_with(std::string_view text, const std::function<void()>& run) {
    blocks_freed = leaks = 0;
    watched_for = text;
    run();
    watched_for = {};
    BOOST_TEST(blocks_freed > 0u);
    return leaks;
}

}  // namespace

// In the form in which only the library writes it: what Poco copies of a reply is out of reach.
BOOST_AUTO_TEST_CASE(memory_freed_by_a_flow_holds_no_escaped_device_code) {
    const std::string_view escaped = "freed%2Fdevice%2B";  // its beginning: nor may a buffer that was outgrown hold it
    const http_response begun{200,
                              {},
                              R"({"device_code":"freed/device+code==of-this-test","user_code":"U",)"
                              R"("verification_uri_complete":"https://h.test/p"})"};
    const http_response denied{400, {}, error_body("access_denied")};
    BOOST_TEST(freed_with(escaped, [&] {
                   flow f{{.check_auth_methods = false}};
                   time_point now = from_origin(1h);
                   const auto answer = [&](const http_response& with) {
                       auto out = f.poll_output(now);
                       while (!std::holds_alternative<send_request>(out)) out = f.poll_output(now);
                       const auto id = std::get<send_request>(out).request_id;
                       BOOST_REQUIRE((f.handle_response(id, now, with) == accepted::yes));
                   };
                   answer(begun);
                   answer(denied);
                   BOOST_REQUIRE(f.result() != nullptr);
               }) == 0u);
}

BOOST_AUTO_TEST_CASE(memory_freed_by_a_token_flow_holds_no_quoted_app_secret) {
    const secret app_secret{R"(freed"app"secret-of-this-test)"};
    BOOST_TEST(freed_with(R"(freed\"app\")", [&] {
                   open_platform::token_flow f{"cli_1", app_secret};
                   static_cast<void>(f.ask(from_origin(1h)));
                   const auto out = f.poll_output(from_origin(1h));
                   BOOST_REQUIRE((std::get<open_platform::send_token_request>(out).body ==
                                  R"({"app_id":"cli_1","app_secret":"freed\"app\"secret-of-this-test"})"));
               }) == 0u);
}

BOOST_AUTO_TEST_CASE(memory_freed_by_a_save_holds_no_device_code) {
    const std::string_view code = "freed/device+";
    flow f{{.check_auth_methods = false}};
    const auto now = from_origin(1h);
    const auto first = f.poll_output(now);
    f.handle_response(std::get<send_request>(first).request_id, now,
                      {200,
                       {},
                       R"({"device_code":"freed/device+code==of-this-test","user_code":"U",)"
                       R"("verification_uri_complete":"https://h.test/p"})"});
    BOOST_TEST(freed_with(code, [&] {
                   for (const auto then : {after_save::stops, after_save::goes_on}) {
                       const auto s = f.save({now, {}}, then).value();
                       const auto text = s.text();
                       const flow other{s, {now, {}}};
                   }
               }) == 0u);
}

namespace {

/// Between two polls, after replies as long as the service's.
flow waiting_flow() {
    const auto now = from_origin(1h);
    flow f{{.check_auth_methods = false}};
    const auto answer = [&](int status, const std::string& body) {
        auto out = f.poll_output(now);
        while (!std::holds_alternative<send_request>(out)) out = f.poll_output(now);
        const auto id = std::get<send_request>(out).request_id;
        BOOST_REQUIRE((f.handle_response(id, now, {status, {}, body}) == accepted::yes));
    };
    answer(200, R"({"device_code":"9XyQe6mJd1Rk7Zt3Wn5Bv8Ca2Fg4Hs0LpUoIiKjNmQr","user_code":"WDJB-MJHT",)"
                R"("verification_uri":"https://accounts.feishu.cn/oauth/v1/device","verification_uri_complete":)"
                R"("https://accounts.feishu.cn/page/launcher?user_code=WDJB-MJHT&lang=zh-CN","expires_in":86400})");
    answer(400, pending);
    BOOST_REQUIRE(f.state_name() == "poll_waiting");
    return f;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_waiting_flow_takes_a_kib_at_most, *boost::unit_test::enable_if<sizeof(void*) == 8>()) {
    const auto first = waiting_flow();  // what is allocated once in a program is not counted
    const auto before = bytes_held;
    const auto f = waiting_flow();
    const auto bytes = sizeof(f) + (bytes_held - before);
    BOOST_TEST(bytes <= 1024u);
}
