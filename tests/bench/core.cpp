// SPDX-License-Identifier: MIT
// The core alone: the cost of a poll beside the bare parse of its reply, the memory of a waiting flow, and the cost of
// its snapshot.
#include "counting_new.hpp"

#include <lark/registration/flow.hpp>
#include <lark/registration/snapshot.hpp>

#include <Poco/JSON/Handler.h>
#include <Poco/JSON/Parser.h>
#include <Poco/SharedPtr.h>

#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace lark;
using namespace lark::registration;
using namespace std::chrono_literals;

const http_response begin_reply{
    200,
    {{"Content-Type", "application/json; charset=utf-8"}, {"Date", "Mon, 01 Jan 2024 00:00:00 GMT"}},
    R"({"device_code":"9XyQe6mJd1Rk7Zt3Wn5Bv8Ca2Fg4Hs0LpUoIiKjNmQr","user_code":"WDJB-MJHT",)"
    R"("verification_uri":"https://accounts.feishu.cn/oauth/v1/device",)"
    R"("verification_uri_complete":"https://accounts.feishu.cn/page/launcher?user_code=WDJB-MJHT&lang=zh-CN",)"
    R"("interval":5,"expires_in":86400})"};

/// As the live service sends it.
const http_response pending_reply{
    400,
    {{"Content-Type", "application/json; charset=utf-8"},
     {"Date", "Mon, 01 Jan 2024 00:00:00 GMT"},
     {"X-Tt-Logid", "0"}},
    R"({"error":"authorization_pending","error_description":"The authorization request is still pending","code":20094})"};

/// Feeds a reply and takes the outputs, up to the next wait.
void feed(flow& f, request_id id, time_point now, const http_response& response) {
    benchmark::DoNotOptimize(f.handle_response(id, now, response));
    for (;;) {
        const auto out = f.poll_output(now);
        benchmark::DoNotOptimize(out);
        if (std::holds_alternative<wait_until>(out)) return;
    }
}

/// A flow between two polls.
flow waiting_flow(time_point now) {
    flow f{{.check_auth_methods = false}};
    const auto next_request = [&] {
        for (;;) {
            const auto out = f.poll_output(now);
            if (const auto* request = std::get_if<send_request>(&out)) return request->request_id;
        }
    };
    f.handle_response(next_request(), now, begin_reply);
    feed(f, next_request(), now, pending_reply);
    return f;
}

class silent final : public Poco::JSON::Handler {
public:
    void reset() override {}
    void startObject() override {}
    void endObject() override {}
    void startArray() override {}
    void endArray() override {}
    void key(const std::string&) override {}
    void null() override {}
    void value(int) override {}
    void value(unsigned) override {}
    void value(Poco::Int64) override {}
    void value(Poco::UInt64) override {}
    void value(const std::string&) override {}
    void value(double) override {}
    void value(bool) override {}
};

void count_allocations(benchmark::State& state, std::size_t before) {
    state.counters["allocations"] =
        benchmark::Counter(static_cast<double>(bench::allocations() - before), benchmark::Counter::kAvgIterations);
}

/// The floor: Poco's parser over the same body, with a handler that does nothing.
void bare_parse(benchmark::State& state) {
    const auto before = bench::allocations();
    for (auto _ : state) {
        Poco::SharedPtr<silent> handler{new silent};
        Poco::JSON::Parser parser{handler};
        parser.parse(pending_reply.body);
    }
    count_allocations(state, before);
}

/// One poll: the wait is over, the request goes out, the pending reply comes in, the status is drained.
void poll_cycle(benchmark::State& state) {
    auto now = from_origin(1000s);
    const auto fresh = waiting_flow(now);
    auto f = fresh;
    const auto end = now + 23h;
    const auto before = bench::allocations();
    for (auto _ : state) {
        now += 5s;
        f.handle_time(now);
        const auto out = f.poll_output(now);
        feed(f, std::get<send_request>(out).request_id, now, pending_reply);
        if (now >= end) {
            state.PauseTiming();
            now = from_origin(1000s);
            f = fresh;
            state.ResumeTiming();
        }
    }
    count_allocations(state, before);
}

/// The memory of a flow that waits between two polls: itself and its part of the heap.
void waiting_flow_bytes(benchmark::State& state) {
    constexpr std::size_t count = 1000;
    for (auto _ : state) {
        std::vector<flow> flows;
        flows.reserve(count);
        const auto before = bench::heap_bytes();
        for (std::size_t i = 0; i < count; ++i) flows.push_back(waiting_flow(from_origin(1000s)));
        const auto heap = (bench::heap_bytes() - before) / count;
        state.counters["sizeof"] = static_cast<double>(sizeof(flow));
        state.counters["heap"] = static_cast<double>(heap);
        state.counters["bytes"] = static_cast<double>(sizeof(flow) + heap);
    }
}

/// A waiting flow as text.
void snapshot_save(benchmark::State& state) {
    const auto now = from_origin(1000s);
    const auto f = waiting_flow(now);
    const wall_time at{now, std::chrono::system_clock::time_point{1'800'000'000s}};
    for (auto _ : state) benchmark::DoNotOptimize(f.save(at)->text());
    state.counters["bytes"] = static_cast<double>(f.save(at)->text().reveal().size());
}

/// A flow of that text.
void snapshot_resume(benchmark::State& state) {
    const auto now = from_origin(1000s);
    const wall_time at{now, std::chrono::system_clock::time_point{1'800'000'000s}};
    const auto text = waiting_flow(now).save(at)->text();
    for (auto _ : state) benchmark::DoNotOptimize(flow{snapshot::parse(text), at});
}

/// The floor of that: the parser over the same text.
void snapshot_bare_parse(benchmark::State& state) {
    const auto now = from_origin(1000s);
    const auto text = waiting_flow(now).save({now, std::chrono::system_clock::time_point{1'800'000'000s}})->text();
    for (auto _ : state) {
        Poco::SharedPtr<silent> handler{new silent};
        Poco::JSON::Parser parser{handler};
        parser.parse(text.reveal());
    }
}

BENCHMARK(bare_parse);
BENCHMARK(poll_cycle);
BENCHMARK(snapshot_save);
BENCHMARK(snapshot_resume);
BENCHMARK(snapshot_bare_parse);
BENCHMARK(waiting_flow_bytes)->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
