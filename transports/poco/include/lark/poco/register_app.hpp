// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/registration_handle.hpp>
#include <lark/poco/http_options.hpp>
#include <lark/registration/errors.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>

#include <stop_token>

namespace lark::poco {

/// Registers an app, on the calling thread: asks for a link, hands it to `on_qr_code`, polls until the user has
/// decided, and returns the credentials.
///
/// A stop request ends it with code `abort`, within 100 ms in every phase; credentials that have arrived by then are
/// returned all the same.
///
/// Throws `registration::invalid_option` before the first request, for `options` and `http` alike;
/// `app_access_denied_error`, `app_expired_error` or `register_app_error` for every other end; and what a handler
/// throws.
LARK_EXPORT registration::app register_app(registration::handlers handlers, const registration::options& options = {},
                                           const http_options& http = {}, std::stop_token stop = {});

/// The same in the background. Callbacks run on a thread of this registration, or wherever `handlers.post` puts them.
///
/// Throws `registration::invalid_option` at once, for `handlers`, `options` and `http`, and `std::system_error` if no
/// thread can be started; everything else comes out of the handle's `get()`.
[[nodiscard]] LARK_EXPORT injected::registration_handle register_app_async(registration::async_handlers handlers,
                                                                           const registration::options& options = {},
                                                                           const http_options& http = {});

}  // namespace lark::poco

namespace lark {
using poco::register_app;
using poco::register_app_async;
}  // namespace lark
