// SPDX-License-Identifier: MIT
#include "trace_line.hpp"

#include <chrono>
#include <initializer_list>

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

std::string filled(std::string_view pattern, std::initializer_list<std::string_view> values) {
    std::string text;
    for (const auto value : values) {
        const auto gap = pattern.find("{}");
        text.append(pattern.substr(0, gap)).append(value);
        pattern.remove_prefix(gap + 2);
    }
    return text.append(pattern);
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
                   ? filled(words.next_in, {seconds_text(event.wait)})
                   : filled(words.next_in_for, {seconds_text(event.wait), to_string(event.reason)});
    case next_step::expire: return filled(words.expires_in, {seconds_text(event.wait)});
    case next_step::success: return std::string(words.done);
    case next_step::failure: break;
    }
    const bool says_why = event.stop != stop_reason::none && event.stop != stop_reason::answer;
    return says_why ? filled(words.end_for, {to_string(event.stop)}) : std::string(words.end);
}

}  // namespace

const trace_words english_trace_words{.next_at_once = "next at once",
                                      .next_in = "next in {} s",
                                      .next_in_for = "next in {} s ({})",
                                      .expires_in = "expires in {} s",
                                      .done = "done",
                                      .end = "the end",
                                      .end_for = "the end ({})"};

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
