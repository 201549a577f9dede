// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/outcome.hpp>
#include <lark/registration/outputs.hpp>
#include <lark/registration/snapshot.hpp>
#include <lark/registration/trace.hpp>

#include <chrono>
#include <functional>
#include <string>

/// The handlers of the entry points and their arguments. Every argument owns its strings and may be kept.
namespace lark::registration {

/// The Python SDK's argument of `on_qr_code`, and what RFC 8628, 3.3.1 wants shown beside it.
struct qr_code {
    std::string url{};                 ///< the link to show as text and as a QR code
    std::chrono::seconds expire_in{};  ///< lifetime, from the handling of the begin reply; see `expires_at`
    std::string user_code{};           ///< the service's own text, to be shown through `lark::printable`; may be empty
    std::string verification_uri{};    ///< may be empty
    std::chrono::system_clock::time_point expires_at{};  ///< when it expires, on the wall
};

/// The Python SDK's argument of `on_status_change`. See `status_changed` for the members.
struct status_change {
    registration::status status = registration::status::polling;  ///< what happened
    std::chrono::seconds interval{};                              ///< in force, or until the next try
    std::string reason{};                                         ///< `retrying`: what went wrong; else empty
    unsigned polls = 0;                                           ///< sent so far
    exchange_summary last_exchange{};                             ///< the one that this is about
};

/// For the blocking entry points: called on the caller's thread, one at a time. An exception from one ends the
/// registration and comes out of `register_app` unchanged. A slow one never extends the lifetime of the code.
struct handlers {
    std::function<void(const qr_code&)> on_qr_code{};              ///< required
    std::function<void(const status_change&)> on_status_change{};  ///< optional
    /// Optional: when there is something new to save, before the handler of that event. That is the link,
    /// `slow_down` and `domain_switched`. The snapshot carries the registration on if this process is lost; see
    /// `after_save::goes_on`.
    std::function<void(const snapshot&)> on_snapshot{};
    trace_handler on_trace{};  ///< optional: each exchange as it ends; protocol.md, section 10
};

/// For the asynchronous entry points: called on a worker thread, or wherever `post` puts them, one at a time and in
/// order.
struct async_handlers {
    std::function<void(const qr_code&)> on_qr_code{};              ///< required
    std::function<void(const status_change&)> on_status_change{};  ///< optional
    /// Called last and exactly once, however the registration ends, by a cancel too: the outcome is then a failure with
    /// code `abort`, or the app if its credentials had arrived. Not after the handle or its registrar has been
    /// destroyed. If another handler threw, the outcome is a failure with code `abort` or the app, and the exception
    /// itself comes out of `get()`. Should not throw: its exception has only `get()` to go to.
    std::function<void(const outcome&)> on_finished{};
    /// Where the others run: called with a function to be run later, once, on a thread of the caller's choice (a GUI
    /// loop). Without it they run on the worker thread. If it throws, the registration ends, and the exception comes
    /// out of `get()`. A callback whose function is dropped unrun is not called. It should not wait for the function to
    /// run: the destructor of the handle waits for a call of it, but no longer than 100 ms. One that may take longer
    /// shares what it uses, and drops the functions that are left in the end: they own the registration.
    std::function<void(std::function<void()>)> post{};
    std::function<void(const snapshot&)> on_snapshot{};  ///< optional; see `handlers`
    trace_handler on_trace{};                            ///< optional; see `handlers`
};

}  // namespace lark::registration
