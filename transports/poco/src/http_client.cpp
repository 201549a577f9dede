// SPDX-License-Identifier: MIT
// The event loop's engine, run on the caller's thread for the time of a request.
#include <lark/poco/http_client.hpp>

#include "pool/engine.hpp"
#include "wire/openssl_errors.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace lark::poco {
namespace {

using namespace detail;
using injected::request_handle;
using kind = transport_failure_kind;

/// Engines that are kept while no call uses them, with their connections. A burst of threads leaves no more behind.
constexpr std::size_t most_idle = 4;

}  // namespace

class http_client::implementation {
public:
    explicit implementation(const http_options& options) : config_{make_client_config(options)} {
        idle_.reserve(most_idle);
    }

    http_result send(const http_request& request, const std::stop_token& stop) {
        const call own{*this};
        auto& with = own.with();
        const std::stop_callback wakes{stop, [&with]() noexcept { with.wake(); }};
        with.start(own.id(), request);
        for (;;) {
            const bool stopped = stop.stop_requested();
            with.turn(stopped ? wire_time::min() : wire_time::max());
            while (auto one = with.take_result())
                if (one->first == own.id()) return std::move(one->second);
            // Only after the turn: a reply that has arrived whole by then still counts.
            if (stopped) return transport_failure{kind::cut, "stopped by the caller"};
        }
    }

private:
    /// An engine for the time of a call, and the name of the call's request.
    class call {
    public:
        explicit call(implementation& of) : of_{of}, engine_{of.take(id_)} {}
        call(const call&) = delete;
        call& operator=(const call&) = delete;
        ~call() {
            engine_->abandon(id_);  // without effect once it has ended
            of_.keep(std::move(engine_));
        }
        [[nodiscard]] request_handle id() const noexcept { return id_; }
        [[nodiscard]] engine& with() const noexcept { return *engine_; }

    private:
        implementation& of_;
        request_handle id_{};
        std::unique_ptr<engine> engine_;
    };

    /// The one that was used last: its connections are the most likely to be open.
    std::unique_ptr<engine> take(request_handle& id) {
        {
            const std::lock_guard lock{mutex_};
            id = request_handle{++last_id_};
            if (!idle_.empty()) {
                auto last = std::move(idle_.back());
                idle_.pop_back();
                return last;
            }
        }
        return std::make_unique<engine>(config_, event_loop_options{}, names_);
    }

    void keep(std::unique_ptr<engine> used) noexcept {
        const std::lock_guard lock{mutex_};
        if (idle_.size() < most_idle) idle_.push_back(std::move(used));
    }

    const std::shared_ptr<const client_config> config_;
    const resolver names_;  // its threads are bounded for all calls together
    std::mutex mutex_;
    std::uint64_t last_id_ = 0;
    std::vector<std::unique_ptr<engine>> idle_;
};

http_client::http_client(const http_options& options) : implementation_{std::make_unique<implementation>(options)} {}

http_client::~http_client() {
    const openssl_errors kept;
    implementation_.reset();
}

http_result http_client::send(const http_request& request, std::stop_token stop) {
    const openssl_errors kept;
    try {
        return implementation_->send(request, stop);
    } catch (const std::system_error& error) {  // no descriptor or no thread is left: retryable
        return transport_failure{kind::connect, std::string{"out of resources: "} + error.what()};
    }
}

}  // namespace lark::poco
