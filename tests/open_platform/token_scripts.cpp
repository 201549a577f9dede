// SPDX-License-Identifier: MIT
// Random scripts for token_flow: waiters, replies, failures, rejections and jumps of the clock, against a small model.
#include "open_platform/support.hpp"

#include "support/random_scripts.hpp"

#include <lark/open_platform/errors.hpp>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>

using namespace lark;
using namespace lark::open_platform;
using namespace lark::open_platform::test;
using lark::test::claims;
using lark::test::dice;

namespace {

const std::string odd_secret = "s3cr3t\"of\\the-app";

class world {
public:
    explicit world(dice& d)
        : random_(d),
          options_{.request_timeout = std::chrono::milliseconds{random_.one_in(2) ? 15'000 : 800},
                   .token_budget = std::chrono::milliseconds{random_.one_in(2) ? 30'000 : 4'000},
                   .refresh_before = std::chrono::seconds{random_.one_in(3) ? 0 : 600}},
          flow_{"cli_1", secret{odd_secret}, options_} {}

    std::string play() {
        const auto steps = 10 + random_.below(70);
        for (std::size_t i = 0; i < steps && claims_.good(); ++i) {
            step();
            drain();
        }
        come_to_rest();
        return claims_.broken();
    }

private:
    struct kept {
        token_id id{};
        time_point expires_at{};
    };
    struct waiter {
        bool held_up;  // it may have to wait, since no valid token was there or it started the refresh
    };

    void claim(bool holds, std::string_view text) { claims_.claim(holds, text); }
    [[nodiscard]] bool has_valid_token() const { return kept_ && now_ < kept_->expires_at; }

    void step() {
        switch (random_.below(13)) {
        case 0:
        case 1:
        case 2: ask(); break;
        case 3:
            if (waiting_.empty()) break;
            flow_.drop(waiting_.begin()->first);
            waiting_.erase(waiting_.begin());
            break;
        case 4:
        case 5: bring_token(); break;
        case 6: refuse(); break;
        case 7: fail(); break;
        case 8:
            claim((flow_.handle_interrupted(out_, now_) == accepted::yes) == is_out(), "interrupted: wrong answer");
            out_ = {};
            break;
        case 9:
            claim(flow_.handle_response(request_id{last_request_ + 7}, now_, token_reply()) == accepted::stale,
                  "a stale answer is taken");
            break;
        case 10: reject(); break;
        case 11: to_the_deadline(); break;
        default: jump();
        }
    }

    void ask() {
        const bool free_of_waiting = has_valid_token() && is_out();
        const auto who = flow_.ask(now_);
        claim(waiting_.emplace(who, waiter{!free_of_waiting}).second, "a waiter's id is used twice");
    }

    void bring_token() {
        static constexpr std::array lifetimes{"7200", "100", "1", "\"3600\"", "null", "0"};
        static constexpr std::array<duration, 6> in_seconds{7200s, 100s, 1s, 3600s, 1800s, 1800s};
        const auto which = random_.below(lifetimes.size());
        const bool was_out = is_out();
        const auto text = "t-" + std::to_string(++tokens_);
        claim((flow_.handle_response(out_, now_, token_reply(text, lifetimes[which])) == accepted::yes) == was_out,
              "a token: wrong answer");
        out_ = {};
        if (was_out) kept_ = kept{token_id{++last_token_}, sent_at_ + in_seconds[which]};
    }

    void refuse() {
        const auto quoted = json::quote(odd_secret);
        static constexpr std::array statuses{200, 400, 429, 500, 503};
        const auto status = random_.one_of(statuses);
        auto body = random_.one_in(4)
                        ? std::string{"<html>"}
                        : R"({"code":10014,"msg":)" + json::quote("bad " + quoted) + R"(,"secret":)" + quoted + "}";
        std::vector<http_header> headers;
        if (random_.one_in(3)) headers.push_back({"Retry-After", std::to_string(random_.below(50))});
        const bool was_out = is_out();
        claim((flow_.handle_response(out_, now_, reply(std::move(body), status, headers)) == accepted::yes) == was_out,
              "a refusal: wrong answer");
        out_ = {};
    }

    void fail() {
        static constexpr std::array kinds{transport_failure_kind::cut, transport_failure_kind::timeout,
                                          transport_failure_kind::protocol, transport_failure_kind::certificate};
        const bool was_out = is_out();
        const transport_failure why{random_.one_of(kinds), "sent " + sent_body_};
        claim((flow_.handle_failure(out_, now_, why) == accepted::yes) == was_out, "a failure: wrong answer");
        out_ = {};
    }

    void reject() {
        const bool last = random_.one_in(2);
        const token_id id{last ? last_token_ : random_.below(static_cast<std::size_t>(last_token_) + 3)};
        flow_.reject(id);
        if (!kept_ || kept_->id != id) return;
        kept_.reset();
        rejected_.insert(id);
    }

    void to_the_deadline() {
        const auto output = flow_.poll_output(now_);
        if (const auto* wait = std::get_if<wait_until>(&output)) now_ = wait->deadline;
        hear_time();
    }

    void jump() {
        static constexpr std::array<duration, 6> jumps{1ms, 1s, 20s, 6700s, 25h, -10s};
        const auto by = random_.one_of(jumps);
        if (by > duration{0}) {
            now_ += by;
            hear_time();
        } else {
            flow_.handle_time(now_ + by);  // a clock that runs back is ignored
        }
    }

    void hear_time() { flow_.handle_time(now_); }

    [[nodiscard]] bool is_out() const noexcept { return out_ != request_id{}; }

    void drain() {
        for (int i = 0; i < 1000; ++i) {
            const auto output = flow_.poll_output(now_);
            if (const auto* granted = std::get_if<token_granted>(&output)) {
                answered(granted->who);
                claim(kept_ && granted->id == kept_->id, "a token is granted that is not the kept one");
                claim(!rejected_.contains(granted->id), "a rejected token is granted");
                claim(kept_ && granted->expires_at == kept_->expires_at, "a lifetime is wrong");
            } else if (const auto* refused = std::get_if<token_refused>(&output)) {
                answered(refused->who);
                const auto text = describe(*refused->why) + refused->why->body.text();
                claim(text.find("s3cr3t") == std::string::npos, "a failure holds the App Secret");
            } else if (const auto* abandoned = std::get_if<abandon_request>(&output)) {
                claim(is_out() && abandoned->request_id == out_, "a request is abandoned that is not out");
                out_ = {};
            } else if (const auto* send = std::get_if<send_token_request>(&output)) {
                sent(*send);
            } else if (const auto* wait = std::get_if<wait_until>(&output)) {
                claim(wait->deadline > now_, "a wait that is over");
                claim(!is_out() || wait->deadline == out_until_, "a wait that is not the request's");
                return check_waiting();
            } else {
                claim(waiting_.empty(), "a waiter is forgotten");
                claim(!is_out(), "a request is forgotten");
                return;
            }
        }
        claim(false, "the outputs do not end");
    }

    void answered(waiter_id who) {
        claim(waiting_.erase(who) == 1, "a waiter is answered twice, or after it was dropped");
    }

    void sent(const send_token_request& send) {
        claim(!is_out(), "two requests are out");
        claim(!waiting_.empty(), "a request that no call waits for");
        claim(static_cast<std::uint64_t>(send.request_id) > last_request_, "request ids do not grow");
        claim(send.timeout > duration{0} && send.timeout <= options_.request_timeout, "a timeout out of range");
        if (kept_ && kept_->expires_at - now_ > 5s) claim(send.timeout <= 5s, "a refresh may hang for too long");
        last_request_ = static_cast<std::uint64_t>(send.request_id);
        out_ = send.request_id;
        out_until_ = now_ + send.timeout;
        sent_at_ = now_;
        sent_body_ = send.body;
    }

    /// While there is a valid token, a request delays only callers that may be delayed, and one at a time.
    void check_waiting() {
        for (const auto& [who, w] : waiting_)
            claim(w.held_up || !has_valid_token(), "a waiter waits for a refresh of others");
    }

    void come_to_rest() {
        for (int i = 0; i < 50 && claims_.good() && (is_out() || !waiting_.empty()); ++i) {
            if (is_out()) {
                flow_.handle_response(out_, now_, refusal(10014, "no"));
                out_ = {};
            } else {
                to_the_deadline();
            }
            drain();
        }
        claim(waiting_.empty() && !is_out(), "it does not come to rest");
    }

    dice& random_;
    claims claims_;
    client_options options_;
    token_flow flow_;
    time_point now_ = from_origin(1h);
    std::map<waiter_id, waiter> waiting_;
    std::optional<kept> kept_;
    std::set<token_id> rejected_;
    request_id out_{};
    time_point out_until_{};
    time_point sent_at_{};
    std::string sent_body_;
    std::uint64_t last_request_ = 0;
    std::uint64_t last_token_ = 0;
    unsigned tokens_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_CASE(random_scripts_of_token_flow) {
    lark::test::play_scripts([](dice& random) { return world{random}.play(); });
}
