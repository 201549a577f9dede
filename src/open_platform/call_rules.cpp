// The effect of each input of a call (protocol.md, section 6). Every function here reads the flow and returns the change;
// none modifies it.
#include <lark/open_platform/call_flow.hpp>

#include "open_platform/call_change.hpp"
#include "open_platform/reply.hpp"
#include "open_platform/request_error.hpp"

#include <algorithm>
#include <utility>

namespace lark::open_platform {
namespace {

using std::chrono::seconds;

/// A service that asks for more than this gets no second try.
constexpr seconds longest_wait{30};

/// After the n-th failure in a row, n from 1.
seconds backoff(unsigned n) noexcept {
    return std::min(seconds{seconds::rep{1} << std::min(n - 1, 30u)}, longest_wait);
}

bool is_bad_token(std::int64_t code) noexcept {
    return code == api_code::bad_tenant_token || code == api_code::bad_app_token;
}

}  // namespace

call_flow::change call_flow::on_response(const http_response& response) const {
    auto reply = detail::read_api_reply(response, {token_.reveal(), settings_.own_credential.reveal()});
    if (auto* good = std::get_if<api_response>(&reply)) return end_with(std::move(*good));
    auto& what = std::get<detail::request_error>(reply);
    if (is_bad_token(what.why.code) && settings_.needs_token) {
        // The service did not act, so even what is not idempotent may go out again: once, with a fresh token.
        auto c =
            token_replaced_ ? end_with(std::move(what.why)) : change{.to = state::needs_token, .failures = failures_};
        c.rejects_token = true;
        return c;
    }
    return what.retryable ? on_request_error(std::move(what.why)) : end_with(std::move(what.why));
}

call_flow::change call_flow::on_failure(const transport_failure& failure) const {
    auto what = detail::request_error_of(failure, {token_.reveal(), settings_.own_credential.reveal()});
    return what.retryable ? on_request_error(std::move(what.why)) : end_with(std::move(what.why));
}

call_flow::change call_flow::on_timeout() const {
    auto c = on_request_error(detail::timeout_error(settings_.request_timeout).why);
    c.abandons = true;
    return c;
}

call_flow::change call_flow::on_request_error(api_failure why) const {
    const unsigned failures = failures_ + 1;
    if (failures >= settings_.tries) {
        if (failures > 1) why.message += "; given up after " + std::to_string(failures) + " tries";
        return end_with(std::move(why));
    }
    const auto wait = std::max<duration>(backoff(failures), why.retry_after.value_or(std::chrono::milliseconds{0}));
    if (wait > longest_wait) return end_with(std::move(why));  // reported; the caller decides
    return {.to = state::waiting, .deadline = saturating_add(now_, wait), .failures = failures};
}

call_flow::change call_flow::end_with(api_result result) const { return {.result = std::move(result)}; }

}  // namespace lark::open_platform
