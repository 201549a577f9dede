// SPDX-License-Identifier: MIT
#include "stage.hpp"

#include "over_flow_set.hpp"

#include <lark/injected.hpp>
#include <lark/registration/trace_text.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <thread>

namespace lark::contract {

namespace {

using namespace std::chrono_literals;

/// Over real sockets.
class sandbox_stage final : public stage {
public:
    sandbox_stage(const scenario& s, bool tls, const register_function& transport)
        : sandbox_({.service = s.service, .tls = tls}), transport_(transport) {}

    void with_service(const std::function<void(fake::accounts_service&, time_point)>& use) override {
        sandbox_.with_service(use);
    }
    [[nodiscard]] time_point now() override { return injected::boottime_now(); }
    void stop_after_requests(std::uint64_t count, std::stop_source stop) override {
        stopper_ = std::jthread([this, count, stop]() mutable {
            // Should the requests never come, the scenario fails for want of an end by a stop.
            constexpr auto patience = 10s;
            if (sandbox_.wait_for_requests(count, patience)) stop.request_stop();
        });
    }

private:
    registration::app register_app(registration::handlers handlers, registration::options options,
                                   std::stop_token stop) override {
        options.domain = sandbox_.url();
        options.lark_domain = sandbox_.lark_url();
        return transport_(std::move(handlers), std::move(options), {sandbox_.ca_file()}, std::move(stop));
    }

    fake::sandbox sandbox_;
    const register_function& transport_;
    std::jthread stopper_;  // last: it ends before the sandbox does
};

/// In process, without a wire.
class fake_stage final : public stage {
public:
    explicit fake_stage(const scenario& s) : service_(s.service), client_(service_) {}

    void with_service(const std::function<void(fake::accounts_service&, time_point)>& use) override {
        use(service_, client_.now());
    }
    [[nodiscard]] time_point now() override { return client_.now(); }
    void stop_after_requests(std::uint64_t count, std::stop_source stop) override {
        client_.after(1ms, [this, count, stop]() mutable {
            if (service_.counters().total() >= count) stop.request_stop();
        });
    }

private:
    registration::app register_app(registration::handlers handlers, registration::options options,
                                   std::stop_token stop) override {
        return injected::register_app(std::move(handlers), std::move(options), client_, std::move(stop));
    }

    fake::accounts_service service_;
    fake::http_client client_;
};

/// In process, by callbacks.
class fake_loop_stage final : public stage {
public:
    explicit fake_loop_stage(const scenario& s) : service_(s.service), loop_(service_) {}

    void with_service(const std::function<void(fake::accounts_service&, time_point)>& use) override {
        use(service_, loop_.now());
    }
    [[nodiscard]] time_point now() override { return loop_.now(); }
    void stop_after_requests(std::uint64_t count, std::stop_source stop) override {
        loop_.after(1ms, [this, count, stop]() mutable {
            if (service_.counters().total() >= count) stop.request_stop();
        });
    }

private:
    registration::app register_app(registration::handlers handlers, registration::options options,
                                   std::stop_token stop) override {
        return register_on(loop_, std::move(handlers), std::move(options), std::move(stop));
    }

    fake::accounts_service service_;
    fake::event_loop loop_;
};

/// All texts that a registration shows, and the secrets that none of them may hold (protocol.md, sections 7 and 10).
struct searched {
    std::vector<std::string> secrets;
    std::vector<std::string> shown;

    /// A host and a request id are all the texts that an exchange has.
    void add(const registration::exchange_summary& e) {
        shown.push_back(e.host.text());
        shown.push_back(e.request_id.text());
    }
    void search() const {
        for (const auto& secret : secrets)
            for (const auto& text : shown)
                BOOST_TEST((secret.empty() || text.find(secret) == std::string::npos),
                           "a secret is shown in: " << text);
    }
};

std::string to_text(const registration::status_change& change) {
    std::ostringstream text;
    text << change.status;
    // The wait until the next try depends on the flow and the clock; the interval is the service's.
    if (change.status != registration::status::retrying) text << ' ' << change.interval.count();
    return text.str();
}

}  // namespace

run_result runner::run(const reactions& react, registration::options options, std::stop_token stop) {
    run_result result;
    auto& recorded = recordings_.emplace_back(recording{options});
    searched texts;
    registration::handlers handlers;
    handlers.on_qr_code = [&](const registration::qr_code& qr) {
        result.events.emplace_back("qr");
        texts.secrets.insert(texts.secrets.end(), {qr.url, qr.user_code});
        if (react.on_qr_code) react.on_qr_code(qr);
    };
    handlers.on_status_change = [&](const registration::status_change& change) {
        result.events.push_back(to_text(change));
        texts.add(change.last_exchange);
        texts.shown.push_back(change.reason);
        result.shown.push_back(change.reason);
        if (react.on_status_change) react.on_status_change(change);
    };
    handlers.on_trace = [&](const registration::trace_event& event) {
        result.trace.push_back(event);
        recorded.events.push_back(event);
        texts.shown.push_back(registration::to_json(event));
        texts.add(event.exchange);
    };
    try {
        result.app = register_app(std::move(handlers), std::move(options), std::move(stop));
        texts.secrets.push_back(result.app->client_secret.reveal());
        if (result.app->user_info) texts.secrets.push_back(result.app->user_info->open_id.value_or(""));
    } catch (const register_app_error& e) {
        result.failure = e.failure();
        texts.add(e.failure().last_exchange);
        texts.shown.insert(texts.shown.end(), {e.what(), e.description(), e.failure().last_error});
        result.shown.insert(result.shown.end(), {e.what(), e.description(), e.failure().last_error});
    }
    texts.search();
    return result;
}

void stage::approve() {
    with_service([](fake::accounts_service& s, time_point now) { s.approve_all(now); });
}

void stage::deny() {
    with_service([](fake::accounts_service& s, time_point now) { s.deny_all(now); });
}

void stage::expire() {
    with_service([](fake::accounts_service& s, time_point now) { s.expire_all(now); });
}

void stage::add_fault(fake::fault f) {
    with_service([&](fake::accounts_service& s, time_point) { s.add_fault(std::move(f)); });
}

fake::request_counters stage::counters() {
    fake::request_counters counted;
    with_service([&](fake::accounts_service& s, time_point) { counted = s.counters(); });
    return counted;
}

namespace {

std::vector<std::string> lines_of(const std::vector<registration::trace_event>& events) {
    std::vector<std::string> lines;
    for (const auto& event : events) lines.push_back(registration::to_json(event));
    return lines;
}

/// As `lark-register --trace` writes it.
std::string file_of(const std::vector<registration::trace_event>& events) {
    std::string text = "{\"v\":1}\n";
    for (const auto& line : lines_of(events)) text += line + '\n';
    return text;
}

/// Registers by `run(service, handlers, options, stop)`, where the service is the trace.
template <class Run>
void check_that_it_repeats(const recording& first, Run run) {
    if (first.events.empty()) return;  // stopped before the first exchange ended
    fake::replay service(file_of(first.events));
    std::stop_source stop;
    std::vector<registration::trace_event> again;
    registration::handlers handlers;
    handlers.on_qr_code = [](const auto&) {};
    handlers.on_trace = [&](const registration::trace_event& event) {
        again.push_back(event);
        if (again.size() == first.events.size()) stop.request_stop();  // as the first run may have been
    };
    try {
        static_cast<void>(run(service, std::move(handlers), first.options, stop.get_token()));
    } catch (const register_app_error&) {
        // How it ended is in the trace.
    }
    BOOST_TEST(lines_of(again) == lines_of(first.events), boost::test_tools::per_element());
    BOOST_TEST(service.mismatch() == "");
    BOOST_TEST(service.finished());
}

}  // namespace

void replay_in_process(const scenario& s) {
    fake_stage on(s);
    s.play(on);
    for (const auto& first : on.recordings())
        check_that_it_repeats(first, [](fake::replay& service, auto handlers, auto options, auto stop) {
            fake::http_client client(service);
            return injected::register_app(std::move(handlers), std::move(options), client, std::move(stop));
        });
}

void replay_in_process_on_event_loop(const scenario& s) {
    fake_loop_stage on(s);
    s.play(on);
    for (const auto& first : on.recordings())
        check_that_it_repeats(first, [](fake::replay& service, auto handlers, auto options, auto stop) {
            fake::event_loop loop(service);
            return register_on(loop, std::move(handlers), std::move(options), std::move(stop));
        });
}

void play_on_sandbox(const scenario& s, bool tls, const register_function& transport) {
    sandbox_stage on(s, tls, transport);
    s.play(on);
}

void play_in_process(const scenario& s) {
    fake_stage on(s);
    s.play(on);
}

void play_in_process_on_event_loop(const scenario& s) {
    fake_loop_stage on(s);
    s.play(on);
}

}  // namespace lark::contract
