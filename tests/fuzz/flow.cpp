// SPDX-License-Identifier: MIT
// Fuzzes a whole flow: the bytes are decoded to options, inputs and times. `watched_flow` checks the invariants.
#include "registration/support/flow_test_access.hpp"
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <cstdint>

namespace {

using namespace lark;
using namespace lark::registration;
using namespace lark::registration::testing;
using namespace std::chrono_literals;

options decoded_options(FuzzedDataProvider& bytes) {
    options opts;
    opts.check_auth_methods = bytes.ConsumeBool();
    opts.request_timeout = bytes.PickValueInArray({15'000ms, 1ms, 2'000ms, 600'000ms});
    opts.start_budget = bytes.PickValueInArray({30'000ms, 1ms, 5'000ms, 3'600'000ms});
    opts.expiry_grace = bytes.PickValueInArray({3'000ms, 1ms, 60'000ms});
    opts.interval_margin = bytes.PickValueInArray({1.0, 1.1, 1.5, 10.0});
    opts.first_poll = bytes.ConsumeBool() ? first_poll::at_once : first_poll::after_interval;
    opts.link_style = bytes.ConsumeBool() ? link_style::launcher : link_style::cli_page;
    if (bytes.ConsumeBool()) opts.lark_domain = opts.domain;
    return opts;
}

/// A reply put together from members that matter.
std::string decoded_body(FuzzedDataProvider& bytes, bool& has_credentials) {
    const std::string odd = bytes.PickValueInArray(
        {"null", "0", "-1", "1e999", "true", "[]", "{}", "\"\"", "\"7\"", "9", "0.5", "301", "\"\\ud800\""});
    std::string body = "{\"x\":" + odd;
    const auto maybe = [&](const std::string& member) {
        const bool there = bytes.ConsumeBool();
        if (there) body += ',' + member;
        return there;
    };
    maybe(init_ok.substr(1, init_ok.size() - 2));
    if (bytes.ConsumeBool())
        body +=
            ',' +
            begun(bytes.ConsumeBool() ? ",\"expires_in\":" + std::to_string(bytes.ConsumeIntegralInRange(1, 90)) : "")
                .substr(1),
            body.pop_back();
    maybe("\"expires_in\":" + odd);
    maybe("\"interval\":" + odd);
    if (bytes.ConsumeBool())
        body += ",\"error\":\"" +
                std::string{bytes.PickValueInArray({"authorization_pending", "slow_down", "access_denied",
                                                    "expired_token", "invalid_grant", "x", ""})} +
                '"';
    const bool id = maybe("\"client_id\":\"" + client_id + '"');
    const bool secret_too = maybe("\"client_secret\":\"" + client_secret + '"');
    has_credentials = id && secret_too;
    if (maybe("\"client_secret\":" + odd)) has_credentials = false;
    maybe(bytes.ConsumeBool() ? lark_user : feishu_user);
    return body + '}';
}

http_response decoded_reply(FuzzedDataProvider& bytes, bool& has_credentials) {
    http_response reply;
    reply.status = bytes.PickValueInArray({200, 400, 403, 428, 429, 500, 503, 302, 204, 0, 999});
    switch (bytes.ConsumeIntegralInRange(0, 3)) {
    case 0: break;
    case 1: reply.headers.push_back({"Retry-After", std::to_string(bytes.ConsumeIntegralInRange(0, 700))}); break;
    case 2: reply.headers.push_back({"retry-after", bytes.ConsumeRandomLengthString(40)}); break;
    default:
        reply.headers = {{"Date", bytes.ConsumeRandomLengthString(40)},
                         {"Retry-After", bytes.ConsumeRandomLengthString(40)}};
    }
    has_credentials = false;
    switch (bytes.ConsumeIntegralInRange(0, 9)) {
    case 0: reply.body = bytes.ConsumeRandomLengthString(200); break;
    case 1: reply.body = init_ok; break;
    case 2:
        reply.body = begun(",\"expires_in\":" + std::to_string(bytes.ConsumeIntegralInRange(1, 700)) +
                           ",\"interval\":" + std::to_string(bytes.ConsumeIntegralInRange(0, 310)));
        break;
    case 3: reply.body = pending; break;
    case 4: reply.body = slow_down; break;
    case 5: reply.body = '{' + lark_user + '}'; break;
    case 6: reply.body = credentials(), has_credentials = true; break;
    case 7: reply.body = error_body("access_denied", bytes.ConsumeBool() ? ',' + lark_user : ""); break;
    default: reply.body = decoded_body(bytes, has_credentials);
    }
    return reply;
}

transport_failure decoded_failure(FuzzedDataProvider& bytes, bool knows_secrets) {
    const auto kind = static_cast<transport_failure_kind>(bytes.ConsumeIntegralInRange(0, 9));
    return {kind, knows_secrets && bytes.ConsumeBool()
                      ? "sent " + escaped_device_code + " for " + device_code + " of " + user_code
                      : std::string(bytes.ConsumeIntegralInRange(0, 2000), 'd')};
}

void one_input(FuzzedDataProvider& bytes, watched_flow& flow, time_point& now) {
    const bool knows_secrets = flow_test_access::has_device_code(flow.get());
    const auto wait = flow.waits_until();
    switch (bytes.ConsumeIntegralInRange(0, 11)) {
    case 0:
    case 1:
    case 2: {
        bool has_credentials = false;
        const auto reply = decoded_reply(bytes, has_credentials);
        flow.handle_response(flow.outstanding(), now, reply, has_credentials);
        break;
    }
    case 3: flow.handle_failure(flow.outstanding(), now, decoded_failure(bytes, knows_secrets)); break;
    case 4:
    case 5: {
        if (wait)
            now = std::max(now, saturating_add(*wait, bytes.PickValueInArray<duration>({0ns, 0ns, -1ns, 1ns, 1s})));
        flow.handle_time(now);
        break;
    }
    case 6: now = saturating_add(now, bytes.PickValueInArray<duration>({1ns, 1ms, 999ms, 1s, 7s, 60s, 1h, 48h})); break;
    case 7: flow.handle_time(saturating_add(now, bytes.PickValueInArray<duration>({0ns, -1ns, -1h}))); break;
    case 8: {
        const request_id id{bytes.ConsumeIntegral<std::uint64_t>()};
        if (id == flow.outstanding()) break;
        if (bytes.ConsumeBool()) flow.handle_response(id, now, {200, {}, credentials()});
        else flow.handle_failure(id, now, {});
        break;
    }
    case 9: {
        auto copy = flow;
        copy.cancel();
        static_cast<void>(drain(copy, now));
        flow = watched_flow{flow};
        break;
    }
    case 10: static_cast<void>(flow.poll_output(now)); break;
    default:
        if (bytes.ConsumeIntegralInRange(0, 7) == 0) flow.cancel();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FuzzedDataProvider bytes{data, size};
    watched_flow flow{decoded_options(bytes)};
    auto now = from_origin(bytes.PickValueInArray<duration>({0s, 5h, -5h}));
    while (bytes.remaining_bytes() > 0) {
        one_input(bytes, flow, now);
        if (bytes.ConsumeIntegralInRange(0, 7) != 0) static_cast<void>(drain(flow, now));
    }
    drive_to_end(flow, now, [] { return std::optional<http_result>{}; });
    return 0;
}
