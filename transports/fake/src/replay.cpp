// SPDX-License-Identifier: MIT
#include <lark/fake/replay.hpp>

#include "answer.hpp"
#include "hosts.hpp"
#include "open_model.hpp"
#include "replayed_reply.hpp"

#include <lark/json.hpp>

#include <algorithm>
#include <utility>

namespace lark::fake {

namespace {

using registration::exchange_result;
using registration::exchange_step;
using registration::trace_error;
using registration::trace_event;

/// Nothing for a request that is none of a registration or of the API client.
std::optional<exchange_step> step_asked_for(const http_request& request) {
    if (const auto step = registration::enumerator<exchange_step>(step_of(request))) return step;
    return open_model::serves(path_of(request.url)) ? std::optional{exchange_step::call} : std::nullopt;
}

bool is_at_accounts_host(exchange_step step) noexcept {
    return step == exchange_step::init || step == exchange_step::begin || step == exchange_step::poll;
}

void check_heading(const std::string& line) {
    const auto heading = json::parse(line);
    const auto version = heading ? (*heading)["v"].as_integer() : std::nullopt;
    if (!version) throw trace_error{"a trace begins with a line that has \"v\":1"};
    if (*version != 1) throw trace_error{"version " + std::to_string(*version) + " of traces is not known"};
}

bool is_event(const std::string& line) {
    const auto object = json::parse(line);
    if (!object || object->kind() != json::type::object) throw trace_error{"the line must be a JSON object"};
    return static_cast<bool>((*object)["step"]);
}

std::string summary_of(const http_result& result, const trace_event& event) {
    const auto* response = std::get_if<http_response>(&result);
    if (!response) return "failure " + std::string(to_string(std::get<transport_failure>(result).kind));
    const auto error = event.exchange.error;
    return std::to_string(response->status) + ' ' +
           std::string(error == registration::oauth_error::none ? to_string(event.result) : to_string(error));
}

service_reply refusal() {
    return {json_response(400, {{"error", json_string("invalid_request")},
                                {"error_description", json_string("the trace does not have this request next")}}),
            {},
            "400 invalid_request"};
}

service_reply silence() {
    return {transport_failure{transport_failure_kind::timeout, "the trace is over"}, {}, "failure timeout"};
}

}  // namespace

replay::replay(std::string_view trace) {
    for (std::size_t number = 1; !trace.empty(); ++number) {
        const auto end = std::min(trace.find('\n'), trace.size());
        auto line = trace.substr(0, end);
        trace.remove_prefix(std::min(end + 1, trace.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        try {
            const std::string text{line};
            if (number == 1) check_heading(text);
            else if (is_event(text)) events_.push_back(registration::trace_event_from_json(text));
        } catch (const trace_error& e) {
            throw trace_error{"line " + std::to_string(number) + ": " + e.what()};
        }
    }
    if (events_.empty()) throw trace_error{"line 1: a trace has at least one line with an event"};
    find_hosts();
}

replay::replay(std::vector<trace_event> events) : events_(std::move(events)) { find_hosts(); }

void replay::find_hosts() {
    for (const auto& event : events_) {
        const auto& host = event.exchange.host.text();
        if (!is_at_accounts_host(event.exchange.step)) continue;
        if (feishu_host_.empty()) feishu_host_ = host;
        else if (host != feishu_host_) lark_host_ = host;
    }
}

const std::string& replay::host_name_of(host_role role) const noexcept {
    return role == host_role::feishu ? feishu_host_ : lark_host_;
}

bool replay::has_ahead(exchange_step step) const noexcept {
    return std::any_of(events_.begin() + static_cast<std::ptrdiff_t>(answered_), events_.end(),
                       [&](const trace_event& event) { return event.exchange.step == step; });
}

service_reply replay::handle(host_role host, const http_request& request, time_point /*now*/) {
    const auto step = step_asked_for(request);
    if (!step) return refusal();
    const bool can_be_missing = *step != exchange_step::poll && *step != exchange_step::call;
    if (can_be_missing && !has_ahead(*step)) {
        trace_event good;
        good.exchange.step = *step;
        good.exchange.http_status = 200;
        good.result = *step == exchange_step::init    ? exchange_result::auth_methods
                      : *step == exchange_step::begin ? exchange_result::link
                                                      : exchange_result::token;
        good.interval = std::chrono::seconds{5};
        good.lifetime = std::chrono::seconds{3600};
        return answer(good);
    }
    if (finished()) return silence();
    const auto& next = events_[answered_];
    const auto& expected = next.exchange;
    const bool other_host = is_at_accounts_host(*step) && expected.host.text() != host_name_of(host);
    if (expected.step != *step || other_host) {
        if (mismatch_.empty())
            mismatch_ = std::string(to_string(*step)) + " at the " + std::string(to_string(host)) +
                        " host, where the trace has " + std::string(to_string(expected.step)) + ' ' +
                        std::to_string(expected.number) + " at " + expected.host.text();
        return refusal();
    }
    ++answered_;
    return answer(next);
}

std::chrono::seconds replay::interval_before() const noexcept {
    return answered_ < 2 ? std::chrono::seconds{} : events_[answered_ - 2].interval;
}

service_reply replay::answer(const trace_event& event) const {
    auto result = replayed_result(event, interval_before(), page_);
    auto summary = summary_of(result, event);
    return {std::move(result), event.took.value_or(duration{}), std::move(summary)};
}

}  // namespace lark::fake
