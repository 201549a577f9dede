// SPDX-License-Identifier: MIT
#include "registration/support/script.hpp"

#include "registration/support/flow_test_access.hpp"
#include "registration/support/replies.hpp"

#include <ostream>
#include <sstream>

namespace lark::registration::testing {
namespace {

using namespace std::chrono_literals;

std::string seconds_text(duration d) {
    std::ostringstream out;
    out << static_cast<double>(d.count()) / 1e9 << " s";
    return out.str();
}

template <class T>
std::string kept(const T& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

template <class Wanted>
Wanted expect(watched_flow& flow, time_point now, const char* what) {
    const auto got = flow.poll_output(now);
    if (const auto* it = std::get_if<Wanted>(&got)) return *it;
    throw broken_rule{std::string{"expected "} + what + ", got " + to_text(got)};
}

template <class T>
void same(const T& got, const T& wanted, const std::string& what) {
    if (got == wanted) return;
    throw broken_rule{what + ": got " + kept(got) + ", expected " + kept(wanted)};
}

/// trace_test.cpp has the exchanges in failures.
outcome without_facts(outcome o) {
    if (auto* why = std::get_if<failure>(&o)) {
        why->polls = 0;
        why->last_exchange = {};
    }
    return o;
}

}  // namespace

steps operator+(steps a, const steps& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

std::ostream& operator<<(std::ostream& out, const script& s) { return out << s.name; }

std::string to_text(const output& o) {
    struct {
        std::string operator()(const qr_code_ready&) const { return "qr_code_ready"; }
        std::string operator()(const status_changed& s) const {
            return "status_changed " + kept(s.status) + ' ' + std::to_string(s.interval.count()) + " s " +
                   std::string{s.reason};
        }
        std::string operator()(const abandon_request&) const { return "abandon_request"; }
        std::string operator()(const send_request& s) const {
            return "send_request to " + std::string{s.url} + ' ' + std::string{s.body.substr(0, 12)};
        }
        std::string operator()(const wait_until&) const { return "wait_until"; }
        std::string operator()(const finished&) const { return "finished"; }
    } text;
    return std::visit(text, o);
}

std::string to_text(const outcome& o) {
    const auto* why = std::get_if<failure>(&o);
    if (why == nullptr) return "app " + std::get<app>(o).client_id;
    return "failure of kind " + std::to_string(static_cast<int>(why->kind)) + ", code '" + why->code +
           "', description '" + why->description + "', last_error '" + why->last_error +
           (why->local ? "', local" : "', of the service");
}

void player::play_one(const sends& s) {
    const auto r = expect<send_request>(flow, now, "send_request");
    const std::string domain = s.host == host::feishu ? "https://accounts.feishu.cn" : "https://accounts.larksuite.com";
    same(std::string{r.url}, domain + "/oauth/v1/app/registration", "url");
    const auto body =
        s.action == action::init ? std::string{"action=init"}
        : s.action == action::begin
            ? std::string{"action=begin&archetype=PersonalAgent&auth_method=client_secret&request_user_info=open_id+tenant_brand"}
            : "action=poll&device_code=" + escaped_device_code;
    same(std::string{r.body}, body, "form body");
    same(seconds_text(r.timeout), seconds_text(s.timeout), "timeout");
    require(r.timeout == s.timeout, "timeout, to the nanosecond");
}

void player::play_one(const shows& s) {
    const auto qr = expect<qr_code_ready>(flow, now, "qr_code_ready");
    same(std::string{qr.url}, s.url, "link");
    same(qr.expire_in.count(), s.expire_in.count(), "expire_in");
    same(std::string{qr.user_code}, s.user_code, "user_code");
    same(std::string{qr.verification_uri}, s.verification_uri, "verification_uri");
}

void player::play_one(const reports& s) {
    const auto change = expect<status_changed>(flow, now, ("status " + kept(s.status)).c_str());
    same(change.status, s.status, "status");
    same(change.interval.count(), s.interval.count(), "interval with status " + kept(s.status));
    same(std::string{change.reason}, s.reason, "reason");
}

void player::play_one(const abandons&) { static_cast<void>(expect<abandon_request>(flow, now, "abandon_request")); }

void player::play_one(const awaits& s) {
    const auto wait = expect<wait_until>(flow, now, "wait_until");
    const auto length = saturating_sub(wait.deadline, now);
    same(seconds_text(length), seconds_text(s.length), "wait");
    require(length == s.length, "wait, to the nanosecond");
}

void player::play_one(const waits& s) {
    play_one(awaits{s.length});
    // A moment before, it is not over. (A wait shorter than that moment does not exist.)
    flow.handle_time(now + s.length - 1ns);
    const auto still = expect<wait_until>(flow, now, "wait_until: the wait is over too early");
    require(still.deadline == now + s.length, "the deadline stays");
    now += s.length;
    flow.handle_time(now);
}

void player::play_one(const ends& s) {
    static_cast<void>(expect<finished>(flow, now, "finished"));
    auto got = without_facts(*flow.result());
    if (auto* won = std::get_if<app>(&got); won != nullptr && won->user_info)
        won->user_info->json.clear();  // user_info_test.cpp has it
    if (got == s.result) return;
    throw broken_rule{"outcome: got " + to_text(got) + ", expected " + to_text(s.result)};
}

void player::play_one(const replies& s) {
    const auto taken = flow.handle_response(flow.outstanding(), now, {s.status, s.headers, s.body}, s.credentials);
    require(taken == accepted::yes, "the reply is taken");
}

void player::play_one(const fails& s) {
    require(flow.handle_failure(flow.outstanding(), now, {s.kind, s.detail, s.on_kept_connection}) == accepted::yes,
            "the failure is taken");
}

void player::play_one(const cancels&) { flow.cancel(); }
void player::play_one(const passes& s) { now += s.length; }
void player::play_one(const feeds_time&) { flow.handle_time(now); }

void player::play(const step& s) {
    std::visit([this](const auto& one) { play_one(one); }, s);
}

void play(player& p, const steps& all, std::size_t first) {
    for (std::size_t i = first; i < all.size(); ++i) {
        try {
            p.play(all[i]);
        } catch (const broken_rule& e) {
            throw broken_rule{"step " + std::to_string(i + 1) + ": " + e.what()};
        }
    }
}

std::vector<output> drain(watched_flow& flow, time_point now) {
    std::vector<output> all;
    while (true) {
        all.push_back(flow.poll_output(now));
        if (std::holds_alternative<wait_until>(all.back()) || std::holds_alternative<finished>(all.back())) return all;
    }
}

void drive_to_end(watched_flow& flow, time_point now, const answerer& answer) {
    // A day of polls every second is the longest honest run.
    for (int rounds = 0; rounds < 100'000; ++rounds) {
        const auto outputs = drain(flow, now);
        if (flow.result() != nullptr) return;
        const auto deadline = std::get<wait_until>(outputs.back()).deadline;
        const auto result = flow.outstanding() == request_id{} ? std::nullopt : answer();
        if (!result) {
            now = std::max(now, deadline);
            flow.handle_time(now);
        } else if (const auto* response = std::get_if<http_response>(&*result)) {
            flow.handle_response(flow.outstanding(), now, *response);
        } else {
            flow.handle_failure(flow.outstanding(), now, std::get<transport_failure>(*result));
        }
    }
    throw broken_rule{"the run does not end"};
}

steps init_done() { return {sends{action::init}, replies{init_ok}}; }

step shows_link(std::chrono::seconds lifetime) { return shows{link_for_user, lifetime, user_code, plain_uri}; }

steps begin_done(const std::string& reply, std::chrono::seconds lifetime) {
    return init_done() + steps{sends{action::begin}, replies{reply.empty() ? begun() : reply}, shows_link(lifetime)};
}

steps poll_gets(const std::string& body, host at) { return {sends{action::poll, at}, replies{body}}; }

steps is_pending(std::chrono::seconds interval, host at) {
    return poll_gets(pending, at) + steps{reports{status::polling, interval}};
}

steps polls_pending(std::chrono::seconds interval) { return is_pending(interval) + steps{waits{interval}}; }

step ends_with_app(brand issuer) {
    return ends{app{client_id, secret{client_secret}, user_info{"ou_1", "feishu"}, issuer}};
}

steps succeeds(host at) {
    const auto issuer = at == host::lark ? brand::lark : brand::feishu;
    return {sends{action::poll, at}, replies{credentials(), 200, {}, true}, ends_with_app(issuer)};
}

step ends_with(failure_kind kind, std::string code, std::string description, bool local, std::string last_error) {
    return ends{failure{kind, std::move(code), std::move(description), local, std::move(last_error)}};
}

step ends_expired_here(int lifetime, const std::string& last_error) {
    return ends_with(failure_kind::expired, "expired_token",
                     "the code expired after " + std::to_string(lifetime) + " s without a decision", true, last_error);
}

const std::vector<script>& all_scripts() {
    static const auto all = [] {
        std::vector<script> scripts;
        for (auto* of : {scripts_of_start, scripts_of_polls, scripts_of_waits, scripts_of_deadline})
            for (auto& s : of()) scripts.push_back(std::move(s));
        return scripts;
    }();
    return all;
}

}  // namespace lark::registration::testing
