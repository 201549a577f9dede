// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/registration_handle.hpp>
#include <lark/injected/snapshots.hpp>
#include <lark/poco/http_options.hpp>

#include <stop_token>

/// `<lark/injected/snapshots.hpp>` over Poco: registrations that are begun here and carried on elsewhere. All of these
/// throw `registration::invalid_option` before the first request, for `options` and `http` alike.
namespace lark::poco {

/// Asks for a link, and does not poll; see `injected::begin_registration`.
[[nodiscard]] LARK_EXPORT injected::begun_registration begin_registration(const registration::options& options = {},
                                                                          const http_options& http = {},
                                                                          std::stop_token stop = {},
                                                                          registration::trace_handler on_trace = {});

/// Carries a registration on to its end; see `injected::resume_registration`. A stop request ends it as in
/// `register_app`.
LARK_EXPORT registration::app resume_registration(registration::handlers handlers, const registration::snapshot& from,
                                                  const registration::options& options = {},
                                                  const http_options& http = {}, std::stop_token stop = {});

/// The same in the background; see `register_app_async` for the threads of the callbacks, and for what is thrown at
/// once.
[[nodiscard]] LARK_EXPORT injected::registration_handle resume_registration_async(
    registration::async_handlers handlers, const registration::snapshot& from,
    const registration::options& options = {}, const http_options& http = {});

/// Sends the poll that is due, if one is; see `injected::poll_once`.
[[nodiscard]] LARK_EXPORT injected::poll_result poll_once(const registration::snapshot& from,
                                                          const registration::options& options = {},
                                                          const http_options& http = {}, std::stop_token stop = {},
                                                          registration::trace_handler on_trace = {});

}  // namespace lark::poco

namespace lark {
using poco::begin_registration;
using poco::poll_once;
using poco::resume_registration;
using poco::resume_registration_async;
}  // namespace lark
