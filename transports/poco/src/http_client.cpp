// SPDX-License-Identifier: MIT
// The event loop, run on the caller's thread for the time of a request.
#include <lark/poco/http_client.hpp>

#include "os/resolver.hpp"
#include "wire/client_config.hpp"
#include "wire/openssl_errors.hpp"

#include <lark/poco/event_loop.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace lark::poco {
namespace {

using injected::request_handle;
using kind = transport_failure_kind;

/// Loops that are kept while no call uses them, with their connections. A burst of threads leaves no more behind.
constexpr std::size_t most_idle = 4;

}  // namespace

class http_client::implementation {
public:
    explicit implementation(const http_options& options) : config_{detail::make_client_config(options)} {
        idle_.reserve(most_idle);
    }

    http_result send(const http_request& request, const std::stop_token& stop) {
        call own{*this};
        auto& loop = own.loop();
        const std::stop_callback wakes{stop, [&loop]() noexcept { loop.wake(); }};
        loop.start_request(own.id(), request);
        for (;;) {
            const bool stopped = stop.stop_requested();
            if (stopped) loop.arm_timer(time_point::min());  // a turn that does not wait
            loop.run_once();
            if (own.result()) return *std::move(own.result());
            // Only after the turn: a reply that has arrived whole by then still counts.
            if (stopped) return transport_failure{kind::cut, "stopped by the caller"};
        }
    }

private:
    /// A request, and a loop for the time of it.
    class call final : public injected::event_handler {
    public:
        explicit call(implementation& of) : of_{of}, loop_{of.take(id_)} { loop_->attach(*this); }
        call(const call&) = delete;
        call& operator=(const call&) = delete;
        ~call() {
            loop_->abandon_request(id_);  // without effect once it has ended
            loop_->disarm_timer();
            loop_->detach(*this);
            of_.keep(std::move(loop_));
        }
        [[nodiscard]] request_handle id() const noexcept { return id_; }
        [[nodiscard]] event_loop& loop() const noexcept { return *loop_; }
        [[nodiscard]] std::optional<http_result>& result() noexcept { return result_; }

        /// The loop may still have the result of a request of before, whose call has left by an exception.
        bool handle_result(request_handle id, http_result result) override {
            if (id != id_) return false;
            result_ = std::move(result);
            return true;
        }
        void handle_timer() override {}

    private:
        implementation& of_;
        request_handle id_{};
        std::unique_ptr<event_loop> loop_;
        std::optional<http_result> result_;
    };

    /// The one that was used last: its connections are the most likely to be open.
    std::unique_ptr<event_loop> take(request_handle& id) {
        {
            const std::lock_guard lock{mutex_};
            id = request_handle{++last_id_};
            if (!idle_.empty()) {
                auto last = std::move(idle_.back());
                idle_.pop_back();
                return last;
            }
        }
        return std::unique_ptr<event_loop>{new event_loop{config_, names_}};
    }

    void keep(std::unique_ptr<event_loop> used) noexcept {
        const std::lock_guard lock{mutex_};
        if (idle_.size() < most_idle) idle_.push_back(std::move(used));
    }

    const std::shared_ptr<const detail::client_config> config_;
    const detail::resolver names_;  // its threads are bounded for all calls together
    std::mutex mutex_;
    std::uint64_t last_id_ = 0;
    std::vector<std::unique_ptr<event_loop>> idle_;
};

http_client::http_client(const http_options& options) : implementation_{std::make_unique<implementation>(options)} {}

http_client::~http_client() {
    const detail::openssl_errors kept;
    implementation_.reset();
}

http_result http_client::send(const http_request& request, std::stop_token stop) {
    const detail::openssl_errors kept;
    try {
        return implementation_->send(request, stop);
    } catch (const std::system_error& error) {  // no descriptor or no thread is left: retryable
        return transport_failure{kind::connect, std::string{"out of resources: "} + error.what()};
    }
}

}  // namespace lark::poco
