// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/injected/registration_handle.hpp>
#include <lark/injected/stats.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/snapshot.hpp>

#include <cstddef>
#include <memory>

namespace lark::injected {

namespace detail {
class background_thread;
}

/// Counters of a registrar, as of the latest turn of its loop.
struct registrar_stats {
    flow_set_stats flows{};    ///< registrations and their requests
    std::size_t to_begin = 0;  ///< registrations that the loop has not taken up

    friend bool operator==(const registrar_stats&, const registrar_stats&) = default;
};

/// Any number of registrations at once on one thread, with a handle for each: a `flow_set` over an event loop.
///
/// A registrar that owns its loop runs it on a thread of its own. That thread blocks all signals, and a program that a
/// callback starts on it inherits the mask. A registrar that refers to a loop has no thread: it is run by its caller,
/// with `run` or `run_once`. Over a `fake::event_loop` that is how code that uses handles is tested on a virtual clock.
///
/// Callbacks without `post` run on the thread that runs the registrar: one that takes long keeps all others waiting.
/// They may do everything, `start` and `shutdown` included, and destroy the registrar; but neither `run` nor
/// `run_once`.
///
/// Threads: `start`, `shutdown`, `size` and `stats` may be called by several threads at once. `run` and `run_once` are
/// called by one thread at a time, and so is the destructor of a registrar that is run by its caller.
class LARK_EXPORT registrar {
public:
    /// With a thread of its own, which runs `loop`. Throws `registration::invalid_option` for `options` and a null
    /// `loop`, and `std::system_error` if no thread can be started.
    explicit registrar(std::unique_ptr<runnable_event_loop> loop, flow_set_options options = {});

    /// Run by its caller. `loop` is kept by reference and must outlive the registrar; nothing else may be attached to
    /// it. Throws `registration::invalid_option` for `options`, and `std::logic_error` if the loop has another handler.
    explicit registrar(runnable_event_loop& loop, flow_set_options options = {});

    /// The same over a loop that serves others too: the registrar is attached to `view`, a `shared_loop::view` of
    /// `loop`, which must outlive the registrar as well. Its turns serve all of them.
    registrar(runnable_event_loop& loop, event_loop& view, flow_set_options options = {});

    registrar(const registrar&) = delete;
    registrar& operator=(const registrar&) = delete;

    /// `shutdown`, then waits until all is over, callbacks included, but no longer than 100 ms. Without a thread of its
    /// own, all registrations end within it, on this thread. No callback starts after it; with `post`, those that have
    /// been posted still run unless their handle is cancelled or destroyed.
    virtual ~registrar();

    /// Begins a registration. Its handle is like that of `register_app_async`, and may outlive the registrar.
    /// Throws `registration::invalid_option` at once, and `std::logic_error` after `shutdown`.
    [[nodiscard]] registration_handle start(registration::async_handlers handlers,
                                            const registration::options& options = {});

    /// Carries on a registration that was begun elsewhere; `on_qr_code` is optional here, and gets the link once more.
    /// Throws as the other `start`, and `registration::invalid_option` if the hosts of `options` are not those with
    /// which it began.
    [[nodiscard]] registration_handle start(registration::async_handlers handlers, const registration::snapshot& from,
                                            registration::options options = {});

    /// One turn, for a registrar that is run by its caller: begins and ends what `start`, `cancel` and `shutdown` asked
    /// for, then runs the loop once, which waits until something happens. Does not wait while there are no
    /// registrations. True while there are.
    ///
    /// Throws what the loop throws, after which it may be called again, and `std::logic_error` if the registrar has a
    /// thread of its own, or inside a callback.
    bool run_once();

    /// `run_once` until no registrations are left. Throws as that does.
    void run();

    /// Ends all registrations with code `abort`, and accepts no more. Does not wait; their `on_finished` and handles
    /// report when each is over. Idempotent.
    void shutdown() noexcept;

    /// Registrations that have been started and are not over.
    [[nodiscard]] std::size_t size() const;

    /// Counters; never waits for the loop.
    [[nodiscard]] registrar_stats stats() const;

private:
    class core;
    std::shared_ptr<core> core_;
    std::unique_ptr<detail::background_thread> thread_;  // null: run by its caller
};

}  // namespace lark::injected
