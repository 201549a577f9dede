// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/http_client.hpp>
#include <lark/injected/registration_handle.hpp>
#include <lark/registration/errors.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>

#include <concepts>
#include <memory>
#include <stop_token>
#include <utility>

namespace lark::injected {

/// Registers an app over `client`, on the calling thread: asks for a link, hands it to `on_qr_code`, polls until the
/// user has decided, and returns the credentials.
///
/// A stop request ends it with code `abort`, at once between requests and as fast as `client.send` returns within one;
/// credentials that have arrived by then are returned all the same.
///
/// Throws `registration::invalid_option` before the first request; `app_access_denied_error`, `app_expired_error` or
/// `register_app_error` for every other end; and what a handler or `client` throws.
LARK_EXPORT registration::app register_app(registration::handlers handlers, const registration::options& options,
                                           http_client& client, std::stop_token stop = {});

/// The same in the background, on a thread of its own, which alone uses `client`. Callbacks run on that thread, or
/// wherever `handlers.post` puts them. It blocks all signals, and a program that a callback starts on it inherits the
/// mask.
///
/// Throws `registration::invalid_option` at once, for `handlers` and `options`, and `std::system_error` if no thread
/// can be started; everything else comes out of the handle's `get()`.
///
/// A cancel ends it by the stop token of `client.send` and `client.sleep_until`. `client` must outlive the handle,
/// whose destructor waits until the thread no longer uses it. Inside a callback the destructor does not wait; the
/// thread then ends with that callback, and does not use `client` after it.
[[nodiscard]] LARK_EXPORT registration_handle register_app_async(registration::async_handlers handlers,
                                                                 const registration::options& options,
                                                                 http_client& client);

namespace detail {
[[nodiscard]] LARK_EXPORT registration_handle register_app_async(registration::async_handlers handlers,
                                                                 const registration::options& options,
                                                                 const std::shared_ptr<http_client>& client);
}

/// The same over a client that the thread shares: the handle's destructor waits for it 100 ms at most. Throws
/// `registration::invalid_option` for a null `client`, too.
template <std::derived_from<http_client> Client>
[[nodiscard]] registration_handle register_app_async(registration::async_handlers handlers,
                                                     const registration::options& options,
                                                     const std::shared_ptr<Client>& client) {
    const std::shared_ptr<http_client> shared = client;
    return detail::register_app_async(std::move(handlers), options, shared);
}

}  // namespace lark::injected

namespace lark {
using injected::register_app;
using injected::register_app_async;
}  // namespace lark
