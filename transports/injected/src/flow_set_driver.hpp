// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/drain.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/registration/flow.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/snapshot.hpp>

#include "admission.hpp"
#include "fifo.hpp"
#include "first_exception.hpp"
#include "loop_time.hpp"
#include "slot_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

namespace lark::injected {

namespace detail {

/// One registration of a `flow_set`: its flow, and the calls of its handlers.
struct entry : waiter {
    entry(flow_handlers h, registration::flow f) : handlers(std::move(h)), machine(std::move(f)) {}

    /// Feeds the result of its request, and reports the exchange.
    void handle_result(registration::request_id of, time_point now, const http_result& result);
    /// Feeds the time; an exchange that ends by its timeout is reported.
    void handle_time(time_point now);

    /// Each calls the handlers for one output; `on_snapshot` before the others. After a cancel none but that is called.
    void report(const registration::qr_code_ready& qr, registration::wall_time when);
    void report(const registration::status_changed& change, registration::wall_time when);

    [[nodiscard]] registration_state state(registration::wall_time when) const;

    flow_handlers handlers;
    registration::flow machine;
    registration_id id{};
    request_handle in_flight{};                 ///< of the request in flight, 0 for none
    arrived_results<registration_id> answer{};  ///< the room for its answer
    host* at = nullptr;                         ///< where it sends now; one of the next two
    host* at_feishu = nullptr;
    host* at_lark = nullptr;
    traced_request latest{};  ///< when it was sent, and whether it has been traced
    bool begun = false;       ///< its first request has been sent
    bool cancelled = false;
    registration::registration_phase counted =
        registration::registration_phase::starting;  ///< in the counters of the set
    std::exception_ptr exception{};

private:
    void save(registration::wall_time when);
    void trace(time_point now, const http_result* result);
};

using entry_table = slot_table<entry, registration_id>;
[[nodiscard]] inline std::uint32_t slot_of(const entry& t) noexcept { return entry_table::slot_of(t.id); }

}  // namespace detail

/// Many flows over one event loop: drain, perform, feed. Answers are fed before cancels, cancels before time, and time
/// before requests are sent in turn.
///
/// flow_set_driver.cpp has the turn, flow_set.cpp the calls of the set's owner.
class flow_set::driver final : public event_handler {
public:
    driver(event_loop& loop, const flow_set_options& opts);
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;
    ~driver() = default;

    /// Before the destruction. Nothing is called after it.
    void close() noexcept;

    /// See `flow_set`.
    registration_id add(flow_handlers handlers, registration::flow machine);
    registration_id add(flow_handlers handlers, const registration::snapshot& from, const registration::options& opts);
    bool cancel(registration_id id);
    void cancel_all();
    bool handle_result(request_handle id, http_result result) override;
    void handle_timer() override;
    void handle_room() override;

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] const detail::send_queue& queue() const noexcept { return admission_.queue; }
    [[nodiscard]] flow_set_stats stats() const noexcept;
    [[nodiscard]] std::optional<registration_state> state(registration_id id) const;

private:
    using entry = detail::entry;
    /// The next step after an output of a registration.
    enum class then {
        goes_on,  ///< there may be another output
        waits,    ///< it waits for an answer, for time, or for its turn to send
        is_over,  ///< the outcome is set
    };
    registration_id enter(std::unique_ptr<entry> t, registration::brand at);
    [[nodiscard]] std::unique_ptr<entry> take_out(entry& t) noexcept;
    void mark_cancelled(entry& t) noexcept;

    void run();
    bool take_result();
    bool take_cancelled();
    bool take_due();
    bool send_next();
    void arm();

    template <class Function>
    void guarded(entry& t, Function&& function) noexcept;

    void drain(entry& t);
    then step(entry& t);
    then perform(entry& t, const registration::qr_code_ready& qr);
    then perform(entry& t, const registration::status_changed& change);
    then perform(entry& t, const registration::send_request&);
    then perform(entry& t, const registration::wait_until& wait);
    then perform(entry& t, const registration::abandon_request&);
    then perform(entry& t, const registration::finished&);
    void finish(entry& t);

    void wait_for_turn(entry& t, detail::host& at, detail::urgency u);
    void forget_waiting(entry& t) noexcept;
    void give_back(entry& t) noexcept;

    [[nodiscard]] registration::wall_time wall_time() const { return {clock_.now, loop_.wall_now()}; }
    [[nodiscard]] std::size_t& count_of(registration::registration_phase p) noexcept;
    void recount(entry& t) noexcept;

    event_loop& loop_;
    detail::loop_clock clock_;
    detail::entry_table entries_;
    detail::admission admission_;
    detail::deadline_heap deadlines_;
    detail::loop_timer timer_;
    detail::fifo<detail::waiter> cancelled_;
    detail::arrived_results<registration_id> arrived_;
    std::array<std::size_t, 4> phases_{};  // registrations, by `registration_phase`
    std::uint64_t requests_ = 0;
    bool time_passed_ = false;
    bool running_ = false;
    detail::first_exception strays_;  // of `on_finished`
};

}  // namespace lark::injected
