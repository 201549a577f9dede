// SPDX-License-Identifier: MIT
#include "async_call.hpp"

#include <lark/error_code.hpp>

#include "client_parts.hpp"

#include <new>
#include <utility>

namespace lark::injected::detail {

using namespace open_platform;

void async_call::call_back() {
    if (flow) done(thrown ? api_result{std::move(*thrown)} : *flow->result());
    else has_token(thrown ? token_result{std::move(*thrown)} : *token);
}

api_failure aborted() {
    api_failure why;
    why.kind = api_failure_kind::aborted;
    why.error = error_code::abort;
    why.message = "cancelled";
    return why;
}

api_failure failure_of(const std::exception_ptr& thrown, const token_flow& tokens, const async_call& c) noexcept {
    try {
        return failure_of_exception(text_of_transport_exception(thrown), tokens, c.flow ? &*c.flow : nullptr);
    } catch (const std::bad_alloc&) {  // these texts need no memory
        api_failure why;
        why.kind = api_failure_kind::no_reply;
        why.error = error_code::network_error;
        why.message = "out of memory";
        return why;
    }
}

}  // namespace lark::injected::detail
