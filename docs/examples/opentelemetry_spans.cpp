// SPDX-License-Identifier: MIT
// Each exchange of a registration as a span of OpenTelemetry: the mapping takes twenty lines and no library. Here the
// spans are printed; `span` has what `opentelemetry::trace::Tracer::StartSpan` and `Span::End` take.
#include <lark/fake.hpp>
#include <lark/injected.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

struct span {
    std::string name;
    std::chrono::system_clock::time_point start, end;
    bool failed = false;
    std::vector<std::pair<std::string, std::string>> attributes{};
};

// The names are those of OpenTelemetry's conventions for HTTP clients; ours begin with `lark.`.
span to_span(const lark::registration::trace_event& event, std::chrono::system_clock::time_point now) {
    using lark::registration::to_string;
    const auto& e = event.exchange;
    const auto took = event.took.value_or(lark::duration{});
    span out{"lark " + std::string{to_string(e.step)},
             now - std::chrono::duration_cast<std::chrono::microseconds>(took), now};
    out.failed = event.next == lark::registration::next_step::failure || e.failure;
    const auto add = [&](const char* name, auto value) { out.attributes.emplace_back(name, std::string{value}); };
    add("server.address", e.host.text());
    add("http.request.method", "POST");
    if (e.http_status != 0) add("http.response.status_code", std::to_string(e.http_status));
    if (e.failure) add("error.type", lark::to_string(*e.failure));
    if (!e.request_id.empty()) add("lark.request_id", e.request_id.text());
    if (e.code != 0) add("lark.code", std::to_string(e.code));
    if (e.error != lark::registration::oauth_error::none) add("lark.oauth_error", to_string(e.error));
    add("lark.number", std::to_string(e.number));
    add("lark.result", to_string(event.result));
    add("lark.next", to_string(event.next));
    if (event.next == lark::registration::next_step::wait) add("lark.wait_reason", to_string(event.reason));
    return out;
}

int main() {
    lark::fake::accounts_service service{{.approve_after = std::chrono::seconds{12}}};
    lark::fake::http_client client{service};
    int spans = 0;
    const auto on_trace = [&](const lark::registration::trace_event& event) {
        const auto one = to_span(event, client.wall_now());
        std::cout << one.name << (one.failed ? " failed" : "");
        for (const auto& [name, value] : one.attributes) std::cout << ' ' << name << '=' << value;
        std::cout << '\n';
        ++spans;
    };
    const auto app = lark::register_app({.on_qr_code = [](const auto&) {}, .on_trace = on_trace}, {}, client);
    std::cout << app.client_id << " after " << spans << " spans\n";
}
