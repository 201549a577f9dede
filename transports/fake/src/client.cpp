#include <lark/fake/client.hpp>

#include "form.hpp"

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/URI.h>

#include <ostream>
#include <stdexcept>

namespace lark::fake {

namespace {

/// Scheme, host and port, in the one form in which they can be compared; empty if `url` has no host.
std::string origin_of(const std::string& url) {
    try {
        const Poco::URI uri(url);
        if (uri.getHost().empty()) return {};
        return Poco::toLower(uri.getScheme() + "://" + uri.getHost()) + ":" + std::to_string(uri.getPort());
    } catch (const Poco::SyntaxException&) {
        return {};
    }
}

std::string milliseconds(duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()) + "ms";
}

/// The step by its name if it is one; what a client made up stays out of the trace.
std::string step_of(const http_request& request) {
    const auto form = parse_form(request.body);
    const auto name = form ? field(*form, "action") : std::string_view{};
    return name == "init" || name == "begin" || name == "poll" ? std::string(name) : "other";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const trace_event& event) {
    return out << '[' << milliseconds(event.at) << "] " << event.what;
}

client::client(accounts_service& service, client_options options)
    : service_(service), latency_(options.latency), start_(options.start), now_(options.start) {
    for (const auto& [url, role] :
         {std::pair{options.domain, host_role::feishu}, {options.lark_domain, host_role::lark}}) {
        auto origin = origin_of(url);
        if (origin.empty()) throw std::invalid_argument("fake::client: a domain must be a URL with a host");
        hosts_.emplace(std::move(origin), role);
    }
}

http_result client::send(const http_request& request, std::stop_token stop) {
    const auto stopped = [&] { return transport_failure{transport_failure_kind::cut, "stopped"}; };
    const auto fail = [&](transport_failure failure) -> http_result {
        note("-> " + std::string(to_string(failure.kind)) + " (" + failure.detail + ")");
        return failure;
    };
    const auto host = hosts_.find(origin_of(request.url));
    if (host == hosts_.end()) {
        note("unknown host");
        return fail({transport_failure_kind::name_unknown, "no such host in this world"});
    }
    note(std::string(to_string(host->second)) + " " + step_of(request));

    const auto deadline = saturating_add(now_, request.timeout);
    const auto arrival = saturating_add(now_, latency_ / 2);
    const auto timed_out = [&]() -> http_result {
        if (!advance(deadline, stop)) return fail(stopped());
        return fail({transport_failure_kind::timeout, "no reply in time"});
    };
    if (arrival > deadline) return timed_out();
    if (!advance(arrival, stop)) return fail(stopped());

    auto reply = service_.handle(host->second, request, now_);
    const auto back = saturating_add(saturating_add(now_, reply.delay), latency_ - latency_ / 2);
    if (back > deadline) return timed_out();
    if (!advance(back, stop)) return fail(stopped());
    note("-> " + reply.summary);
    return std::move(reply.result);
}

void client::sleep_until(time_point deadline, std::stop_token stop) {
    if (deadline > now_) note("sleep " + milliseconds(deadline - now_));
    if (!advance(deadline, stop)) note("woken by a stop");
}

void client::at(time_point t, std::function<void()> action) { actions_.emplace(t, std::move(action)); }

void client::after(duration d, std::function<void()> action) { at(saturating_add(now_, d), std::move(action)); }

void client::note(std::string text) { trace_.push_back({now_ - start_, std::move(text)}); }

bool client::advance(time_point t, const std::stop_token& stop) {
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
