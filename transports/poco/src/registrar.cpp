// SPDX-License-Identifier: MIT
#include <lark/poco/registrar.hpp>

#include <mutex>
#include <utility>

namespace lark::poco {

/// Threads: any.
class registrar::published_stats {
public:
    void set(const event_loop_stats& latest) {
        const std::lock_guard lock{mutex_};
        latest_ = latest;
    }
    [[nodiscard]] event_loop_stats get() const {
        const std::lock_guard lock{mutex_};
        return latest_;
    }

private:
    mutable std::mutex mutex_;
    event_loop_stats latest_;
};

/// Publishes its counters after each turn, for other threads.
class registrar::published_loop final : public event_loop {
public:
    published_loop(const http_options& http, const event_loop_options& options, std::shared_ptr<published_stats> stats)
        : event_loop{http, options}, published_{std::move(stats)} {}

    void run_once() override {
        event_loop::run_once();
        published_->set(stats());
    }

private:
    std::shared_ptr<published_stats> published_;
};

registrar::registrar(const http_options& http, registrar_options options)
    : registrar{http, options, std::make_shared<published_stats>()} {}

registrar::registrar(const http_options& http, const registrar_options& options, std::shared_ptr<published_stats> stats)
    : injected::registrar{std::make_unique<published_loop>(http, options.connections, stats), options.flows},
      connections_{std::move(stats)} {}

registrar::~registrar() = default;

registrar_stats registrar::stats() const { return {injected::registrar::stats(), connections_->get()}; }

}  // namespace lark::poco
