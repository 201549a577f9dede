// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/fake/accounts_service.hpp>
#include <lark/fake/http_client.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace lark::fake {

/// What `event_loop::run_once` does when nothing more can happen: no message is on its way, no timer and no action is
/// set.
enum class when_idle {
    fail,  ///< throws `std::logic_error`: a test on one thread, which would hang
    wait,  ///< waits for `wake`: a registrar runs the loop on a thread of its own, and another thread has yet to act
};

/// The event-loop half of the seam over an `accounts_service` or a `replay` in the same process, on a virtual clock
/// that jumps from one event to the next: thousands of registrations at once, in no time, and twice the same.
///
///     lark::fake::accounts_service service{{.approve_after = std::chrono::minutes{2}}};
///     lark::fake::event_loop loop{service};
///     lark::injected::flow_set set{loop};
///     for (int i = 0; i < 1000; ++i) set.add(handlers, options);
///     loop.run(set);
///
/// Code that uses handles is tested with a registrar over the loop, which the test runs:
///
///     lark::injected::registrar registrar{loop};
///     my_application application{registrar};
///     registrar.run();
///
/// Events of one time come in this order: actions, then requests and replies as they were sent, then the timer. Twice
/// the same holds while one thread does everything: a second one that starts or cancels does so at some time or other.
///
/// Threads: one at a time, but for `wake`. Lifetimes: `service` must outlive the loop, and the loop the set.
class LARK_EXPORT event_loop final : public injected::runnable_event_loop {
public:
    /// Throws `std::invalid_argument` if a domain is not a URL with a host.
    explicit event_loop(responder& service, const client_options& options = {}, when_idle idle = when_idle::fail);
    ~event_loop() override;

    /// Lets time pass until the set is empty. Throws `std::logic_error` if nothing more can happen before that, and
    /// what the handler's functions and actions throw; it can be called again then.
    void run(const injected::flow_set& set);
    /// Lets time pass until one thing has happened: a request or a reply has arrived, or the timer or an action is due.
    /// Returns at once after a `wake`. Throws as `run`, or waits, as `when_idle` says.
    void run_once() override;
    void wake() noexcept override;
    /// Lets time pass until `t`. Throws what the handler's functions and actions throw.
    void run_until(time_point t);
    /// The same for a while from now.
    void run_for(duration d) { run_until(saturating_add(now(), d)); }

    /// Runs `action` when the clock passes `t`, from within one of the above.
    void at(time_point t, std::function<void()> action);
    /// The same, counted from now.
    void after(duration d, std::function<void()> action);

    /// Called with everything that happens on the wire: `#17 feishu poll`, `#17 -> 400 slow_down`, `#17 abandoned`, and
    /// `timer`. Requests are numbered from 1. Must not throw.
    void on_event(std::function<void(const log_entry&)> listener);

    /// The seam, called by the handler. A host that is neither of the two is `name_unknown`. A request that is
    /// abandoned before it has arrived, after half of the latency, does not reach the service.
    void start_request(injected::request_handle id, http_request request) override;
    void abandon_request(injected::request_handle id) noexcept override;
    void arm_timer(time_point deadline) override;
    void disarm_timer() override;
    /// The virtual time.
    [[nodiscard]] time_point now() override;
    /// The virtual time on the wall.
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() override;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace lark::fake
