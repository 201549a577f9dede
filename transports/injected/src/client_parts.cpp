// SPDX-License-Identifier: MIT
#include "client_parts.hpp"

#include <lark/error_code.hpp>

#include <new>
#include <string>
#include <utility>

namespace lark::injected::detail {

using namespace open_platform;

namespace {

/// With secrets still in it.
std::string text_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        return std::string{"the transport threw: "} + error.what();
    } catch (...) {  // the callback gets every end, and this one has no text
        return "the transport threw an exception of an unknown type";
    }
}

}  // namespace

client_options with_domain(client_options options, const registration::app& app) {
    if (!options.domain) options.domain = domain_of(app);
    return options;
}

assertion ask_provider(const client_options& options, std::string_view audience) {
    try {
        return options.credentials_provider(audience);
    } catch (const std::exception& error) {
        return error.what();
    }
}

void feed(token_flow& tokens, request_id id, time_point now, assertion answer) {
    if (const auto* why = std::get_if<std::string>(&answer)) tokens.handle_no_assertion(id, now, *why);
    else tokens.handle_assertion(id, now, std::get<secret>(std::move(answer)));
}

api_failure aborted() {
    api_failure why;
    why.kind = api_failure_kind::aborted;
    why.error = error_code::abort;
    why.message = "cancelled";
    return why;
}

api_failure out_of_memory() noexcept {
    api_failure why;
    why.kind = api_failure_kind::no_reply;
    why.error = error_code::network_error;
    why.message = "out of memory";
    return why;
}

api_failure failure_of(const std::exception_ptr& thrown, const token_flow& tokens, const call_flow* call) noexcept {
    try {
        return failure_of_exception(text_of(thrown), tokens, call);
    } catch (const std::bad_alloc&) {
        return out_of_memory();
    }
}

}  // namespace lark::injected::detail
