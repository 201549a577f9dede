// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/http_client.hpp>
#include <lark/registration/errors.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>

#include <stop_token>

namespace lark::injected {

/// Registers an app over `client`, on the calling thread: asks for a link, hands it to `on_qr_code`, polls until the user
/// has decided, and returns the credentials.
///
/// A stop request ends it with code `abort`, at once between requests and as fast as `client.send` returns within one;
/// credentials that have arrived by then are returned all the same.
///
/// Throws `registration::invalid_option` before the first request; `app_access_denied_error`, `app_expired_error` or
/// `register_app_error` for every other end; and what a handler or `client` throws.
LARK_EXPORT registration::app register_app(registration::handlers handlers, const registration::options& options,
                                           http_client& client, std::stop_token stop = {});

}  // namespace lark::injected

namespace lark {
using injected::register_app;
}
