// SPDX-License-Identifier: MIT
// Many flows over one event loop: drain, perform, feed. Answers are fed before cancels, cancels before time, and time
// before requests are sent in turn.
#include <lark/injected/flow_set.hpp>

#include <lark/injected/drain.hpp>

#include "deadline_heap.hpp"
#include "flow_set_entry.hpp"
#include "loop_clock.hpp"
#include "loop_timer.hpp"
#include "send_queue.hpp"
#include "start_pacer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace lark::injected {
namespace {

using namespace registration;
using detail::entry;
using detail::urgency;

/// Requests that one call starts before it returns to the loop: answers and cancels must not wait for thousands of them.
constexpr unsigned sends_per_turn = 32;

constexpr std::uint32_t slot_of(const entry& t) noexcept { return detail::entry_table::slot_of(t.id); }

}  // namespace

class flow_set::driver {
public:
    driver(event_loop& loop, const flow_set_options& opts)
        : loop_(loop),
          clock_(loop),
          queue_(opts.max_requests, opts.max_requests_per_host),
          pacer_(opts.max_starts_per_second, std::min(opts.max_requests, opts.max_requests_per_host), clock_.now,
                 opts.timer_slack),
          timer_(loop, opts.timer_slack) {}
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;

    ~driver() = default;

    /// Before the destruction, while the loop may still call the set.
    void close() noexcept {
        running_ = true;  // answers and additions from within `abandon_request` have no effect
        entries_.for_each([this](entry& t) {
            const auto id = std::exchange(t.in_flight, request_handle{});
            if (id != request_handle{}) loop_.abandon_request(id);
        });
    }

    registration_id add(flow_handlers handlers, const options& opts) {
        if (!handlers.on_qr_code) throw invalid_option{"on_qr_code", "is required"};
        if (!handlers.on_finished) throw invalid_option{"on_finished", "is required"};
        auto t = std::make_unique<entry>(std::move(handlers), flow{opts});
        clock_.read();
        t->machine.handle_time(clock_.now);  // `give_up_after` counts from here
        return enter(std::move(t), opts);
    }

    registration_id add(flow_handlers handlers, const snapshot& from, const options& opts) {
        if (!handlers.on_finished) throw invalid_option{"on_finished", "is required"};
        clock_.read();
        auto t = std::make_unique<entry>(std::move(handlers), flow{from, {clock_.now, loop_.wall_now()}, opts});
        t->begun = true;
        return enter(std::move(t), opts, from.view().at_lark);
    }

    registration_id enter(std::unique_ptr<entry> t, const options& opts, bool at_lark = false) {
        auto& feishu = queue_.host_of(opts.domain);
        auto& lark = queue_.host_of(opts.lark_domain);
        t->at_feishu = &feishu;
        t->at_lark = &lark;
        t->at = at_lark ? &lark : &feishu;
        auto& added = *t;
        const auto id = entries_.insert(std::move(t));
        added.counted = added.machine.phase();
        ++count_of(added.counted);
        queue_.add_user(feishu);
        queue_.add_user(lark);
        try {
            if (added.begun) deadlines_.set(slot_of(added), clock_.now);  // its link comes first, whatever it waits for
            else wait_for_turn(added, feishu, urgency::start);
            if (!running_) arm();  // else at the end of `run`
        } catch (...) {
            static_cast<void>(take_out(added));
            throw;
        }
        return id;
    }

    bool cancel(registration_id id) {
        auto* t = entries_.find(id);
        if (t == nullptr || t->cancelled) return false;
        mark_cancelled(*t);
        run();
        return true;
    }

    void cancel_all() {
        entries_.for_each([this](entry& t) {
            if (!t.cancelled) mark_cancelled(t);
        });
        run();
    }

    bool handle(request_handle id, http_result result) {
        auto* t = entries_.find(id);
        if (t == nullptr) return false;
        answers_.push_back({t->id, t->request, std::move(result)});
        give_back(*t);
        run();
        return true;
    }

    void handle_timer() {
        clock_.read();
        timer_.expired(clock_.now);
        time_passed_ = true;
        run();
    }

    void handle_room() {
        queue_.release_held();
        run();
    }

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] const detail::send_queue& queue() const noexcept { return queue_; }

    [[nodiscard]] flow_set_stats stats() const noexcept {
        const auto count = [this](registration_phase p) { return phases_[static_cast<std::size_t>(p)]; };
        return {.starting = count(registration_phase::starting),
                .polling = count(registration_phase::polling),
                .expiring = count(registration_phase::expiring),
                .in_flight = queue_.in_flight(),
                .queued = queue_.waiting(),
                .starts_held_back = queue_.waiting(urgency::start),
                .requests = requests_,
                .timers = timer_.expiries(),
                .timer_late = timer_.late(),
                .timer_late_max = timer_.latest()};
    }

    [[nodiscard]] std::optional<registration_state> state(registration_id id) {
        const auto* t = entries_.find(id);
        if (t == nullptr) return {};
        registration_state out{t->machine.phase(),
                               {},
                               t->machine.polls(),
                               std::string{t->machine.last_error()},
                               t->machine.last_exchange()};
        if (const auto at = t->machine.next_request_at()) {
            using std::chrono::system_clock;
            const auto ahead = saturating_sub(*at, loop_.now());
            out.next_request_at = loop_.wall_now() + std::chrono::duration_cast<system_clock::duration>(ahead);
        }
        return out;
    }

private:
    /// The next step after an output of a registration.
    enum class then {
        goes_on,  ///< there may be another output
        waits,    ///< it waits for an answer, for time, or for its turn to send
        is_over,  ///< the outcome is set
    };
    struct answer {
        registration_id to;
        request_id request;
        http_result result;
    };

    /// Does all work that is due, in its order. A call from inside a handler or the loop only queues its input.
    void run() {
        if (running_) return;
        running_ = true;
        struct guard {
            bool& running;
            ~guard() { running = false; }
        } const end{running_};

        unsigned sent = 0;
        while (take_answer() || take_cancelled() || take_due() ||
               (sent < sends_per_turn && send_next() && ++sent > 0)) {}
        arm();
        if (stray_) std::rethrow_exception(std::exchange(stray_, nullptr));
    }

    bool take_answer() {
        if (answers_.empty()) return false;
        const auto a = std::move(answers_.front());
        answers_.pop_front();
        auto* t = entries_.find(a.to);
        if (t == nullptr) return true;  // it has ended since
        guarded(*t, [&] {
            clock_.read();
            pacer_.learn(clock_.now - t->latest.sent_at, clock_.now);
            if (const auto* response = std::get_if<http_response>(&a.result))
                t->machine.handle_response(a.request, clock_.now, *response);
            else t->machine.handle_failure(a.request, clock_.now, std::get<transport_failure>(a.result));
            trace(*t, &a.result);
        });
        drain(*t);
        return true;
    }

    bool take_cancelled() {
        auto* t = static_cast<entry*>(cancelled_.pop_front());
        if (t != nullptr) drain(*t);
        return t != nullptr;
    }

    bool take_due() {
        if (!time_passed_) return false;
        const auto index = deadlines_.pop_due(clock_.now);
        time_passed_ = index.has_value();
        if (!index) return false;
        auto& t = *entries_.at(*index);
        guarded(t, [&] {
            t.machine.handle_time(clock_.now);
            trace(t, nullptr);
        });
        drain(t);
        return true;
    }

    bool send_next() {
        auto next = urgency::due;
        if (!loop_has_room(next)) {
            next = urgency::start;
            if (!queue_.can_pop(next)) return false;
            clock_.read();
            if (!pacer_.allows(clock_.now) || !loop_has_room(next)) return false;
            pacer_.count(clock_.now);
        }
        auto* w = queue_.pop(next);
        auto& t = static_cast<entry&>(*w);
        t.begun = true;
        t.in_flight = entries_.new_request_handle(t);
        guarded(t, [&] {
            clock_.read();
            const auto output = t.machine.poll_output(clock_.now);
            const auto& request = std::get<send_request>(output);  // `wants_to_send` said so
            t.request = request.request_id;
            t.latest.sent_at = clock_.now;
            ++requests_;
            loop_.start_request(t.in_flight, to_http_request(request));
        });
        // An answer from within `start_request` is taken first: credentials count before a cancel or an exception there.
        if (t.in_flight == request_handle{}) return true;
        if (t.exception) give_back(t);  // the request was not started
        drain(t);
        return true;
    }

    /// Whether the next of these can be sent. Hosts that the loop refuses wait until it has room again.
    bool loop_has_room(urgency u) {
        for (auto* next = queue_.next(u); next != nullptr; next = queue_.next(u)) {
            if (loop_.has_room(next->origin())) return true;
            queue_.hold(*next);
        }
        return false;
    }

    /// An exception in the course of one registration ends that one, and is passed to its `on_finished`.
    template <class Function>
    void guarded(entry& t, Function&& function) noexcept {
        try {
            function();
        } catch (...) {
            t.exception = std::current_exception();
            t.cancelled = true;
        }
    }

    /// Performs the outputs of the flow until it waits. The entry may have been destroyed on return.
    void drain(entry& t) {
        recount(t);
        auto next = then::goes_on;
        while (next == then::goes_on) {
            if (t.cancelled) t.machine.cancel();
            guarded(t, [&] { next = step(t); });
        }
        if (next == then::is_over) finish(t);
    }

    then step(entry& t) {
        if (t.machine.wants_to_send()) {
            wait_for_turn(t, *t.at, t.begun ? urgency::due : urgency::start);
            return then::waits;
        }
        return std::visit([&](const auto& output) { return perform(t, output); }, t.machine.poll_output(clock_.now));
    }

    /// For its turn to send, but no longer than its caller's limit.
    void wait_for_turn(entry& t, detail::host& at, urgency u) {
        const auto limit = t.machine.gives_up_at();
        if (limit == time_point::max()) deadlines_.clear(slot_of(t));
        else deadlines_.set(slot_of(t), limit);
        queue_.push(t, at, u);
    }

    then perform(entry& t, const qr_code_ready& qr) {
        clock_.read();
        save(t);
        if (t.handlers.on_qr_code && !t.cancelled)
            t.handlers.on_qr_code(to_qr_code(qr, {clock_.now, loop_.wall_now()}));
        return then::goes_on;
    }

    then perform(entry& t, const status_changed& change) {
        if (change.status == status::domain_switched) t.at = t.at_lark;
        if (is_worth_saving(change.status)) save(t);
        if (t.handlers.on_status_change && !t.cancelled)
            t.handlers.on_status_change(to_status_change(change, t.machine));
        return then::goes_on;
    }

    [[nodiscard]] std::size_t& count_of(registration_phase p) noexcept { return phases_[static_cast<std::size_t>(p)]; }

    void recount(entry& t) noexcept {
        --count_of(t.counted);
        t.counted = t.machine.phase();
        ++count_of(t.counted);
    }

    void trace(entry& t, const http_result* result) {
        if (!t.handlers.on_trace || t.cancelled) return;
        if (const auto event = take_trace(t.machine, t.latest, clock_.now, result)) t.handlers.on_trace(*event);
    }

    void save(entry& t) {
        if (!t.handlers.on_snapshot) return;
        if (const auto saved = t.machine.save({clock_.now, loop_.wall_now()}, after_save::goes_on))
            t.handlers.on_snapshot(*saved);
    }

    then perform(entry& t, const abandon_request&) {
        const auto id = t.in_flight;
        if (id == request_handle{}) return then::goes_on;
        give_back(t);  // before the call, so that an answer from within it is ignored
        loop_.abandon_request(id);
        return then::goes_on;
    }

    then perform(entry&, const send_request&) { return then::goes_on; }  // comes from `send_next` alone

    then perform(entry& t, const wait_until& wait) {
        deadlines_.set(slot_of(t), wait.deadline);
        return then::waits;
    }

    then perform(entry&, const finished&) { return then::is_over; }

    /// The slot is free before the handler runs, so that the handler can `add` at once.
    void finish(entry& t) {
        const auto last = take_out(t);
        try {
            last->handlers.on_finished(*last->machine.result(), last->exception);
        } catch (...) {
            if (!stray_) stray_ = std::current_exception();
        }
    }

    [[nodiscard]] std::unique_ptr<entry> take_out(entry& t) noexcept {
        forget_waiting(t);
        deadlines_.clear(slot_of(t));
        --count_of(t.counted);
        queue_.remove_user(*t.at_feishu);
        queue_.remove_user(*t.at_lark);
        return entries_.remove(t);
    }

    void mark_cancelled(entry& t) noexcept {
        t.cancelled = true;
        forget_waiting(t);
        cancelled_.push_back(t);
    }

    /// Removes it from the list that it is in, if any.
    void forget_waiting(entry& t) noexcept {
        queue_.remove(t, *t.at);
        t.unlink();
    }

    void give_back(entry& t) noexcept {
        t.in_flight = request_handle{};
        queue_.release(*t.at);
    }

    /// The timer expires at once if more could be sent and the call had to return to the loop.
    void arm() {
        const bool starts = queue_.can_pop(urgency::start);
        if (queue_.can_pop(urgency::due) || (starts && pacer_.allows(clock_.now)))
            return timer_.set_at_once(clock_.now);
        auto next = deadlines_.earliest();
        if (starts) next = next ? std::min(*next, pacer_.next()) : pacer_.next();
        timer_.set_for(next);
    }

    event_loop& loop_;
    detail::loop_clock clock_;
    detail::entry_table entries_;
    detail::send_queue queue_;
    detail::start_pacer pacer_;
    detail::deadline_heap deadlines_;
    detail::loop_timer timer_;
    detail::fifo<detail::waiter> cancelled_;
    std::deque<answer> answers_;
    std::array<std::size_t, 4> phases_{};  // registrations, by `registration_phase`
    std::uint64_t requests_ = 0;
    bool time_passed_ = false;
    bool running_ = false;
    std::exception_ptr stray_;  // from an `on_finished`
};

flow_set::flow_set(event_loop& loop, flow_set_options opts) : loop_(loop) {
    if (opts.max_requests == 0) throw invalid_option{"max_requests", "must be at least 1"};
    if (opts.max_requests_per_host == 0) throw invalid_option{"max_requests_per_host", "must be at least 1"};
    using std::chrono::milliseconds;  // the largest of them overflow a `duration`
    if (opts.timer_slack < milliseconds{0} || opts.timer_slack > milliseconds{1000})
        throw invalid_option{"timer_slack", "must be from 0 to 1 s"};
    driver_ = std::make_unique<driver>(loop, opts);
    loop.attach(*this);
}

flow_set::~flow_set() {
    driver_->close();
    loop_.detach(*this);
}

registration_id flow_set::add(flow_handlers handlers, const registration::options& opts) {
    return driver_->add(std::move(handlers), opts);
}

registration_id flow_set::add(flow_handlers handlers, const registration::snapshot& from,
                              const registration::options& opts) {
    return driver_->add(std::move(handlers), from, opts);
}

bool flow_set::cancel(registration_id id) { return driver_->cancel(id); }
void flow_set::cancel_all() { driver_->cancel_all(); }

bool flow_set::handle_response(request_handle id, http_response response) {
    return driver_->handle(id, std::move(response));
}
bool flow_set::handle_failure(request_handle id, transport_failure failure) {
    return driver_->handle(id, std::move(failure));
}
void flow_set::handle_timer() { driver_->handle_timer(); }
void flow_set::handle_room() { driver_->handle_room(); }

std::size_t flow_set::size() const noexcept { return driver_->size(); }
flow_set_stats flow_set::stats() const noexcept { return driver_->stats(); }
std::optional<registration_state> flow_set::state(registration_id id) const { return driver_->state(id); }
std::size_t flow_set::requests_in_flight() const noexcept { return driver_->queue().in_flight(); }
std::size_t flow_set::waiting_for_turn() const noexcept { return driver_->queue().waiting(); }

}  // namespace lark::injected
