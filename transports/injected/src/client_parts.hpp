// SPDX-License-Identifier: MIT
#pragma once

#include <lark/open_platform/call_flow.hpp>
#include <lark/open_platform/errors.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/open_platform/token_flow.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/secret.hpp>
#include <lark/time.hpp>

#include <exception>
#include <string>
#include <string_view>
#include <variant>

/// What `client` and `async_client` have in common beyond the flows.
namespace lark::injected::detail {

/// The API host is that of the app's brand, unless the options name one.
[[nodiscard]] open_platform::client_options with_domain(open_platform::client_options options,
                                                        const registration::app& app);

/// A client assertion, or why there is none.
using assertion = std::variant<secret, std::string>;

/// Asks `client_options::credentials_provider`. An exception that is no `std::exception` comes out.
[[nodiscard]] assertion ask_provider(const open_platform::client_options& options, std::string_view audience);
/// The answer to `need_assertion`.
void feed(open_platform::token_flow& tokens, open_platform::request_id id, time_point now, assertion answer);

/// How a call ends that its caller has stopped, where no flow says so.
[[nodiscard]] open_platform::api_failure aborted();

/// How a call ends that ran out of memory; needs none itself.
[[nodiscard]] open_platform::api_failure out_of_memory() noexcept;

/// How a call ends because of an exception, its text without the secrets of `tokens`. `call` is null where a token is
/// all that was asked for.
[[nodiscard]] open_platform::api_failure failure_of(const std::exception_ptr& thrown,
                                                    const open_platform::token_flow& tokens,
                                                    const open_platform::call_flow* call) noexcept;

}  // namespace lark::injected::detail
