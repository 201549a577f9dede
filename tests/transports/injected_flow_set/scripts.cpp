// SPDX-License-Identifier: MIT
// Random scripts for flow_set: a loop that answers, fails, throws, cancels and adds at every point that event_loop.hpp
// allows, and has room for some hosts and not for others, handlers that do the same, and timers that are early, late,
// spurious or missed.
#include "scripted_loop.hpp"

#include "support/random_scripts.hpp"

#include <array>
#include <deque>
#include <memory>
#include <set>

using namespace lark;
using namespace lark::test;
using injected::flow_set;
using injected::registration_id;

namespace {

struct thrown {};

/// The state of one registration.
struct known {
    registration_id id{};
    std::string code;     // its device code, a secret
    bool ending = false;  // `on_finished` has begun
    unsigned ends = 0;
    bool cancelled = false;
    bool threw = false;
    std::string credentials;  // the App ID that the loop gave
    // Of its polls.
    std::string polled_host;
    bool answered = false;
    time_point answered_at{};
    duration interval{};
    time_point last_poll_at = time_point::max();
    time_point poll_by = time_point::max();  // the next one; after a reply that says so
};

class random_loop final : public injected::event_loop {
public:
    explicit random_loop(dice& d) : random_(d) {
        options_.max_requests = 1 + random_.below(4);
        options_.max_requests_per_host = 1 + random_.below(3);
        options_.max_starts_per_second = random_.one_in(2) ? 0 : random_.one_in(2) ? 50 : 1000;
        options_.timer_slack = std::chrono::milliseconds{random_.one_in(2) ? 0 : random_.one_in(2) ? 1 : 8};
        calm_ = random_.one_in(3);
        set_ = std::make_unique<flow_set>(*this, options_);
    }

    std::string play() {
        const auto steps = 20 + random_.below(80);
        for (std::size_t i = 0; i < steps && claims_.good(); ++i) {
            guarded([&] { step(); });
            if (timer_failed_ && random_.one_in(8)) {  // nothing called in between
                destroy();
                return claims_.broken();
            }
            look();
        }
        if (random_.one_in(4)) destroy();
        else finish();
        return claims_.broken();
    }

    // --- the loop ----------------------------------------------------------------------------------------------------

    [[nodiscard]] bool has_room(std::string_view origin) noexcept override {
        const bool room = !full_.contains(std::string{origin});
        room_for_ = room ? origin : "";
        refused_ = refused_ || !room;
        return room;
    }

    void start_request(request_handle id, http_request request) override {
        claim(std::exchange(room_for_, "") == host_of(request.url), "a request is started that was not asked for");
        claim(handles_.insert(id).second, "a handle is used twice");
        auto* r = owner_of(request);
        if (step_of(request) == "poll") note_poll(r, request);
        const auto timeout_at = now_ + request.timeout;
        out_.emplace(id, sent{std::move(request), r, timeout_at});
        claim(out_.size() <= options_.max_requests, "more requests in flight than allowed");
        const auto host = host_of(out_.at(id).request.url);
        const auto at_host = static_cast<std::size_t>(std::count_if(
            out_.begin(), out_.end(), [&](const auto& o) { return host_of(o.second.request.url) == host; }));
        claim(at_host <= options_.max_requests_per_host, "more requests in flight to a host than allowed");
        if (destroyed_) claim(false, "a request is started by a set that is gone");
        if (calm_) return;
        if (random_.one_in(6)) meddle();
        if (random_.one_in(4)) answer(id);
        if (random_.one_in(8)) meddle();
        if (random_.one_in(30)) {
            out_.erase(id);
            throw thrown{};
        }
    }

    void abandon_request(request_handle id) noexcept override {
        claim(out_.erase(id) == 1, "a request is abandoned that is not in flight");
        if (destroyed_) return;
        if (random_.one_in(2))
            claim(!deliver(id, transport_failure{transport_failure_kind::cut, "aborted"}),
                  "an abandoned request is answered");
        if (!calm_ && random_.one_in(3)) meddle();
    }

    void arm_timer(time_point deadline) override {
        claim(!destroyed_, "the timer is armed by a set that is gone");
        if (fails()) {  // the former timer may run on, or the new one, or none
            if (random_.one_in(2)) timer_.reset();
            else if (random_.one_in(2)) timer_ = deadline;
            throw thrown{};
        }
        timer_ = deadline;
    }
    void disarm_timer() override {
        if (fails()) {
            disarm_failed_ = true;
            throw thrown{};
        }
        timer_.reset();
    }
    time_point now() override { return now_; }

private:
    struct sent {
        http_request request;
        known* owner;
        time_point timeout_at;
    };

    void claim(bool holds, std::string_view text) { claims_.claim(holds, text); }

    bool fails() {
        if (!timer_may_fail_ || calm_ || !random_.one_in(40)) return false;
        timer_failed_ = true;
        return true;
    }

    /// Functions of the set may throw here what the timer functions and `on_finished` throw.
    template <class Function>
    void guarded(Function&& function) {
        try {
            function();
        } catch (const thrown&) {}
    }

    static std::string host_of(const std::string& url) { return url.substr(0, url.find('/', 8)); }

    /// Device codes are unique, and begin requests are distinguished by the order in which they are answered.
    known* owner_of(const http_request& request) {
        if (step_of(request) != "poll") return nullptr;
        const auto code = code_of(request);
        for (auto& r : all_)
            if (r.code == code) return &r;
        claim(false, "a poll for an unknown device code");
        return nullptr;
    }

    void note_poll(known* r, const http_request& request) {
        if (r == nullptr) return;
        claim(r->ends == 0, "a poll after the end");
        const auto host = host_of(request.url);
        if (r->answered && r->polled_host == host && now_ < r->last_poll_at)
            claim(now_ - r->answered_at >= r->interval, "a poll is closer to the last one than the interval");
        r->polled_host = host;
        r->poll_by = time_point::max();
    }

    // --- the script --------------------------------------------------------------------------------------------------

    void step() {
        if (random_.one_in(4)) change_room();
        switch (random_.below(10)) {
        case 0: add(); break;
        case 1:
        case 2:
        case 3:
        case 4:
            if (!out_.empty()) answer(any_request());
            else if (all_.size() < 3) add();
            break;
        case 5:
        case 6:
        case 7: fire(); break;
        case 8: meddle(); break;
        default: now_ += std::chrono::milliseconds{random_.below(random_.one_in(4) ? 40'000 : 50)};  // a timer missed
        }
    }

    /// A host becomes full, or has room again: then the set is called, if it was refused.
    void change_room() {
        static const std::array<std::string, 5> hosts{"https://accounts.feishu.cn", "https://accounts.larksuite.com",
                                                      "https://a.example", "https://b.example", "https://c.example"};
        const auto& host = random_.one_of(hosts);
        if (full_.erase(host) == 0) full_.insert(host);
        else if (std::exchange(refused_, false)) room_freed();
    }

    void fire() {
        if (!timer_) return;
        constexpr std::array<duration, 5> early{0s, 0s, 400us, 1ms, 700ms};
        now_ = std::max(now_, *timer_ - random_.one_of(early));
        if (random_.one_in(12)) now_ += std::chrono::seconds{random_.below(700)};  // a suspend
        timer_.reset();
        timer_expired();
    }

    /// Anything that is allowed within handlers and functions of the loop.
    void meddle() {
        if (++depth_ <= 3) switch (random_.below(10)) {
            case 0:
            case 1: add(); break;
            case 2:
            case 3:
                if (!all_.empty()) cancel(random_.one_of(all_));
                break;
            case 4:
                if (!random_.one_in(6)) break;
                for (auto& r : all_) r.cancelled = true;
                set_->cancel_all();
                break;
            case 5:
            case 6:
                if (!out_.empty()) answer(any_request());
                break;
            case 7: change_room(); break;
            case 8: room_freed(); break;
            default: timer_expired();
            }
        --depth_;
    }

    request_handle any_request() {
        auto at = out_.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(random_.below(out_.size())));
        return at->first;
    }

    void add() {
        if (all_.size() >= 40) return;
        registration::options opts;
        opts.check_auth_methods = random_.one_in(3);
        opts.request_timeout = random_.one_in(2) ? 15s : 2s;
        opts.start_budget = random_.one_in(2) ? 60s : 3s;
        if (random_.one_in(3)) opts.domain = random_.one_in(2) ? "https://a.example" : "https://b.example/";
        if (random_.one_in(3)) opts.lark_domain = "https://c.example";
        auto& r = all_.emplace_back();
        ++live_;
        try {
            r.id = set_->add(handlers_of(r), opts);
        } catch (const thrown&) {  // of the timer: nothing was added
            r.ends = 1;
            r.ending = true;
            --live_;
            rejected_.insert(&r);
            throw;
        }
    }

    void cancel(known& r) {
        const bool before = std::exchange(r.cancelled, true);
        const bool may_succeed = !before && !r.ending;
        const bool done = set_->cancel(r.id);
        claim(!done || may_succeed, "a registration is cancelled twice, or after its end");
        if (!done) r.cancelled = before;
    }

    injected::flow_handlers handlers_of(known& r) {
        const auto within = [this, &r](auto&& check) {
            claim(!destroyed_, "a handler is called by a set that is gone");
            claim(!rejected_.contains(&r), "a handler of a registration that was not added is called");
            claim(!handling_, "a handler is called within another");
            claim(r.ends == 0, "a handler is called after the end");
            handling_ = true;
            struct end {
                bool& flag;
                ~end() { flag = false; }
            } const guard{handling_};
            check();
            if (!calm_ && random_.one_in(5)) meddle();
        };
        return {.on_qr_code =
                    [=, this, &r](const registration::qr_code&) {
                        within([&] { claim(!r.cancelled, "a handler is called after a cancel"); });
                        throw_at_random(r);
                    },
                .on_status_change =
                    [=, this, &r](const registration::status_change& change) {
                        within([&] {
                            claim(!r.cancelled, "a handler is called after a cancel");
                            claim(r.code.empty() || change.reason.find(r.code) == std::string::npos,
                                  "a reason holds a device code");
                        });
                        throw_at_random(r);
                    },
                .on_finished =
                    [=, this, &r](const registration::outcome& o, const std::exception_ptr& e) {
                        r.ending = true;
                        within([&] { look_at(r, o, e); });
                        ++r.ends;
                        --live_;
                        if (!calm_ && random_.one_in(30)) throw thrown{};
                    }};
    }

    void throw_at_random(known& r) {
        if (calm_ || !random_.one_in(40)) return;
        r.threw = true;
        throw thrown{};
    }

    void look_at(const known& r, const registration::outcome& o, const std::exception_ptr& e) {
        if (r.threw) claim(e != nullptr, "an exception is lost");
        if (const auto* app = std::get_if<registration::app>(&o)) {
            claim(app->client_id == r.credentials, "an app that the loop did not give");
            return;
        }
        claim(r.credentials.empty(), "credentials are lost");
        const auto& why = std::get<registration::failure>(o);
        if (why.code == "abort") claim(r.cancelled || e != nullptr, "an abort without a cancel or an exception");
        for (const auto* text : {&why.code, &why.description, &why.last_error})
            claim(r.code.empty() || text->find(r.code) == std::string::npos, "a failure holds a device code");
    }

    /// Answers a request at random, from wherever this is called.
    void answer(request_handle id) {
        const auto found = out_.find(id);
        if (found == out_.end()) return;
        const auto s = std::move(found->second);
        out_.erase(found);
        const auto step = step_of(s.request);
        const auto kind = random_.below(calm_ ? 6 : 9);
        bool taken = false;
        if (step == "poll") {
            taken = answer_poll(id, s, kind);
        } else if (kind == 8) {
            taken = deliver(id, transport_failure{transport_failure_kind::cut, "after " + s.request.body});
        } else if (kind == 7) {
            taken = deliver(id, reply(503, ""));
        } else if (step == "init") {
            taken = deliver(id, init_reply());
        } else {
            taken = begin(id);
        }
        claim(taken, "an answer to a request in flight is refused");
        claim(!deliver(id, pending_reply()), "an answer is taken twice");
    }

    /// The registration of a begin is known when its first poll comes; until then its code waits in `unclaimed_`.
    bool begin(request_handle id) {
        const auto slot = static_cast<std::uint32_t>(static_cast<std::uint64_t>(id));
        for (auto& r : all_)
            if (r.ends == 0 && r.id != registration_id{} &&
                static_cast<std::uint32_t>(static_cast<std::uint64_t>(r.id)) == slot) {
                const auto lifetime = random_.one_in(3) ? 20 : 600;
                const auto interval = static_cast<int>(1 + random_.below(6));
                r.code = "dc-" + std::to_string(++codes_) + "-secret";
                r.interval = std::chrono::seconds{interval};
                r.last_poll_at = now_ + std::chrono::seconds{lifetime} - 1s;
                return deliver(id, begin_reply(r.code, interval, lifetime));
            }
        return deliver(id, denied_reply());
    }

    bool answer_poll(request_handle id, const sent& s, std::size_t kind) {
        if (s.owner == nullptr) return true;
        auto& r = *s.owner;
        r.answered = true;
        r.answered_at = now_;
        switch (kind) {
        case 0:
            if (random_.one_in(2)) {
                r.credentials = "cli_" + std::to_string(++codes_);
                return deliver(id, app_reply(r.credentials));
            }
            return deliver(id, denied_reply());
        case 1: r.interval += 5s; return deliver(id, reply(400, R"({"error":"slow_down"})"));
        case 2: return deliver(id, lark_reply());
        case 6: return deliver(id, reply(502, "<html>"));
        case 7: return deliver(id, transport_failure{transport_failure_kind::timeout, "sent " + s.request.body});
        case 8: return deliver(id, transport_failure{transport_failure_kind::cut, "sent " + s.request.body});
        default:
            if (now_ < r.last_poll_at) r.poll_by = std::min(now_ + r.interval, r.last_poll_at);
            return deliver(id, pending_reply());
        }
    }

    // --- what holds between two calls --------------------------------------------------------------------------------

    void look() {
        if (std::exchange(timer_failed_, false)) {  // the next call arms it, whichever it is
            timer_may_fail_ = false;
            guarded([&] { call_anything(); });
            timer_may_fail_ = true;
        }
        look_at_timer();
        claim(set_->requests_in_flight() == out_.size(), "requests in flight are miscounted");
        claim(set_->size() == live_, "registrations are miscounted");
        claim(set_->waiting_for_turn() <= set_->size(), "more wait than there are");
        for (const auto& r : all_) claim(r.ends <= 1, "more than one end");
    }

    void call_anything() {
        const auto choice = random_.below(3);
        if (choice == 0 && all_.size() < 40) add();
        else if (choice == 1 && !out_.empty()) answer(any_request());
        else timer_expired();
    }

    /// It is armed while there is a registration, and in time for what is known to be due.
    void look_at_timer() {
        claim(!set_->empty() || !timer_, "a timer is left without a deadline");
        // Registrations that all wait for room are called for that.
        claim(set_->empty() || timer_ || (refused_ && set_->waiting_for_turn() == set_->size()), "no timer is armed");
        if (!timer_) return;
        auto due = time_point::max();
        for (const auto& [id, s] : out_) due = std::min(due, s.timeout_at);
        for (const auto& r : all_)
            if (r.ends == 0 && r.poll_by > now_) due = std::min(due, r.poll_by);
        claim(*timer_ <= saturating_add(std::max(due, now_), options_.timer_slack + 1ms),
              "the timer is armed too late");
    }

    /// Everything ends by itself: answers are denials, and time passes.
    void finish() {
        calm_ = true;
        timer_may_fail_ = false;
        if (random_.one_in(3)) {
            for (auto& r : all_) r.cancelled = true;
            guarded([&] { set_->cancel_all(); });
        }
        guarded([&] { timer_expired(); });
        full_.clear();
        guarded([&] { room_freed(); });
        for (int i = 0; i < 4'000 && !set_->empty() && claims_.good(); ++i) {
            if (!out_.empty()) {
                const auto id = out_.begin()->first;
                out_.erase(out_.begin());
                guarded([&] { claim(deliver(id, denied_reply()), "a last answer is refused"); });
            } else if (timer_) {
                now_ = std::max(now_, *timer_);
                timer_.reset();
                guarded([&] { timer_expired(); });
            } else {
                claim(false, "the queue stands still at the end");
            }
        }
        claim(set_->empty(), "the set does not become empty");
        claim(set_->requests_in_flight() == 0 && set_->waiting_for_turn() == 0, "places are lost");
        for (const auto& r : all_) claim(r.ends == 1, "no end");
    }

    void destroy() {
        timer_may_fail_ = random_.one_in(2);
        disarm_failed_ = false;
        destroyed_ = true;  // it has to be silent from here on
        set_.reset();
        claim(!timer_ || disarm_failed_, "a timer is left to a set that is gone");
        claim(out_.empty(), "a request is not abandoned by the destructor");
    }

    dice& random_;
    claims claims_;
    injected::flow_set_options options_;
    bool calm_ = false;
    time_point now_ = from_origin(1000s);
    std::optional<time_point> timer_;
    bool timer_may_fail_ = true;
    bool timer_failed_ = false;
    bool disarm_failed_ = false;
    bool handling_ = false;
    bool destroyed_ = false;
    int depth_ = 0;
    std::map<request_handle, sent> out_;
    std::set<request_handle> handles_;
    std::deque<known> all_;
    std::set<const known*> rejected_;
    std::set<std::string> full_;  // hosts without room
    bool refused_ = false;        // since the set was called for room
    std::string room_for_;        // the host of the request that comes next
    std::size_t live_ = 0;
    unsigned codes_ = 0;
    std::unique_ptr<flow_set> set_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(random_scripts_of_flow_set) {
    play_scripts([](dice& random) { return random_loop{random}.play(); });
}
