// SPDX-License-Identifier: MIT
#include <lark/injected/shared_loop.hpp>

#include "fifo.hpp"
#include "first_exception.hpp"
#include "loop_time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lark::injected {

/// A view as the router knows it. It is in the list of those whose timer has expired while that is so.
struct shared_loop::member : detail::fifo_element<member> {
    member(view& v, std::uint32_t s) : owner(v), slot(s) {}

    view& owner;
    std::uint32_t slot;  ///< in the table of members, and in the heap of deadlines
    std::unordered_map<request_handle, request_handle> requests;  ///< by the handler's names: the names on the loop
};

/// The loop's handler: gives each request a name of its own, and routes its answer back.
class shared_loop::router final : public event_handler {
public:
    explicit router(event_loop& loop) : loop_(loop), timer_(loop, duration::zero()) { loop_.attach(*this); }
    ~router() { loop_.detach(*this); }

    [[nodiscard]] event_loop& loop() noexcept { return loop_; }

    member& add(view& v) {
        const auto gap = std::find(members_.begin(), members_.end(), nullptr);
        auto added = std::make_unique<member>(v, static_cast<std::uint32_t>(gap - members_.begin()));
        if (gap == members_.end()) return *members_.emplace_back(std::move(added));
        return *(*gap = std::move(added));
    }

    void remove(member& m) noexcept {
        while (!m.requests.empty()) abandon(m, m.requests.begin()->first);
        deadlines_.clear(m.slot);
        members_[m.slot].reset();
        arm_after_call();
    }

    void start(member& from, request_handle id, http_request request) {
        const request_handle name{++last_};
        auto& added = routes_.emplace(name, route{&from, id}).first->second;
        try {
            added.answer.push_back({name, {}});
            from.requests.emplace(id, name);
            const call_of_loop now{*this, from};
            loop_.start_request(name, std::move(request));
        } catch (...) {  // it was not started
            forget(name);
            throw;
        }
    }

    void abandon(member& from, request_handle id) noexcept {
        const auto found = from.requests.find(id);
        if (found == from.requests.end()) return;
        const auto name = found->second;
        const bool answered = routes_.at(name).answered;
        forget(name);  // before the call, so that an answer from within it is ignored
        if (answered) {
            std::erase_if(late_, [name](const late_answer& a) { return a.name == name; });
            return arm_after_call();
        }
        const call_of_loop now{*this, from};
        loop_.abandon_request(name);
    }

    void arm(member& m, time_point deadline) {
        deadlines_.set(m.slot, deadline);
        m.unlink();
        if (!delivering_) arm();
    }

    void disarm(member& m) {
        deadlines_.clear(m.slot);
        m.unlink();
        if (!delivering_) arm();
    }

    bool handle_result(request_handle name, http_result result) override {
        const auto found = routes_.find(name);
        if (found == routes_.end() || std::exchange(found->second.answered, true)) return false;
        if (caller_ == found->second.from) return pass(name, std::move(result));
        if (caller_ != nullptr) {
            late_.splice(late_.end(), found->second.answer);
            late_.back().result = std::move(result);
            return true;
        }
        bool taken = false;
        deliver([&](detail::first_exception& thrown) { thrown.guard([&] { taken = pass(name, std::move(result)); }); });
        return taken;
    }

    void handle_timer() override {
        const auto now = loop_.now();
        timer_.expired(now);
        if (caller_ != nullptr) return;  // armed again when its call has returned
        deliver([&](detail::first_exception& thrown) {
            // All that are due now, each once: one that arms its timer for a time that has passed wants another turn.
            while (const auto slot = deadlines_.pop_due(now)) expired_.push_back(*members_[*slot]);
            while (auto* m = expired_.pop_front()) thrown.guard([m] { m->owner.timer_expired(); });
        });
    }

    void handle_room() override {
        room_ = true;
        if (caller_ != nullptr) return;  // given in the next turn, for which its call arms the timer
        deliver([](const detail::first_exception&) {});
    }

private:
    struct late_answer {
        request_handle name;
        http_result result;
    };
    struct route {
        member* from;
        request_handle id;                // the handler's name for it
        bool answered = false;            // by the loop, which then does not know it any more
        std::list<late_answer> answer{};  // room for it, made beforehand: none is lost for want of memory
    };

    /// The loop is being called for a handler, which expects its own answers then, and no handler expects those of
    /// others.
    class call_of_loop {
    public:
        call_of_loop(router& r, member& caller) noexcept : router_(r), former_(std::exchange(r.caller_, &caller)) {}
        call_of_loop(const call_of_loop&) = delete;
        call_of_loop& operator=(const call_of_loop&) = delete;
        ~call_of_loop() {
            router_.caller_ = former_;
            router_.arm_after_call();
        }

    private:
        router& router_;
        member* former_;
    };

    /// Delivers what was late, then what `function` delivers; arms the timer at the end.
    template <class Function>
    void deliver(Function&& function) {
        detail::first_exception thrown;
        const bool outer = std::exchange(delivering_, true);
        // Handlers may bring about more late answers, which are for the next turn.
        for (auto n = late_.size(); n > 0 && !late_.empty(); --n) {
            auto next = std::move(late_.front());
            late_.pop_front();
            thrown.guard([&] { pass(next.name, std::move(next.result)); });
        }
        if (std::exchange(room_, false))
            for (std::size_t i = 0; i < members_.size(); ++i)  // a handler may add or destroy views
                if (members_[i]) thrown.guard([&] { members_[i]->owner.room_freed(); });
        function(thrown);
        delivering_ = outer;
        if (!delivering_) thrown.guard([this] { arm(); });
        thrown.rethrow();
    }

    /// The view may be destroyed on return.
    bool pass(request_handle name, http_result result) {
        const auto found = routes_.find(name);
        if (found == routes_.end()) return false;  // abandoned by a handler that was called before
        const auto to = found->second;
        forget(name);
        return to.from->owner.deliver(to.id, std::move(result));
    }

    void forget(request_handle name) noexcept {
        const auto found = routes_.find(name);
        if (found == routes_.end()) return;
        found->second.from->requests.erase(found->second.id);
        routes_.erase(found);
    }

    void arm() {
        if (!late_.empty() || room_) timer_.set_at_once(loop_.now());
        else timer_.set_for(deadlines_.earliest());
    }

    /// The call may have brought an answer for another handler, or the timer.
    void arm_after_call() noexcept {
        if (caller_ != nullptr || delivering_) return;
        try {
            arm();
        } catch (...) {  // the next call arms it, and reports why it cannot
        }
    }

    event_loop& loop_;
    detail::loop_timer timer_;
    detail::deadline_heap deadlines_;  // by the slots of members
    detail::fifo<member> expired_;     // to be called in this turn
    std::vector<std::unique_ptr<member>> members_;
    std::unordered_map<request_handle, route> routes_;  // by the names on the loop
    std::list<late_answer> late_;
    member* caller_ = nullptr;  // whose call of the loop is under way
    bool delivering_ = false;
    bool room_ = false;  // may have come, and the handlers do not know
    std::uint64_t last_ = 0;
};

shared_loop::shared_loop(event_loop& loop) : router_(std::make_unique<router>(loop)) {}
shared_loop::~shared_loop() = default;

shared_loop::view::view(shared_loop& shared) : router_(*shared.router_), member_(router_.add(*this)) {}
shared_loop::view::~view() { router_.remove(member_); }

void shared_loop::view::start_request(request_handle id, http_request request) {
    router_.start(member_, id, std::move(request));
}
bool shared_loop::view::has_room(std::string_view origin) noexcept { return router_.loop().has_room(origin); }
void shared_loop::view::abandon_request(request_handle id) noexcept { router_.abandon(member_, id); }
void shared_loop::view::arm_timer(time_point deadline) { router_.arm(member_, deadline); }
void shared_loop::view::disarm_timer() { router_.disarm(member_); }
time_point shared_loop::view::now() { return router_.loop().now(); }
std::chrono::system_clock::time_point shared_loop::view::wall_now() { return router_.loop().wall_now(); }

}  // namespace lark::injected
