// SPDX-License-Identifier: MIT
#include <lark/fake/http_client.hpp>

#include "hosts.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace lark::fake {

std::ostream& operator<<(std::ostream& out, const log_entry& event) {
    return out << '[' << milliseconds(event.at) << "] " << event.what;
}

http_client::http_client(responder& service, const client_options& options)
    : service_(service),
      hosts_(make_hosts(options)),
      latency_(options.latency),
      start_(options.start),
      wall_start_(options.wall_start),
      now_(options.start) {}

http_result http_client::send(const http_request& request, std::stop_token stop) {
    const auto stopped = [&] { return transport_failure{transport_failure_kind::cut, "stopped"}; };
    const auto fail = [&](transport_failure failure) -> http_result {
        note("-> " + std::string(to_string(failure.kind)) + " (" + failure.detail + ")");
        return failure;
    };
    const auto host = find_host(hosts_, request.url);
    if (!host) {
        note("unknown host");
        return fail({transport_failure_kind::name_unknown, "no such host"});
    }
    note(std::string(to_string(*host)) + " " + step_of(request));

    const auto deadline = saturating_add(now_, request.timeout);
    const auto arrival = saturating_add(now_, latency_ / 2);
    const auto timed_out = [&]() -> http_result {
        if (!advance(deadline, stop)) return fail(stopped());
        return fail({transport_failure_kind::timeout, "no reply in time"});
    };
    if (arrival > deadline) return timed_out();
    if (!advance(arrival, stop)) return fail(stopped());

    auto reply = service_.handle(*host, request, now_);
    const auto* failure = std::get_if<transport_failure>(&reply.result);
    if (failure && failure->kind == transport_failure_kind::timeout) return timed_out();
    const auto back = saturating_add(saturating_add(now_, reply.delay), latency_ - latency_ / 2);
    if (back > deadline) return timed_out();
    if (!advance(back, stop)) return fail(stopped());
    note("-> " + reply.summary);
    return std::move(reply.result);
}

void http_client::sleep_until(time_point deadline, std::stop_token stop) {
    if (deadline > now_) note("sleep " + milliseconds(deadline - now_));
    if (!advance(deadline, stop)) note("woken by a stop");
}

std::chrono::system_clock::time_point http_client::wall_now() {
    return wall_start_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(saturating_sub(now_, start_));
}

void http_client::at(time_point t, std::function<void()> action) { actions_.emplace(t, std::move(action)); }

void http_client::after(duration d, std::function<void()> action) { at(saturating_add(now_, d), std::move(action)); }

void http_client::note(std::string text) { log_.push_back({now_ - start_, std::move(text)}); }

bool http_client::advance(time_point t, const std::stop_token& stop) {
    // An action may add others, and may request the stop: the time of that is where the clock stays.
    while (!stop.stop_requested() && !actions_.empty() && actions_.begin()->first <= std::max(t, now_)) {
        const auto due = actions_.extract(actions_.begin());
        now_ = std::max(now_, due.key());
        due.mapped()();
    }
    if (stop.stop_requested()) return false;
    now_ = std::max(now_, t);
    return true;
}

}  // namespace lark::fake
