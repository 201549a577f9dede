// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/http_client.hpp>
#include <lark/injected/registration_handle.hpp>
#include <lark/registration/errors.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/registration/snapshot.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <stop_token>
#include <utility>
#include <variant>

/// A registration that is begun here and carried on elsewhere (protocol.md, section 9), over a blocking client. All of
/// these run on the calling thread, but for `resume_registration_async`, and throw `registration::invalid_option`
/// before the first request and what `client` throws.
namespace lark::injected {

/// A registration whose link is known, and which nothing polls.
struct begun_registration {
    registration::qr_code qr_code;    ///< to be shown to the user
    registration::snapshot snapshot;  ///< to carry it on with
};

/// Asks for a link, and does not poll. Throws `register_app_error` for every other end, with code `abort` after a stop
/// request. `on_trace` is optional, see `registration::handlers`; what it throws comes out.
[[nodiscard]] LARK_EXPORT begun_registration begin_registration(const registration::options& options,
                                                                http_client& client, std::stop_token stop = {},
                                                                registration::trace_handler on_trace = {});

/// Carries a registration on to its end, as `register_app` does from the link on. `handlers.on_qr_code` is optional
/// here; it gets the link once more. Throws as `register_app`, and `registration::invalid_option` if the hosts of
/// `options` are not those with which the registration began. After a stop request the registration can still be
/// carried on from the last snapshot that `handlers.on_snapshot` got, or from `from`.
LARK_EXPORT registration::app resume_registration(registration::handlers handlers, const registration::snapshot& from,
                                                  const registration::options& options, http_client& client,
                                                  std::stop_token stop = {});

/// The same in the background; see `register_app_async` for threads, lifetimes, and what is thrown at once.
[[nodiscard]] LARK_EXPORT registration_handle resume_registration_async(registration::async_handlers handlers,
                                                                        const registration::snapshot& from,
                                                                        const registration::options& options,
                                                                        http_client& client);

namespace detail {
[[nodiscard]] LARK_EXPORT registration_handle resume_registration_async(registration::async_handlers handlers,
                                                                        const registration::snapshot& from,
                                                                        const registration::options& options,
                                                                        const std::shared_ptr<http_client>& client);
}

/// The same over a client that the thread shares.
template <std::derived_from<http_client> Client>
[[nodiscard]] registration_handle resume_registration_async(registration::async_handlers handlers,
                                                            const registration::snapshot& from,
                                                            const registration::options& options,
                                                            const std::shared_ptr<Client>& client) {
    const std::shared_ptr<http_client> shared = client;
    return detail::resume_registration_async(std::move(handlers), from, options, shared);
}

/// The user has not decided: carry it on from this snapshot, which replaces the one before.
struct still_pending {
    registration::snapshot snapshot;  ///< says when the next poll is due
};

/// Nothing was sent, and the snapshot is as good as before.
struct not_due {
    std::chrono::system_clock::time_point until{};  ///< when the next poll is due, or when the code expires
};

/// What `poll_once` found.
using poll_result = std::variant<still_pending, not_due, registration::app, registration::failure>;

/// Sends the poll that is due, if one is: what a cron job or a serverless function calls. Never waits for a poll to be
/// due.
///
/// A snapshot that does not say when its next poll is due (it was saved by a process that polled on), or says so by a
/// clock that differs, comes back as `still_pending` without a request, and says so then. After a stop request a poll
/// in flight counts as sent and lost. `on_trace` is optional, see `registration::handlers`; what it throws comes out.
[[nodiscard]] LARK_EXPORT poll_result poll_once(const registration::snapshot& from,
                                                const registration::options& options, http_client& client,
                                                std::stop_token stop = {}, registration::trace_handler on_trace = {});

}  // namespace lark::injected

namespace lark {
using injected::begin_registration;
using injected::begun_registration;
using injected::not_due;
using injected::poll_once;
using injected::poll_result;
using injected::resume_registration;
using injected::resume_registration_async;
using injected::still_pending;
}  // namespace lark
