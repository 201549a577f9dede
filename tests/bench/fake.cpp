// SPDX-License-Identifier: MIT
// Whole registrations with ten polls over the fake transport, on one core.
#include <lark/fake.hpp>
#include <lark/injected.hpp>

#include <benchmark/benchmark.h>

#include <chrono>

namespace {

using namespace std::chrono_literals;

void ten_poll_registration(benchmark::State& state) {
    for (auto _ : state) {
        lark::fake::accounts_service service{{.approve_after = 44s}};  // polls at 0, 5, … 45 s
        lark::fake::http_client client{service};
        const auto app = lark::injected::register_app({.on_qr_code = [](const auto&) {}}, {}, client);
        benchmark::DoNotOptimize(app);
        if (service.counters().feishu.poll != 10) state.SkipWithError("not ten polls");
    }
    state.counters["registrations/s"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK(ten_poll_registration);

}  // namespace

BENCHMARK_MAIN();
