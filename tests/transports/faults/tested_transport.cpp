// SPDX-License-Identifier: MIT
#include "tested_transport.hpp"

#include "support/fault_clock.hpp"
#include "support/fault_loop.hpp"

#include <lark/injected/register_app.hpp>
#include <lark/poco.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <semaphore>
#include <thread>
#include <utility>

namespace lark::test {
namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

void ignore(const registration::qr_code&) {}

/// How it ended, from what the entry points return or throw.
template <class Function>
void note(run_record& seen, Function&& run) {
    try {
        seen.end = run().client_secret == secret{"marked-secret"} ? "app" : "an app with a wrong secret";
    } catch (const register_app_error& error) {
        const auto& why = error.failure();
        seen.end = why.code;
        seen.texts.insert(seen.texts.end(), {error.what(), why.code, why.description, why.last_error});
    }
}

/// Runs each on one of a few threads.
std::vector<run_record> on_threads(std::size_t count, const std::function<run_record(std::size_t)>& run) {
    constexpr int at_once = 8;
    std::vector<run_record> records(count);
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < at_once; ++i)
        threads.emplace_back([&] {
            for (auto at = next++; at < count; at = next++) {
                const auto begin = steady::now();
                records[at] = run(at);
                records[at].took = steady::now() - begin;
            }
        });
    threads.clear();
    return records;
}

// --- what a registration reports of its first request ----------------------------------------------------------------

http_result failure_of(const registration::exchange_summary& exchange, const std::string& text) {
    if (exchange.failure) return transport_failure{*exchange.failure, text};
    return http_response{exchange.http_status, {}, {}};
}

registration::options first_request(const std::string& url, milliseconds timeout) {
    registration::options result;
    result.domain = result.lark_domain = url;
    result.check_auth_methods = false;
    result.request_timeout = timeout;
    return result;
}

// --- the blocking client ---------------------------------------------------------------------------------------------

http_result exchange_blocking(const poco::http_options& http, const std::string& url, milliseconds timeout) {
    return poco::http_client{http}.send({"POST", url + "/", {}, "a=b&marked-request", timeout}, {});
}

run_record run_blocking(const poco::http_options& http, const registration::options& options) {
    run_record seen;
    poco::http_client wire{http};
    skipping_client client{wire};
    const registration::handlers handlers{
        .on_qr_code = ignore, .on_status_change = [&](const auto& change) { seen.texts.push_back(change.reason); }};
    note(seen, [&] { return injected::register_app(handlers, options, client); });
    seen.waited = client.slept();
    return seen;
}

// --- flow_set over the event loop ------------------------------------------------------------------------------------

/// Ends the registration with the first word that is said of its first request.
http_result exchange_over_loop(const poco::http_options& http, const std::string& url, milliseconds timeout) {
    std::optional<http_result> seen;
    poco::event_loop client{http};
    injected::flow_set set{client};
    injected::registration_id id{};
    const auto finish = [&](http_result result) {
        if (!seen) seen = std::move(result);
        set.cancel(id);
    };
    injected::flow_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { finish(http_response{200, {}, {}}); };
    handlers.on_status_change = [&](const auto& change) { finish(failure_of(change.last_exchange, change.reason)); };
    handlers.on_finished = [&](const registration::outcome& end, const std::exception_ptr&) {
        if (const auto* why = std::get_if<registration::failure>(&end))
            finish(failure_of(why->last_exchange, why->description));
    };
    id = set.add(std::move(handlers), first_request(url, timeout));
    while (!set.empty()) client.run_once();
    return seen.value();
}

run_record run_over_loop(const poco::http_options& http, const registration::options& options) {
    run_record seen;
    poco::event_loop client{http};
    skipping_loop loop{client};
    injected::flow_set set{loop};
    injected::flow_handlers handlers;
    handlers.on_qr_code = ignore;
    handlers.on_status_change = [&](const auto& change) { seen.texts.push_back(change.reason); };
    handlers.on_finished = [&](const registration::outcome& end, const std::exception_ptr& thrown) {
        note(seen, [&] {
            if (thrown) std::rethrow_exception(thrown);
            return registration::value_or_throw(end);
        });
    };
    set.add(std::move(handlers), options);
    while (!set.empty()) loop.run_once(set);
    seen.waited = loop.slept();
    return seen;
}

// --- handles ---------------------------------------------------------------------------------------------------------

using start_function =
    std::function<injected::registration_handle(registration::async_handlers, registration::options)>;

http_result exchange_in_background(const start_function& start, const std::string& url, milliseconds timeout) {
    http_result seen;
    std::binary_semaphore done{0};
    bool once = false;  // of the registration's own thread
    const auto finish = [&](http_result result) {
        if (std::exchange(once, true)) return;
        seen = std::move(result);
        done.release();
    };
    registration::async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { finish(http_response{200, {}, {}}); };
    handlers.on_status_change = [&](const auto& change) { finish(failure_of(change.last_exchange, change.reason)); };
    handlers.on_finished = [&](const registration::outcome& end) {
        if (const auto* why = std::get_if<registration::failure>(&end))
            finish(failure_of(why->last_exchange, why->description));
    };
    const auto handle = start(std::move(handlers), first_request(url, timeout));
    done.acquire();
    return seen;
}

/// All at once. Only the first requests, which meet the fault, are spread a little: a handful of timeouts is to be met
/// in time on a small machine too.
std::vector<run_record> run_in_background(const start_function& start,
                                          const std::vector<registration::options>& options) {
    struct one {
        run_record seen;
        steady::time_point begin{};
        bool met = false;
        std::optional<injected::registration_handle> handle;
    };
    std::counting_semaphore<> places{12};
    std::vector<one> all(options.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto& each = all[i];
        const auto meets = [&] {
            if (!std::exchange(each.met, true)) places.release();
        };
        registration::async_handlers handlers;
        handlers.on_qr_code = ignore;
        handlers.on_status_change = [&each, meets](const auto& change) {
            each.seen.texts.push_back(change.reason);
            meets();
        };
        handlers.on_finished = [&each, meets](const auto&) {
            each.seen.took = steady::now() - each.begin;
            meets();
        };
        places.acquire();
        each.begin = steady::now();
        each.handle.emplace(start(std::move(handlers), options[i]));
    }
    std::vector<run_record> records;
    for (auto& each : all) {
        run_record end;
        note(end, [&] { return each.handle->get(); });
        each.seen.end = end.end;
        each.seen.texts.insert(each.seen.texts.end(), end.texts.begin(), end.texts.end());
        records.push_back(std::move(each.seen));
    }
    return records;
}

start_function one_for_each(const poco::http_options& http) {
    return [http](auto handlers, auto options) {
        return poco::register_app_async(std::move(handlers), std::move(options), http);
    };
}

start_function one_for_all(const poco::http_options& http) {
    return [many = std::make_shared<poco::registrar>(http)](auto handlers, auto options) {
        return many->start(std::move(handlers), std::move(options));
    };
}

using run_function = run_record (*)(const poco::http_options&, const registration::options&);

auto each_on_a_thread(run_function run) {
    return [run](const poco::http_options& http, const std::vector<registration::options>& options) {
        return on_threads(options.size(), [&](std::size_t at) { return run(http, options[at]); });
    };
}

tested_transport background(const char* name, start_function (*starter)(const poco::http_options&)) {
    return {name,
            [starter](const poco::http_options& http, const std::string& url, milliseconds timeout) {
                return exchange_in_background(starter(http), url, timeout);
            },
            [starter](const poco::http_options& http, const std::vector<registration::options>& options) {
                return run_in_background(starter(http), options);
            },
            true};
}

}  // namespace

std::vector<tested_transport> tested_transports() {
    return {
        {"blocking", exchange_blocking, each_on_a_thread(run_blocking)},
        {"event_loop", exchange_over_loop, each_on_a_thread(run_over_loop)},
        background("register_app_async", one_for_each),
        background("registrar", one_for_all),
    };
}

}  // namespace lark::test
