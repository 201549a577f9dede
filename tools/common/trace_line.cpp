// SPDX-License-Identifier: MIT
#include "trace_line.hpp"

#include "notation.hpp"

#include <chrono>

namespace lark::tools {

namespace {

using namespace registration;

/// Seconds, with decimals down to the millisecond where there are any.
std::string seconds_text(duration d) {
    const auto ms = std::chrono::round<std::chrono::milliseconds>(d).count();
    auto text = std::to_string(ms / 1000);
    if (ms % 1000 == 0) return text;
    text += '.' + std::to_string(1000 + ms % 1000).substr(1);
    return text.erase(text.find_last_not_of('0') + 1);
}

std::string outcome(const trace_event& event) {
    const auto& exchange = event.exchange;
    if (exchange.failure) return std::string(to_string(*exchange.failure));
    if (exchange.http_status == 0) return std::string(to_string(event.result));
    auto text = std::to_string(exchange.http_status) + ' ';
    text += exchange.error == oauth_error::none ? to_string(event.result) : to_string(exchange.error);
    return exchange.code == 0 ? text : text + " (" + std::to_string(exchange.code) + ')';
}

std::string what_follows(const trace_event& event, const trace_words& words) {
    switch (event.next) {
    case next_step::send: return std::string(words.next_at_once);
    case next_step::wait:
        return event.reason == wait_reason::interval
                   ? fill(words.next_in, {seconds_text(event.wait)})
                   : fill(words.next_in_for, {seconds_text(event.wait), to_string(event.reason)});
    case next_step::expire: return fill(words.expires_in, {seconds_text(event.wait)});
    case next_step::success: return std::string(words.done);
    case next_step::failure: break;
    }
    const bool says_why = event.stop != stop_reason::none && event.stop != stop_reason::answer;
    return says_why ? fill(words.end_for, {to_string(event.stop)}) : std::string(words.end);
}

}  // namespace

std::string trace_line(const trace_event& event, const trace_words& words, trace_side side) {
    constexpr std::string_view gap = "  ";
    auto line = std::string(to_string(event.exchange.step)) + ' ' + std::to_string(event.exchange.number);
    line.append(gap).append(event.exchange.host.text()).append(gap).append(outcome(event));
    if (event.took)
        line.append(gap) += std::to_string(std::chrono::round<std::chrono::milliseconds>(*event.took).count()) + " ms";
    if (side == trace_side::client) line.append(gap) += what_follows(event, words);
    if (!event.exchange.request_id.empty()) line.append(gap).append("id ") += event.exchange.request_id.text();
    return line;
}

}  // namespace lark::tools
