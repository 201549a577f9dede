// SPDX-License-Identifier: MIT
#include "registration/support/watched_flow.hpp"

#include "registration/support/flow_test_access.hpp"
#include "registration/support/replies.hpp"

#include <lark/registration/errors.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <variant>

namespace lark::registration::testing {
namespace {

using access = flow_test_access;
using namespace std::chrono_literals;

/// The endpoint at a domain, written as the core writes it.
std::string endpoint(std::string domain) {
    std::transform(domain.begin(), domain.end(), domain.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (domain.ends_with('/')) domain.pop_back();
    for (const std::string_view port : {":443", ":0443"})
        if (domain.starts_with("https:") && domain.ends_with(port)) domain.resize(domain.size() - port.size());
    return domain + "/oauth/v1/app/registration";
}

void check_text(std::string_view text) {
    for (const std::string_view secret : {device_code, escaped_device_code, user_code, client_secret, link_of_service})
        require(text.find(secret) == std::string_view::npos, "protocol.md 7: a text holds a secret");
    require(text.size() <= 1024 + 128, "protocol.md 7: a text of the peer is kept beyond 1 KiB");
}

/// Host and port of an endpoint.
std::string authority(const std::string& url) {
    const auto begin = url.find("://") + 3;
    return url.substr(begin, url.find('/', begin) - begin);
}

}  // namespace

watched_flow::watched_flow(const options& opts)
    : flow_(opts),
      request_timeout_(opts.request_timeout),
      grace_(opts.expiry_grace),
      start_budget_(opts.start_budget),
      margin_(opts.interval_margin),
      feishu_url_(endpoint(opts.domain)),
      lark_url_(endpoint(opts.lark_domain)) {}

output watched_flow::poll_output(time_point now) {
    if (now > now_) fed_ = false;
    now_ = std::max(now_, now);
    const bool wanted = flow_.wants_to_send();
    auto result = flow_.poll_output(now);
    require(wanted == std::holds_alternative<send_request>(result), "wants_to_send and the next output disagree");
    if (std::holds_alternative<wait_until>(result) || std::holds_alternative<finished>(result)) {
        require(flow_.poll_output(now) == result, "wait_until and finished are repeated unchanged");
    } else {
        require(++outputs_ <= 4, "more outputs after one input than there are kinds of them");
    }
    std::visit([this](const auto& o) { check(o); }, result);
    return result;
}

accepted watched_flow::handle_response(request_id id, time_point now, const http_response& response, bool credentials) {
    const bool current = id == out_ && out_ != request_id{};
    const bool polls = current && out_polls_;
    const auto before = current ? std::string{} : access::full_key(flow_);
    const auto taken = flow_.handle_response(id, now, response);
    without_status_ = response.status == 0;
    require((taken == accepted::yes) == current, "an answer is taken if and only if it is for the request that is out");
    if (taken == accepted::stale) require(before == access::full_key(flow_), "a stale answer changes nothing");
    else now_ = std::max(now_, now);
    if (polls && credentials) {
        require(result() != nullptr && std::holds_alternative<app>(*result()),
                "protocol.md 3.1: complete credentials in a reply to the current request become the result");
        require(std::get<app>(*result()).client_secret == secret{client_secret},
                "protocol.md 3.1: the client secret as it came");
    }
    watch_input(taken == accepted::yes);
    return taken;
}

accepted watched_flow::handle_failure(request_id id, time_point now, const transport_failure& failure) {
    const bool current = id == out_ && out_ != request_id{};
    const auto before = current ? std::string{} : access::full_key(flow_);
    const auto taken = flow_.handle_failure(id, now, failure);
    require((taken == accepted::yes) == current, "a failure is taken if and only if it is of the request that is out");
    if (taken == accepted::stale) require(before == access::full_key(flow_), "a stale failure changes nothing");
    else now_ = std::max(now_, now);
    watch_input(taken == accepted::yes);
    return taken;
}

void watched_flow::handle_time(time_point now) {
    now_ = std::max(now_, now);
    const bool over = out_ != request_id{} && now_ >= out_until_;
    flow_.handle_time(now);
    if (over && result_ == std::nullopt) to_abandon_ = out_;
    if (over) {
        if (out_polls_) polled_ = true, answered_at_ = now_;
        out_ = request_id{};
    }
    watch_input(false);
    fed_ = true;
}

void watched_flow::cancel() {
    const bool was_over = result() != nullptr;
    flow_.cancel();
    if (!was_over) {
        const auto* why = result() == nullptr ? nullptr : std::get_if<failure>(result());
        require(why != nullptr && why->code == error_code::abort && why->local,
                "protocol.md 4: cancel ends with code abort");
        if (out_ != request_id{}) to_abandon_ = out_;
        out_ = request_id{};
    }
    watch_input(false);
}

std::optional<watched_flow> watched_flow::carried_on(wall_time here, wall_time there, const options& opts,
                                                     after_save then) const {
    const auto before = access::full_key(flow_);
    const auto saved = flow_.save(here, then);
    require(before == access::full_key(flow_), "a save changes nothing");
    if (!saved) return {};
    const auto text = saved->text();
    require(text.reveal().find('\n') == std::string::npos, "protocol.md 9: a snapshot is one line");
    require(text.reveal().find(client_secret) == std::string::npos, "protocol.md 9: a snapshot holds no credentials");
    const auto read = snapshot::parse(text);
    require(read.text() == text, "protocol.md 9: what is read is written again as it was");

    watched_flow other{*this};
    other.flow_ = flow{read, there, opts};
    const auto now = std::max(now_, here.now);
    // A wall clock that is behind says nothing of the time that has passed.
    const auto passed = std::max<duration>(there.wall - here.wall, duration{0});
    const auto moved = [&](time_point t) {
        return saturating_add(saturating_add(there.now, saturating_sub(t, now)), -passed);
    };
    other.now_ = there.now;
    other.answered_at_ = moved(answered_at_);
    if (then == after_save::goes_on) {
        // It may have polled until a moment ago, the last poll included.
        other.polled_ = true, other.answered_at_ = there.now;
        other.just_switched_ = false;
        other.polls_at_the_end_ = 0;
    } else if (out_ != request_id{}) {
        other.polled_ = true, other.answered_at_ = moved(now);
    }
    if (access::at_lark(flow_) && !switched_) other.switched_ = other.just_switched_ = true;  // the status is lost
    other.out_ = other.newest_id_ = other.traced_ = request_id{};
    other.to_abandon_.reset();
    other.wait_.reset();
    other.fed_ = false;
    other.outputs_ = 0;
    other.link_again_ = true;
    other.expires_at_ = access::expires_at(other.flow_);
    require(*other.expires_at_ <= moved(*expires_at_), "protocol.md 9: nothing extends the lifetime");
    require(access::interval(other.flow_) >= interval_, "RFC 8628, 3.5: the interval never shrinks");
    return other;
}

void watched_flow::watch_input(bool taken) {
    if (taken) {
        if (out_polls_) polled_ = true, answered_at_ = now_;
        out_ = request_id{};
        fed_ = true;
    }
    outputs_ = 0;
    wait_.reset();
    watch_exchange();

    if (result_) require(result() != nullptr && *result_ == *result(), "an outcome, once set, stays");
    if (result() != nullptr && !result_) {
        result_ = *result();
        if (const auto* why = std::get_if<failure>(&*result_)) {
            require(!why->code.empty(), "a failure has a code");
            for (const auto* text : {&why->code, &why->description, &why->last_error}) check_text(*text);
            require(describe(*why).find(mark) == std::string::npos, "protocol.md 7: a failure holds a secret");
            const bool expired_here = why->kind == failure_kind::expired && why->local;
            if (expired_here)
                require(now_ >= access::expires_at(flow_), "protocol.md 4: local expiry is not reported before expiry");
        }
        require(!access::has_device_code(flow_), "the device code goes when the flow is over");
        require(!access::keeps_the_link(flow_), "the link and the user code go when the flow is over");
    }
    if (access::has_device_code(flow_)) {
        const auto interval = access::interval(flow_);
        require(interval >= interval_, "RFC 8628, 3.5: the interval never shrinks");
        require(interval >= 1s, "the interval is positive");
        interval_ = interval;
        if (expires_at_)
            require(*expires_at_ == access::expires_at(flow_), "protocol.md 2: nothing extends the lifetime");
        else expires_at_ = access::expires_at(flow_);
    }
}

/// protocol.md, 10.
void watched_flow::watch_exchange() {
    if (flow_.last_exchange_id() == traced_) return;
    traced_ = flow_.last_exchange_id();
    require(traced_ == newest_id_ && out_ == request_id{}, "the exchange that ended is that of the last request");
    const auto event = flow_.last_exchange().value();
    const auto& e = event.exchange;
    require(e.host.text() == authority(feishu_url_) || e.host.text() == authority(lark_url_),
            "the host is the options'");
    check_text(e.request_id.text());
    require((e.step == exchange_step::poll) == out_polls_ && e.number > 0, "the step is that of the request");
    require((e.http_status == 0) == e.failure.has_value() || e.failure == transport_failure_kind::too_large ||
                without_status_,
            "there is a status, or the reason why there is none");
    require(event.result != exchange_result::none, "every exchange brings something");

    const auto state = flow_.state_name();
    const bool over = result() != nullptr;
    const bool well = over && std::holds_alternative<app>(*result());
    require((event.next == next_step::success) == well, "success follows if and only if there is an app");
    require((event.next == next_step::failure) == (over && !well), "failure follows if and only if there is one");
    require((event.stop != stop_reason::none) == (event.next == next_step::failure), "an end has its reason");
    require((event.next == next_step::send) == state.ends_with("_due"), "send follows if and only if a request is due");
    require((event.next == next_step::wait) == state.ends_with("_waiting"), "wait follows if and only if it waits");
    require((event.next == next_step::expire) == (state == "expiring"), "expire follows if and only if it does");
    const bool waits = event.next == next_step::wait || event.next == next_step::expire;
    const auto until = std::min(access::wait_end(flow_), flow_.gives_up_at());
    require(!waits || saturating_add(access::now(flow_), event.wait) == until, "the wait as it is");
    const bool gives_up = event.reason == wait_reason::give_up;
    require(gives_up || (event.reason == wait_reason::expiry) == (event.next == next_step::expire),
            "expiry is waited for to expire");
}

void watched_flow::check(const qr_code_ready& qr) {
    require(!qr.url.empty() && qr.expire_in > 0s, "the link and its lifetime are there");
    require(std::all_of(qr.url.begin(), qr.url.end(), [](char c) { return c > 0x20 && c < 0x7F; }),
            "protocol.md 2: the link is ASCII");
    require(expires_at_ && qr.expires_at == *expires_at_, "the lifetime that is shown is the one that counts");
    require(link_again_ ? newest_id_ == request_id{} : newest_id_ != request_id{} && !polled_ && !switched_,
            "the link comes once, before the first poll");
    link_again_ = false;
}

void watched_flow::check(const status_changed& change) {
    check_text(change.reason);
    require((change.status == status::retrying) == !change.reason.empty(),
            "a reason is reported with retrying, and with nothing else");
    require(change.interval >= 0s, "no interval is negative");
    if (change.status == status::domain_switched) {
        require(!switched_, "protocol.md 3.2: one switch at most");
        switched_ = just_switched_ = true;
    }
    if (change.status == status::slow_down)
        require(change.interval == interval_, "slow_down reports the interval in force");
}

void watched_flow::check(const abandon_request& abandon) {
    require(to_abandon_ == abandon.request_id, "only a request that was out is abandoned, and once");
    to_abandon_.reset();
}

void watched_flow::check(const send_request& request) {
    require(out_ == request_id{} && !to_abandon_, "one request out at most");
    require(request.request_id > newest_id_, "ids only grow");
    require(result() == nullptr, "no request after the end");
    require(request.timeout > 0s && request.timeout <= request_timeout_,
            "protocol.md 4: a timeout is positive and within the option");
    out_ = newest_id_ = request.request_id;
    out_until_ = saturating_add(now_, request.timeout);

    require(request.url == (switched_ ? lark_url_ : feishu_url_),
            "protocol.md 7: the device code goes to the current host only");
    out_polls_ = request.body.starts_with("action=poll&");
    if (!out_polls_) {
        require(!expires_at_, "init and begin come before the link");
        require(request.timeout <= start_budget_, "protocol.md 2: init and begin stay within their budget");
        return;
    }
    require(expires_at_.has_value(), "no poll before begin");
    const auto last_poll_at = access::last_poll_at(flow_);
    if (now_ >= last_poll_at) {
        require(++polls_at_the_end_ <= 2, "protocol.md 4: one last poll, and one more after a switch");
        require(request.timeout <= std::max(saturating_sub(*expires_at_, now_), duration{0}) + grace_,
                "protocol.md 4: expiry is reported in time");
    } else if (polled_ && !just_switched_) {
        const auto least =
            std::chrono::seconds{static_cast<long>(std::floor(static_cast<double>(interval_.count()) * margin_))};
        require(saturating_sub(now_, answered_at_) >= least, "RFC 8628, 3.5: no two polls closer than the interval");
    }
    polled_ = just_switched_ = false;
}

void watched_flow::check(const wait_until& wait) {
    require(!to_abandon_, "a request that is abandoned is said so before the next wait");
    if (fed_) require(wait.deadline > now_, "the wait after a handled input lies in the future");
    require((wait.reason == wait_reason::answer) == (out_ != request_id{}),
            "an answer is waited for if and only if it can come");
    if (out_ != request_id{})
        require(wait.deadline == out_until_, "the wait for an answer ends with the request's timeout");
    else if (expires_at_) require(wait.deadline <= *expires_at_, "protocol.md 4: no wait goes beyond expiry");
    wait_ = wait.deadline;
}

void watched_flow::check(const finished&) {
    require(result() != nullptr, "finished means that there is an outcome");
    require(!to_abandon_ && out_ == request_id{}, "nothing is left out at the end");
}

std::string watched_flow::key() const {
    auto k = access::key(flow_);
    if (result_) return k;
    k += '~' + std::to_string(polled_ && !just_switched_ ? saturating_sub(answered_at_, now_).count() : 1);
    k += '~' + std::to_string(polls_at_the_end_) + (switched_ ? 's' : '-') + (just_switched_ ? 'j' : '-') +
         (out_ != request_id{} ? 'o' : '-') + (to_abandon_ ? 'a' : '-');
    return k;
}

}  // namespace lark::registration::testing
