// SPDX-License-Identifier: MIT
// Memory runs out at the n-th allocation, for every n: each request and registration ends all the same, once, and the
// next ones find a client and a loop that work.
#include "accounts_script.hpp"
#include "support/failing_allocation.hpp"

#include <lark/injected/flow_set.hpp>
#include <lark/poco/event_loop.hpp>

#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lark;
using namespace lark::test;
using injected::request_handle;

namespace {

/// Sends, and counts the results. Needs no memory of its own while it does.
struct counting_handler final : injected::event_handler {
    struct sent {
        int results = 0;
        http_result last;
    };

    explicit counting_handler(poco::event_loop& over) : loop{over} {
        all.reserve(10);
        loop.attach(*this);
    }
    ~counting_handler() { loop.detach(*this); }

    /// False if it was not started.
    bool start(const http_request& request) {
        const request_handle id{all.size() + 1};
        try {
            loop.start_request(id, request);
        } catch (const std::bad_alloc&) {
            return false;
        }
        all.emplace_back();
        return true;
    }
    bool handle_result(request_handle id, http_result result) override {
        auto& of = all.at(static_cast<std::size_t>(id) - 1);
        ++of.results;
        of.last = std::move(result);
        ++done;
        return true;
    }
    void handle_timer() override { overdue = true; }

    /// Until all that were started have ended; false after 10 s.
    bool run() {
        loop.arm_timer(loop.now() + 10s);
        while (done < all.size() && !overdue) loop.run_once();
        return !overdue;
    }

    poco::event_loop& loop;
    std::vector<sent> all;
    std::size_t done = 0;
    bool overdue = false;
};

/// A loop on which no poll has to be waited for.
class quick_loop : public poco::event_loop {
public:
    using poco::event_loop::event_loop;
    time_point now() override { return poco::event_loop::now() + skipped_; }
    void skip(duration by) { skipped_ += by; }

private:
    duration skipped_{};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_memory, tls_fixture)

BOOST_AUTO_TEST_CASE(a_client_serves_the_next_request) {
    for (const bool tls : {false, true}) {
        for (const bool kept : {false, true}) {
            scripted_server server{[&](peer& client) {
                if (!tls || client.start_tls(good)) echo(client);
            }};
            const auto url = server.url(tls ? "https" : "http");
            std::optional<poco::http_client> client{options()};
            BOOST_TEST_INFO_SCOPE((tls ? "TLS" : "plain") << (kept ? ", kept" : ", fresh"));
            for_every_allocation([&](long n) {
                if (!kept) client.emplace(options());
                const auto request = post(url, 10s, "request " + std::to_string(n));
                std::optional<http_result> result;
                bool failed = false;
                {
                    const failing_allocation here{n};
                    try {
                        result = client->send(request, {});
                    } catch (const std::bad_alloc&) {  // before it was started
                    }
                    failed = here.has_failed();
                }
                if (result && !failed) BOOST_TEST(body_of(*result) == request.body);
                if (result && std::holds_alternative<transport_failure>(*result)) {
                    BOOST_TEST(failed);
                    BOOST_TEST(has(body_of(*result), "out of memory"), body_of(*result));
                }
                const auto next = post(url, 10s, "next to " + std::to_string(n));
                BOOST_TEST(body_of(client->send(next, {})) == next.body);
                return failed;
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(each_request_of_a_loop_has_one_result) {
    scripted_server one{echo}, other{echo};
    for (const bool kept : {false, true}) {
        BOOST_TEST_INFO_SCOPE((kept ? "kept" : "fresh"));
        std::optional<poco::event_loop> loop{options()};
        for_every_allocation([&](long n) {
            if (!kept) loop.emplace(options());
            counting_handler handler{*loop};
            const auto urls = {one.url("http"), one.url("http", "localhost"), other.url("http")};
            std::vector<http_request> firsts, seconds;
            for (const auto& url : urls) {
                firsts.push_back(post(url, 10s, "first"));
                seconds.push_back(post(url, 10s, "second"));
            }
            bool failed = false;
            {
                const failing_allocation here{n};
                for (const auto& request : firsts) handler.start(request);
                BOOST_TEST(handler.run());
                failed = here.has_failed();
            }
            const auto before = handler.all.size();
            for (const auto& request : seconds) BOOST_TEST(handler.start(request));
            BOOST_TEST(handler.run());
            for (std::size_t i = 0; i < handler.all.size(); ++i) {
                BOOST_TEST(handler.all[i].results == 1);
                if (i >= before) BOOST_TEST(body_of(handler.all[i].last) == "second");
            }
            return failed;
        });
    }
}

BOOST_AUTO_TEST_CASE(each_registration_ends) {
    accounts_script service;
    scripted_server server{[&](peer& client) { service(client); }};
    for_every_allocation([&](long n) {
        quick_loop loop{options()};
        injected::flow_set set{loop};
        std::size_t added = 0;
        std::vector<std::string> ends;
        const auto add = [&] {
            injected::flow_handlers handlers;
            handlers.on_qr_code = [](const auto&) {};
            handlers.on_finished = [&](const registration::outcome& end, const std::exception_ptr&) {
                const auto* app = std::get_if<registration::app>(&end);
                ends.push_back(app != nullptr ? app->client_id : std::get<registration::failure>(end).code);
            };
            set.add(std::move(handlers), at(server, "http"));
            ++added;
        };
        const auto run = [&] {
            const auto late = steady::now() + 20s;
            while (!set.empty() && steady::now() < late) {
                if (set.requests_in_flight() == 0) loop.skip(5s);
                try {
                    loop.run_once();
                } catch (const std::bad_alloc&) {}
            }
            return set.empty();
        };
        bool failed = false;
        {
            ends.reserve(10);
            const failing_allocation here{n};
            try {
                add();
                add();
            } catch (const std::bad_alloc&) {}
            BOOST_TEST(run());
            failed = here.has_failed();
        }
        BOOST_TEST(ends.size() == added);
        add();
        BOOST_TEST(run());
        BOOST_TEST(ends.size() == added);
        BOOST_TEST(ends.back().starts_with("cli_"), ends.back());
        return failed;
    });
}

BOOST_AUTO_TEST_SUITE_END()
