// SPDX-License-Identifier: MIT
// A cancel in every phase, blocking and in the background: back within 100 ms, silent from then on, nothing left
// behind.
#include "support/fault_cases.hpp"
#include "support/fault_watch.hpp"
#include "support/poco_names.hpp"

#include <lark/poco.hpp>

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr steady::duration latest = 100ms;
/// A machine that is busy may be late once; what is late every time is late by itself.
constexpr int attempts = 3;

/// The callbacks that a caller got.
class call_log {
public:
    void note() {
        {
            const std::lock_guard lock{mutex_};
            ++calls_;
        }
        changed_.notify_all();
    }
    [[nodiscard]] int calls() const {
        const std::lock_guard lock{mutex_};
        return calls_;
    }
    /// False after 10 s.
    [[nodiscard]] bool wait_for(int calls) const {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, 10s, [&] { return calls_ >= calls; });
    }

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    int calls_ = 0;
};

/// A registration that hangs somewhere, and how to know that it is there.
struct stage {
    std::shared_ptr<void> keep;
    registration::options options;
    std::function<bool(const call_log&)> there;
    std::string proxy{};
    std::function<void()> afterwards{};  ///< once the registration is over
};

struct phase {
    const char* name;
    std::function<stage(const fault_certificates&)> set;
};

stage at_server(std::shared_ptr<scripted_server> server, const std::string& scheme,
                std::function<bool(const call_log&)> there = {}) {
    stage made;
    made.options.domain = made.options.lark_domain = server->url(scheme, "127.0.0.1", "");
    made.there = there ? std::move(there) : [at = server.get()](const call_log&) { return at->wait_reached(); };
    made.keep = std::move(server);
    return made;
}

void hang(peer& client) {
    client.server().reached();
    while (client.pause(1h)) {}
}

/// Serves until the request that `last` names, which gets `end`.
scripted_server::script honest_until(const fault_certificates& certificates, bool tls, std::string last,
                                     std::function<void(peer&)> end) {
    return [&certificates, tls, last = std::move(last), end = std::move(end)](peer& client) {
        if (tls && !client.start_tls(certificates.good)) return;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
            if (request.find(last) != std::string::npos) return end(client);
            client.write(answer_honestly(request).text());
        }
    };
}

void drip(peer& client) {
    client.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    client.server().reached();
    while (client.pause(5ms) && client.write("x")) {}
}

void answer_pending(peer& client) {
    client.write(reply_text(R"({"error":"authorization_pending"})", "400 Bad Request"));
    client.wait_for_close();
}

stage resolving(const fault_certificates&) {
    auto names = std::make_shared<hanging_names>();
    stage made;
    made.options.domain = "https://hang.test";
    made.there = [at = names.get()](const call_log&) { return at->wait_for(1); };
    made.keep = std::move(names);
    return made;
}

stage connecting(const fault_certificates&) {
    auto full = std::make_shared<full_listener>();
    stage made;
    made.options.domain = "http://127.0.0.1:" + std::to_string(full->port());
    made.there = [at = full.get()](const call_log&) { return at->wait_for_attempt(); };
    made.keep = std::move(full);
    return made;
}

stage asking_the_proxy(const fault_certificates&) {
    auto server = std::make_shared<scripted_server>([](peer& client) {
        client.read_until("\r\n\r\n");
        hang(client);
    });
    auto made = at_server(server, "https");
    made.options.domain = "https://behind.test";
    made.proxy = "127.0.0.1:" + std::to_string(server->port());
    return made;
}

/// A poll that does not get out: its device code is as long as can be, and the server stops reading after the head.
stage sending(const fault_certificates& certificates) {
    struct reader {
        std::promise<void> over;
        std::shared_future<void> read_on = over.get_future().share();
        std::promise<std::pair<std::size_t, std::size_t>> got;  // of the body, and of how much
        std::optional<scripted_server> server;
    };
    const auto at = std::make_shared<reader>();
    at->server.emplace([&certificates, reader = at.get()](peer& client) {
        if (!client.start_tls(certificates.good)) return;
        client.read_request();  // begin
        auto link = answer_honestly("action=begin").body;
        link.replace(link.find("marked-device"), 13, std::string(250'000, '/'));
        client.write(reply_text(link));
        const auto head = client.read_until("\r\n\r\n");
        client.server().reached();
        reader->read_on.wait_for(10s);
        const auto length = head.find("Content-Length: ");
        reader->got.set_value(
            {client.read_until("never").size(), std::strtoul(head.c_str() + length + 16, nullptr, 10)});
    });
    at->server->take_little();
    stage made;
    made.options.check_auth_methods = false;
    made.options.domain = made.options.lark_domain = at->server->url("https", "127.0.0.1", "");
    made.there = [at](const call_log&) { return at->server->wait_reached(); };
    made.afterwards = [at] {
        at->over.set_value();
        const auto [got, length] = at->got.get_future().get();
        BOOST_TEST(length == 3 * 250'000 + std::string_view{"action=poll&device_code="}.size());
        BOOST_TEST(got < length);  // it was sending indeed
    };
    return made;
}

const phase phases[] = {
    {"resolving", resolving},
    {"connecting", connecting},
    {"asking the proxy", asking_the_proxy},
    {"handshake", [](const auto&) { return at_server(std::make_shared<scripted_server>(hang), "https"); }},
    {"waiting for the first reply",
     [](const auto& certificates) {
         return at_server(std::make_shared<scripted_server>(honest_until(certificates, true, "=init", hang)), "https");
     }},
    {"waiting for the link",
     [](const auto& certificates) {
         return at_server(std::make_shared<scripted_server>(honest_until(certificates, false, "=begin", hang)), "http");
     }},
    {"dripping reply",
     [](const auto& certificates) {
         return at_server(std::make_shared<scripted_server>(honest_until(certificates, true, "=begin", drip)), "https");
     }},
    {"sending", sending},
    {"waiting for the reply to a poll",
     [](const auto& certificates) {
         return at_server(std::make_shared<scripted_server>(honest_until(certificates, true, "=poll", hang)), "https");
     }},
    {"dripping reply to a poll",
     [](const auto& certificates) {
         return at_server(std::make_shared<scripted_server>(honest_until(certificates, false, "=poll", drip)), "http");
     }},
    {"between polls",
     [](const auto& certificates) {
         return at_server(
             std::make_shared<scripted_server>(honest_until(certificates, true, "=poll", answer_pending)), "https",
             [](const call_log& so_far) { return so_far.wait_for(2); });  // the link, and that the service waits
     }},
    {"between tries",
     [](const auto&) {
         return at_server(std::make_shared<scripted_server>([](peer&) {}), "http",
                          [](const call_log& so_far) { return so_far.wait_for(1); });  // that it is tried again
     }},
};

struct fixture {
    fault_certificates certificates;

    [[nodiscard]] poco::http_options http(const stage& at) const {
        poco::http_options result;
        result.ca_file = certificates.ca_file.path();
        result.proxy = at.proxy;
        result.connect_timeout = 1min;
        return result;
    }

    /// The best of several attempts.
    static void within_time(const char* name, const std::function<steady::duration()>& attempt) {
        BOOST_TEST_CONTEXT(name) {
            const auto before = held_now();
            auto best = steady::duration::max();
            for (int i = 0; i < attempts && best >= latest; ++i) best = std::min(best, attempt());
            BOOST_TEST((best < latest), "took " << best / 1us << " us");
            const auto after = settle(before);
            BOOST_TEST(after.descriptors <= before.descriptors);
            BOOST_TEST(after.threads <= before.threads);
        }
    }
};

std::string end_of(const std::function<registration::app()>& get) {
    try {
        return get().client_id;
    } catch (const register_app_error& error) {
        return error.code();
    }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cancel_in_every_phase, fixture)

BOOST_AUTO_TEST_CASE(blocking) {
    for (const auto& each : phases)
        within_time(each.name, [&] {
            const auto at = each.set(certificates);
            call_log log;
            std::stop_source stop;
            auto running = std::async(std::launch::async, [&] {
                const auto end = end_of([&] {
                    return lark::register_app({.on_qr_code = [&](const auto&) { log.note(); },
                                               .on_status_change = [&](const auto&) { log.note(); }},
                                              at.options, http(at), stop.get_token());
                });
                return std::pair{steady::now(), end};
            });
            BOOST_TEST(at.there(log));
            const auto calls = log.calls();
            const auto asked = steady::now();
            stop.request_stop();
            const auto [ended, end] = running.get();
            BOOST_TEST(end == "abort");
            BOOST_TEST(log.calls() == calls);
            if (at.afterwards) at.afterwards();
            return ended - asked;
        });
}

BOOST_AUTO_TEST_CASE(in_the_background) {
    for (const auto& each : phases)
        within_time(each.name, [&] {
            const auto at = each.set(certificates);
            const auto log = std::make_shared<call_log>();
            registration::async_handlers handlers;
            handlers.on_qr_code = [log](const auto&) { log->note(); };
            handlers.on_status_change = [log](const auto&) { log->note(); };
            handlers.on_finished = [log](const auto&) { log->note(); };
            steady::duration took{};
            int calls = 0;
            {
                auto handle = lark::register_app_async(std::move(handlers), at.options, http(at));
                BOOST_TEST(at.there(*log));
                calls = log->calls();
                const auto asked = steady::now();
                handle.cancel();
                BOOST_TEST(end_of([&] { return handle.get(); }) == "abort");
                took = steady::now() - asked;
            }
            // The handle has waited for its callbacks, the last of which is on_finished; what a thread that is still on
            // its way out might do shows at the end.
            BOOST_TEST(log->calls() == calls + 1);
            if (at.afterwards) at.afterwards();
            return took;
        });
}

BOOST_AUTO_TEST_CASE(by_the_end_of_the_handle) {
    for (const auto& each : phases)
        within_time(each.name, [&] {
            const auto at = each.set(certificates);
            const auto log = std::make_shared<call_log>();
            registration::async_handlers handlers;
            handlers.on_qr_code = [log](const auto&) { log->note(); };
            handlers.on_status_change = [log](const auto&) { log->note(); };
            handlers.on_finished = [log](const auto&) { log->note(); };
            std::optional<injected::registration_handle> handle{
                lark::register_app_async(std::move(handlers), at.options, http(at))};
            BOOST_TEST(at.there(*log));
            const auto calls = log->calls();
            const auto asked = steady::now();
            handle.reset();
            const auto took = steady::now() - asked;
            BOOST_TEST(log->calls() == calls);
            BOOST_TEST(comes_true([&] { return log.use_count() == 1; }));  // nothing is left that could call
            if (at.afterwards) at.afterwards();
            return took;
        });
}

BOOST_AUTO_TEST_SUITE_END()
