// SPDX-License-Identifier: MIT
// Random scripts for async_client: a loop that answers, fails, throws and loses its timer at every point that
// event_loop.hpp allows; callbacks that call, cancel, throw and destroy; clocks that jump.
#include "fixture.hpp"

#include "support/random_scripts.hpp"

#include <array>
#include <deque>
#include <set>
#include <utility>

using namespace lark;
using namespace lark::test;

namespace {

struct thrown {};

const std::string odd_secret = "s3cr3t\"of\\the-app";

/// The state of one call.
struct known {
    std::string path;  // empty: of a token
    call_id id{};
    unsigned ends = 0;
    unsigned sends = 0;
    unsigned bad_tokens = 0;
    bool cancelled = false;
    bool succeeded = false;  // the loop has given a result
    bool disturbed = false;  // by an exception of the loop or of the trace handler
};

class random_loop final : public injected::event_loop {
public:
    explicit random_loop(dice& d) : random_(d) {
        calm_ = random_.one_in(3);
        tries_ = 1 + static_cast<unsigned>(random_.below(3));
        client_options options{.request_timeout = 2s, .tries = tries_};
        if (random_.one_in(3))
            options.on_trace = [this](const auto&) {
                claim(!destroyed_, "a trace after the end");
                throw_at_random();
            };
        client_ = std::make_unique<async_client>(*this, "cli_1", secret{odd_secret}, options);
    }

    std::string play() {
        for (auto steps = 20 + random_.below(80); steps > 0 && claims_.good() && !destroyed_; --steps) {
            guarded([this] { step(); });
            if (!destroyed_ && random_.one_in(2)) guarded([this] { make_room(); });
            if (!destroyed_) look();
        }
        if (destroyed_) check_silence();
        else if (random_.one_in(4)) destroy();
        else finish();
        return claims_.broken();
    }

    // --- the loop ----------------------------------------------------------------------------------------------------

    void start_request(request_handle id, http_request request) override {
        claim(!destroyed_, "a request after the end");
        claim(std::exchange(room_for_, "") == origin_of(request.url), "a request is started that was not asked for");
        claim(handles_.insert(id).second, "a handle is used twice");
        auto* c = owner_of(request);
        if (c == nullptr) {
            for (const auto& [other, o] : out_) claim(o.owner != nullptr, "two tokens are fetched at once");
        } else {
            ++c->sends;
            claim(c->ends == 0, "a request of a call that has ended");
            claim(!c->cancelled, "a request of a call that was cancelled");
            const auto token = authorization(request);
            claim(token.starts_with("Bearer t-s3cr3t-"), "a request without a token");
        }
        out_.emplace(id, sent{std::move(request), c, now_ + 2s});
        if (calm_) return;
        if (random_.one_in(4)) answer(id);
        if (random_.one_in(8)) meddle();
        if (random_.one_in(30)) {
            const bool answered = out_.erase(id) == 0;
            if (!answered) disturb(c);
            throw std::runtime_error{"cannot send " + odd_secret};
        }
    }
    [[nodiscard]] bool has_room(std::string_view origin) noexcept override {
        claim(!destroyed_, "room is asked for after the end");
        refused_ = refused_ || (!calm_ && random_.one_in(6));  // until `room_freed`
        room_for_ = refused_ ? "" : origin;
        return !refused_;
    }
    void abandon_request(request_handle id) noexcept override {
        claim(out_.erase(id) == 1, "a request is abandoned that is not in flight");
        if (random_.one_in(2)) claim(!deliver(id, cut), "an abandoned request is answered");
        if (!destroyed_ && !calm_ && random_.one_in(4)) meddle();
    }
    void arm_timer(time_point deadline) override {
        claim(!destroyed_, "the timer is armed after the end");
        if (fails()) throw thrown{};
        timer_ = deadline;
    }
    void disarm_timer() override {
        if (fails()) {
            disarm_failed_ = true;
            throw thrown{};
        }
        timer_.reset();
    }
    time_point now() override {
        claim(!destroyed_, "the clock is read after the end");
        return now_;
    }

private:
    struct sent {
        http_request request;
        known* owner;  // null: the token's
        time_point timeout_at;
    };

    void claim(bool holds, std::string_view text) { claims_.claim(holds, text); }

    bool fails() {
        if (!timer_may_fail_ || calm_ || !random_.one_in(40)) return false;
        return timer_failed_ = true;
    }

    template <class Function>
    void guarded(Function&& function) {
        try {
            function();
        } catch (const thrown&) {}
    }

    /// A throw of the trace handler or the loop may end the call, or all that wait for the token.
    void disturb(known* c) {
        if (c != nullptr) c->disturbed = true;
        else
            for (auto& k : all_)
                if (k.ends == 0) k.disturbed = true;
    }
    void throw_at_random() {
        if (calm_ || !random_.one_in(20)) return;
        for (auto& k : all_)
            if (k.ends == 0) k.disturbed = true;
        throw std::runtime_error{"trace of " + odd_secret};
    }

    known* owner_of(const http_request& request) {
        if (fetches_token(request)) return nullptr;
        for (auto& k : all_)
            if (!k.path.empty() && request.url.ends_with(k.path)) return &k;
        claim(false, "a request of no call");
        return nullptr;
    }

    // --- the script --------------------------------------------------------------------------------------------------

    void step() {
        switch (random_.below(10)) {
        case 0:
        case 1: call(); break;
        case 2:
        case 3:
        case 4:
            if (!out_.empty()) answer(any_request());
            break;
        case 5:
        case 6:
        case 7: fire(); break;
        case 8: meddle(); break;
        default: now_ += std::chrono::milliseconds{random_.below(random_.one_in(4) ? 7'300'000 : 900)};
        }
    }

    void fire() {
        if (!timer_) return;
        constexpr std::array<duration, 5> early{0s, 0s, 400us, 1ms, 700ms};
        now_ = std::max(now_, *timer_ - random_.one_of(early));
        if (random_.one_in(12)) now_ += std::chrono::seconds{random_.below(700)};  // a suspend
        timer_.reset();
        timer_expired();
    }

    /// Anything that is allowed within callbacks and functions of the loop.
    void meddle() {
        if (++depth_ <= 3 && !destroyed_) switch (random_.below(6)) {
            case 0:
            case 1: call(); break;
            case 2:
                if (!all_.empty()) cancel(random_.one_of(all_));
                break;
            case 3:
                if (!out_.empty()) answer(any_request());
                break;
            case 4:
                if (!random_.one_in(6)) break;
                for (auto& k : all_)
                    if (k.ends == 0) k.cancelled = true;
                client_->cancel_all();
                break;
            default:
                if (random_.one_in(3)) make_room();
                else timer_expired();
            }
        --depth_;
    }

    void make_room() {
        refused_ = false;
        room_freed();
    }

    request_handle any_request() {
        auto at = out_.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(random_.below(out_.size())));
        return at->first;
    }

    void call() {
        if (all_.size() >= 40) return;
        auto& k = all_.emplace_back();
        ++live_;
        const bool posts = random_.one_in(2);
        const auto number = std::to_string(all_.size());
        try {
            if (random_.one_in(4)) {
                k.id = client_->tenant_access_token([this, &k](const auto& result) {
                    if (const auto* token = std::get_if<secret>(&result))
                        claim(token->reveal().starts_with("t-s3cr3t-"), "a token that was not fetched");
                    end(k, std::get_if<api_failure>(&result));
                });
            } else {
                k.path = (posts ? "/post/" : "/get/") + number + "/end";
                k.id = client_->request(
                    {.method = posts ? "POST" : "GET", .path = k.path}, [this, &k](const api_result& r) {
                        if (const auto* response = std::get_if<api_response>(&r)) {
                            claim(response->data["path"].as_string() == k.path, "the reply of another call");
                            claim(k.succeeded, "a result that the service did not send");
                        }
                        end(k, std::get_if<api_failure>(&r));
                    });
            }
        } catch (const thrown&) {  // of the timer: nothing was added
            k.ends = 1;
            --live_;
            throw;
        }
    }

    void end(known& k, const api_failure* why) {
        claim(!destroyed_, "a callback after the end");
        claim(!in_callback_, "a callback within another");
        ++k.ends;
        --live_;
        claim(k.ends == 1, "more than one end");
        if (why != nullptr) {
            claim(!k.succeeded || k.disturbed, "a result is lost");
            claim((why->kind != api_failure_kind::aborted) || k.cancelled, "aborted without a cancel");
            claim((describe(*why) + why->body.text()).find("s3cr3t") == std::string::npos, "a secret in a text");
        }
        if (calm_) return;
        in_callback_ = true;
        if (random_.one_in(5)) meddle();
        in_callback_ = false;
        if (random_.one_in(60)) {
            destroyed_ = true;
            timer_may_fail_ = false;
            client_.reset();
        }
        if (random_.one_in(30)) throw thrown{};
    }

    void cancel(known& k) {
        const bool may_succeed = k.ends == 0 && !k.cancelled && k.id != call_id{};
        const bool before = std::exchange(k.cancelled, true);
        const bool done = client_->cancel(k.id);
        claim(!done || may_succeed, "a call is cancelled twice, or after its end");
        if (!done) k.cancelled = before;
    }

    /// Answers a request at random, from wherever this is called.
    void answer(request_handle id) {
        const auto found = out_.find(id);
        if (found == out_.end()) return;
        auto s = std::move(found->second);
        out_.erase(found);
        claim(deliver(id, reply_to(s)), "an answer to a request in flight is refused");
        if (!destroyed_) claim(!deliver(id, cut), "an answer is taken twice");
    }

    http_result reply_to(const sent& s) {
        const auto quote = s.request.body + authorization(s.request);
        switch (random_.below(calm_ ? 20 : 12)) {
        case 0: return reply(503, "");
        case 1: return transport_failure{transport_failure_kind::cut, "after " + quote};
        case 2: return transport_failure{transport_failure_kind::certificate, "before " + quote};
        case 3:
            return http_response{
                429, {{"Retry-After", std::to_string(random_.below(40))}}, R"({"code":99991400,"msg":"slow"})"};
        case 4: return reply(400, R"({"code":7,"msg":)" + json::quote(quote) + '}');
        case 5: return reply(200, "<html>");
        case 6:
            if (s.owner == nullptr) break;
            ++s.owner->bad_tokens;
            return bad_token_reply();
        default: break;
        }
        if (s.owner == nullptr)
            return token_reply("t-s3cr3t-" + std::to_string(++tokens_), random_.one_in(3) ? 3 : 7200);
        s.owner->succeeded = true;
        return data_reply("{\"path\":" + json::quote(s.owner->path) + "}");
    }

    // --- what holds between two calls --------------------------------------------------------------------------------

    void look() {
        if (std::exchange(timer_failed_, false)) {  // the next call arms it
            timer_may_fail_ = false;
            guarded([this] { timer_expired(); });
            timer_may_fail_ = true;
            if (destroyed_) return;
        }
        claim(client_->size() == live_, "calls are miscounted");
        claim(client_->empty() || timer_ || refused_, "no timer is armed");
        if (!timer_) return claim(out_.empty(), "no timer for a request that is out");
        auto due = time_point::max();
        for (const auto& [id, s] : out_) due = std::min(due, s.timeout_at);
        claim(*timer_ <= saturating_add(std::max(due, now_), 1ms), "the timer is armed too late");
    }

    /// Everything ends by itself.
    void finish() {
        calm_ = true;
        timer_may_fail_ = false;
        if (random_.one_in(3)) {
            for (auto& k : all_)
                if (k.ends == 0) k.cancelled = true;
            guarded([this] { client_->cancel_all(); });
        }
        guarded([this] { make_room(); });
        guarded([this] { timer_expired(); });
        for (int i = 0; i < 4'000 && !client_->empty() && claims_.good(); ++i) {
            if (!out_.empty()) guarded([this] { answer(any_request()); });
            else if (timer_) guarded([this] { fire(); });
            else claim(false, "the client stands still");
        }
        claim(client_->empty(), "the client does not become empty");
        for (const auto& k : all_) {
            claim(k.ends == 1, "no end");
            if (k.path.starts_with("/post/"))
                claim(k.sends <= 1 + std::min(k.bad_tokens, 1U), "a POST is sent too often");
            else claim(k.sends <= tries_ + 1, "a GET is sent too often");
        }
    }

    void destroy() {
        timer_may_fail_ = random_.one_in(2);
        disarm_failed_ = false;
        destroyed_ = true;
        client_.reset();
        check_silence();
    }

    void check_silence() {
        claim(!timer_ || disarm_failed_, "a timer is left");
        claim(out_.empty(), "a request is not abandoned by the destructor");
        claim(!deliver(request_handle{1}, cut), "an answer is taken after the end");
    }

    dice& random_;
    claims claims_;
    bool calm_ = false;
    unsigned tries_ = 1;
    time_point now_ = from_origin(1000s);
    std::optional<time_point> timer_;
    bool timer_may_fail_ = true;
    bool timer_failed_ = false;
    bool disarm_failed_ = false;
    bool in_callback_ = false;
    bool destroyed_ = false;
    bool refused_ = false;    // room
    std::string room_for_{};  // the origin that was asked for last, if there was room
    int depth_ = 0;
    unsigned tokens_ = 0;
    std::map<request_handle, sent> out_;
    std::set<request_handle> handles_;
    std::deque<known> all_;
    std::size_t live_ = 0;
    std::unique_ptr<async_client> client_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(random_scripts_of_async_client) {
    lark::test::play_scripts([](dice& random) { return random_loop{random}.play(); });
}
