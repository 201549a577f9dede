// SPDX-License-Identifier: MIT
// Random scripts for shared_loop: handlers that send, abandon, arm, throw, and come and go at any point, over a loop
// that answers from within its own functions, loses its timer, and calls it early.
#include "../injected_flow_set/scripted_loop.hpp"

#include <lark/injected/shared_loop.hpp>

#include "support/random_scripts.hpp"

#include <array>
#include <deque>
#include <memory>
#include <set>

using namespace lark;
using namespace lark::test;
using injected::shared_loop;

namespace {

struct thrown {};

class random_loop final : public injected::event_loop {
public:
    explicit random_loop(dice& d) : random_(d) {
        shared_ = std::make_unique<shared_loop>(*this);
        for (auto n = 1 + random_.below(4); n > 0; --n) handlers_.push_back(std::make_unique<handler>(*this));
    }

    std::string play() {
        for (auto steps = 20 + random_.below(100); steps > 0 && claims_.good(); --steps) {
            step();
            look();
        }
        finish();
        return claims_.broken();
    }

    // --- the loop ----------------------------------------------------------------------------------------------------

    void start_request(request_handle id, http_request request) override {
        claim(names_.insert(id).second, "a name is used twice on the loop");
        out_.emplace(id, std::move(request.url));
        within_function_of_loop(id);
        if (random_.one_in(10)) {
            out_.erase(id);
            throw thrown{};
        }
    }
    void abandon_request(request_handle id) noexcept override {
        claim(out_.erase(id) == 1, "a request is abandoned that is not in flight");
        claim(!deliver(id, transport_failure{}), "an abandoned request is answered");
        within_function_of_loop(id);
    }
    void arm_timer(time_point deadline) override {
        if (fails()) throw thrown{};
        timer_ = deadline;
    }
    void disarm_timer() override {
        if (fails()) throw thrown{};
        timer_.reset();
    }
    time_point now() override { return now_; }

private:
    /// A handler, its view, and what it knows of its requests.
    struct handler final : injected::event_handler {
        explicit handler(random_loop& loop) : loop_(loop), view(*loop.shared_), number(++loop.handlers_made_) {
            view.attach(*this);
        }
        ~handler() {
            // Some leave their requests to their view.
            if (loop_.random_.one_in(2)) disarm_all();
            view.detach(*this);
            gone = true;
        }

        void send() {
            const request_handle id{++last};
            const auto url = std::to_string(number) + '/' + std::to_string(last);
            requests.emplace(id, url);
            http_request request;
            request.url = url;
            const auto former = std::exchange(loop_.caller_, this);
            try {
                view.start_request(id, std::move(request));
            } catch (const thrown&) {
                // It may have been answered before.
                requests.erase(id);
            }
            loop_.caller_ = former;
        }
        void abandon_one() {
            if (requests.empty()) return;
            const auto id = requests.begin()->first;
            requests.erase(requests.begin());
            const auto former = std::exchange(loop_.caller_, this);
            view.abandon_request(id);
            loop_.caller_ = former;
        }
        void arm(time_point t) {
            deadline = t;
            loop_.timer_function([&] { view.arm_timer(t); });
        }
        void disarm() {
            deadline.reset();
            loop_.timer_function([&] { view.disarm_timer(); });
        }
        void disarm_all() {
            while (!requests.empty()) abandon_one();
            disarm();
        }

        bool handle_result(request_handle id, http_result result) override {
            called();
            const auto found = requests.find(id);
            const auto* response = std::get_if<http_response>(&result);  // the only kind that is given
            if (found == requests.end() || response == nullptr || found->second != response->body)
                loop_.claim(false, "an answer to no request of this handler, or to another one");
            else requests.erase(found);
            loop_.within_handler(*this);
            return true;
        }
        void handle_timer() override {
            called();
            loop_.claim(deadline && *deadline <= loop_.now_, "the timer of a handler whose deadline has not come");
            deadline.reset();
            loop_.within_handler(*this);
        }

        void called() const {
            loop_.claim(!gone, "a handler is called after its end");
            loop_.claim(loop_.caller_ == nullptr || loop_.caller_ == this,
                        "a handler is called from within another one's call");
        }

        random_loop& loop_;
        shared_loop::view view;
        std::uint64_t number;
        std::uint64_t last = 0;
        bool gone = false;
        std::map<request_handle, std::string> requests;  // in flight: what their answers say
        std::optional<time_point> deadline;
    };

    void claim(bool holds, std::string_view text) { claims_.claim(holds, text); }

    bool fails() {
        if (calm_ || !random_.one_in(25)) return false;
        failed_ = true;
        return true;
    }

    /// An arm or disarm throws what the timer functions throw; the deadline is known nevertheless.
    template <class Function>
    void timer_function(Function&& function) {
        try {
            function();
        } catch (const thrown&) {
            claim(failed_, "an exception of nobody");
        }
    }

    /// The loop answers other requests, or this one, or calls the timer.
    void within_function_of_loop(request_handle id) {
        if (calm_ || ++depth_ > 3) {
            --depth_;
            return;
        }
        if (random_.one_in(3)) answer(id);
        if (random_.one_in(3) && !out_.empty()) answer(any_request());
        if (random_.one_in(6)) expire();
        --depth_;
    }

    /// The actions of a handler when it is called.
    void within_handler(handler& self) {
        const bool nested = caller_ != nullptr;  // its own call of the loop is under way: it only queues
        if (nested) return;
        const bool throws = !calm_ && random_.one_in(10);
        if (random_.one_in(3)) self.send();
        if (random_.one_in(5)) self.abandon_one();
        if (random_.one_in(3)) arm_at_random(self);
        if (random_.one_in(6)) act(*random_.one_of(handlers_));
        if (!calm_ && random_.one_in(20)) {
            destroy(random_.below(handlers_.size()), &self);
        }
        if (throws) {
            ++throws_;
            throw thrown{};
        }
    }

    void act(handler& h) {
        switch (random_.below(6)) {
        case 0:
        case 1: h.send(); break;
        case 2: h.abandon_one(); break;
        case 3:
        case 4: arm_at_random(h); break;
        default: h.disarm();
        }
    }

    void arm_at_random(handler& h) {
        constexpr std::array<duration, 6> ahead{0s, 1s, 1s, 5s, -1s, 300us};
        h.arm(now_ + random_.one_of(ahead));
    }

    /// A handler, which may be the one that is being called.
    void destroy(std::size_t index, const handler* running) {
        if (handlers_.size() < 2) return;
        auto doomed = std::move(handlers_[index]);
        handlers_.erase(handlers_.begin() + static_cast<std::ptrdiff_t>(index));
        const bool itself = doomed.get() == running;
        if (!itself) {
            doomed.reset();
        } else {  // its view alone is destroyed with it; the object lives until the call of it has returned
            graves_.push_back(std::move(doomed));
        }
        if (random_.one_in(2)) handlers_.push_back(std::make_unique<handler>(*this));
    }

    request_handle any_request() {
        auto at = out_.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(random_.below(out_.size())));
        return at->first;
    }

    /// Calls of the loop's own: an exception comes out if and only if a handler or a timer function threw.
    template <class Function>
    void from_outside(Function&& function) {
        const auto before = throws_;
        const bool failed_before = std::exchange(failed_, false);
        bool came = false;
        try {
            function();
        } catch (const thrown&) {
            came = true;
        }
        if (depth_ == 0) {
            claim(came || throws_ == before, "an exception of a handler is lost");
            claim(!came || throws_ != before || failed_, "an exception of nobody");
        }
        failed_ = failed_ || failed_before;
    }

    void answer(request_handle id) {
        const auto found = out_.find(id);
        if (found == out_.end()) return;
        const auto url = found->second;
        out_.erase(found);
        // A handler may have detached and left its requests.
        from_outside([&] { deliver(id, reply(200, url)); });
    }

    void expire() {
        constexpr std::array<duration, 4> early{0s, 0s, 1ms, 400us};
        if (timer_ && depth_ == 0) {
            now_ = std::max(now_, *timer_ - random_.one_of(early));
            if (random_.one_in(10)) now_ += 7s;
        }
        timer_.reset();
        from_outside([this] { timer_expired(); });
    }

    void step() {
        switch (random_.below(6)) {
        case 0:
        case 1: act(*random_.one_of(handlers_)); break;
        case 2:
            if (!out_.empty()) answer(any_request());
            break;
        case 3:
        case 4:
            if (timer_ || random_.one_in(4)) expire();
            break;
        default:
            if (random_.one_in(3)) destroy(random_.below(handlers_.size()), nullptr);
            else if (random_.one_in(2)) now_ += 1s;
        }
        graves_.clear();
    }

    // --- what holds between two calls --------------------------------------------------------------------------------

    void look() {
        if (std::exchange(failed_, false)) {  // the next call arms it
            const bool former = std::exchange(calm_, true);
            handlers_.front()->send();
            calm_ = former;
        }
        std::optional<time_point> due;
        for (const auto& h : handlers_)
            if (h->deadline) due = due ? std::min(*due, *h->deadline) : *h->deadline;
        std::size_t waiting = 0;
        for (const auto& h : handlers_) waiting += h->requests.size();
        const bool late = waiting > out_.size();  // answers that are to be delivered in the next turn
        claim(!late || (timer_ && *timer_ <= now_ + 1ms), "no turn for a late answer");
        if (late) return;
        claim(due.has_value() == timer_.has_value(), due ? "no timer is armed" : "a timer is left without a deadline");
        if (due && timer_) claim(*timer_ <= std::max(*due, now_) + 1ms, "the timer is armed too late");
    }

    /// Everything is answered, and the rest is destroyed.
    void finish() {
        calm_ = true;
        for (int i = 0; i < 2'000 && !out_.empty() && claims_.good(); ++i) {
            answer(out_.begin()->first);
            if (random_.one_in(2)) expire();
        }
        for (int i = 0; i < 10; ++i) expire();
        graves_.clear();
        handlers_.clear();
        claim(out_.empty(), "a request is left on the loop");
        claim(!timer_, "a timer is left on the loop");
        shared_.reset();
        claim(!deliver(request_handle{1}, reply(200, "")), "an answer is taken by nobody");
    }

    dice& random_;
    claims claims_;
    time_point now_ = from_origin(1000s);
    std::optional<time_point> timer_;
    bool calm_ = false;
    bool failed_ = false;
    int depth_ = 0;
    unsigned throws_ = 0;
    std::uint64_t handlers_made_ = 0;
    std::set<request_handle> names_;
    std::map<request_handle, std::string> out_;
    std::unique_ptr<shared_loop> shared_;
    const handler* caller_ = nullptr;
    std::deque<std::unique_ptr<handler>> handlers_;
    std::deque<std::unique_ptr<handler>> graves_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(random_scripts_of_shared_loop) {
    play_scripts([](dice& random) { return random_loop{random}.play(); });
}
