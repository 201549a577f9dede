// SPDX-License-Identifier: MIT
#include <lark/poco/registrar.hpp>

#include "callback_gate.hpp"
#include "os/signal_mask.hpp"
#include "registration_task.hpp"

#include <lark/registration/flow.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lark::poco {
namespace {

using detail::registration_task;
using task_ptr = std::shared_ptr<registration_task>;

using cancels = std::list<std::uint64_t>;  // by key; one is made with each registration, so it is kept small

constexpr auto shutdown_grace = std::chrono::milliseconds{95};
constexpr auto callback_grace = std::chrono::milliseconds{5};

}  // namespace

/// The loop and all it works on. Owned by its thread, by the registrar, and for moments by those who wake it.
class registrar::core : public std::enable_shared_from_this<registrar::core> {
    /// A registration that another thread wants begun.
    struct command {
        std::uint64_t key = 0;
        task_ptr task{};
        registration::options options{};
        std::optional<registration::snapshot> from{};  ///< to be carried on, not begun
    };
    using commands = std::list<command>;

public:
    core(const http_options& http, const registrar_options& options)
        : client_{http, options.connections}, set_{client_, options.flows} {}

    void begin(const task_ptr& task, registration::options options, std::optional<registration::snapshot> from) {
        // All memory first, that of a cancel too, which must not fail.
        commands first;
        first.push_back({0, task, std::move(options), std::move(from)});
        const auto cancel = std::make_shared<cancels>(1);
        std::function<void()> tell = [self = weak_from_this(), cancel] {
            if (const auto loop = self.lock()) loop->deliver(*cancel);
        };
        {
            const std::lock_guard lock{mutex_};
            if (closing_) throw std::logic_error{"the registrar is shut down"};
            first.front().key = cancel->front() = ++last_key_;
            commands_.splice(commands_.end(), first);
            ++size_;
        }
        client_.wake();
        task->on_cancel(std::move(tell));
    }

    void shutdown() noexcept {
        {
            const std::lock_guard lock{mutex_};
            closing_ = true;
        }
        client_.wake();
    }

    /// False if it is not over by then.
    bool wait_for_end() {
        std::unique_lock lock{mutex_};
        return ended_.wait_for(lock, shutdown_grace, [this] { return over_; });
    }

    /// No callback starts any more. Waits a little for one that runs: it may have been about to start.
    void silence(bool inside_callback) {
        gate_->close(inside_callback ? std::chrono::milliseconds::zero() : callback_grace);
    }
    [[nodiscard]] const std::shared_ptr<detail::callback_gate>& gate() const noexcept { return gate_; }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return size_;
    }

    [[nodiscard]] registrar_stats stats() const {
        const std::lock_guard lock{mutex_};
        auto now = stats_;
        now.to_begin = commands_.size();
        return now;
    }

    void run() {
        try {
            while (turn()) client_.run_once();
        } catch (...) {  // the kernel or the memory refused: every caller learns of it through `get`
            end_all(std::current_exception());
        }
        {
            const std::lock_guard lock{mutex_};
            over_ = true;
        }
        ended_.notify_all();
    }

private:
    struct registration_place {
        task_ptr task;
        injected::registration_id id{};
    };

    void deliver(cancels& what) noexcept {
        {
            const std::lock_guard lock{mutex_};
            if (over_) return;
            cancels_.splice(cancels_.end(), what);
        }
        client_.wake();
    }

    /// Takes what others have left. False when there is nothing to do any more, ever.
    bool turn() {
        commands to_begin;
        cancels to_end;
        bool closing = false;
        const auto flows = set_.stats();
        const auto connections = client_.stats();
        {
            const std::lock_guard lock{mutex_};
            stats_.flows = flows;
            stats_.connections = connections;
            to_begin.swap(commands_);
            to_end.swap(cancels_);
            closing = closing_;
        }
        for (auto& one : to_begin) add(one);
        for (const auto key : to_end)
            if (const auto it = live_.find(key); it != live_.end()) set_.cancel(it->second.id);
        if (!closing) return true;
        if (!std::exchange(closed_, true)) set_.cancel_all();
        return !live_.empty();
    }

    void add(const command& what) {
        const auto key = what.key;
        const auto& task = what.task;
        injected::flow_handlers handlers;
        handlers.on_qr_code = [task](const registration::qr_code& qr) { task->deliver(qr); };
        handlers.on_status_change = [task](const registration::status_change& change) { task->deliver(change); };
        handlers.on_snapshot = [task](const registration::snapshot& saved) { task->deliver(saved); };
        handlers.on_trace = [task](const registration::trace_event& event) { task->deliver(event); };
        handlers.on_finished = [this, key, task](const registration::outcome& outcome,
                                                 const std::exception_ptr& thrown) {
            live_.erase(key);
            count_down();
            if (thrown) return task->fail(thrown);
            try {
                task->finish(outcome);
            } catch (const std::bad_alloc&) {  // concerns this one alone
                task->fail(std::current_exception());
            }
        };
        try {
            // Its place first: once it is in the set, it ends through `on_finished`, and once only.
            auto& place = live_[key];
            place.task = task;
            place.id = what.from ? set_.add(std::move(handlers), *what.from, what.options)
                                 : set_.add(std::move(handlers), what.options);
        } catch (...) {  // no memory: concerns this one alone
            live_.erase(key);
            count_down();
            task->fail(std::current_exception());
        }
    }

    void count_down() {
        const std::lock_guard lock{mutex_};
        --size_;
    }

    void end_all(const std::exception_ptr& why) {
        std::vector<task_ptr> all;
        {
            const std::lock_guard lock{mutex_};
            closing_ = true;
            for (auto& one : commands_) all.push_back(std::move(one.task));
            commands_.clear();
            size_ = 0;
        }
        for (auto& [key, place] : live_) all.push_back(std::move(place.task));
        for (const auto& task : all) task->fail(why);
    }

    mutable std::mutex mutex_;
    std::condition_variable ended_;
    commands commands_;
    cancels cancels_;
    std::uint64_t last_key_ = 0;
    std::size_t size_ = 0;
    bool closing_ = false;
    bool over_ = false;
    registrar_stats stats_;
    const std::shared_ptr<detail::callback_gate> gate_ = std::make_shared<detail::callback_gate>();

    // The loop's own.
    event_loop client_;
    injected::flow_set set_;
    std::unordered_map<std::uint64_t, registration_place> live_;
    bool closed_ = false;
};

class registrar::loop_thread {
public:
    explicit loop_thread(std::shared_ptr<core> loop) : core_{std::move(loop)}, thread_{start(core_)} {}
    loop_thread(const loop_thread&) = delete;
    loop_thread& operator=(const loop_thread&) = delete;
    ~loop_thread() {
        core_->shutdown();
        const bool here =
            thread_.get_id() == std::this_thread::get_id();  // the registrar is destroyed inside a callback
        if (!here && core_->wait_for_end()) {
            thread_.join();
        } else {
            core_->silence(here);
            thread_.detach();  // it owns all it uses, and ends with the callback that it is in
        }
    }

    [[nodiscard]] core& loop() const noexcept { return *core_; }

private:
    static std::thread start(const std::shared_ptr<core>& loop) {
        const detail::signals_blocked inherited;
        return std::thread{[loop] { loop->run(); }};
    }

    std::shared_ptr<core> core_;
    std::thread thread_;
};

registrar::registrar(const http_options& http, registrar_options options)
    : thread_{std::make_unique<loop_thread>(std::make_shared<core>(http, options))} {}

registrar::~registrar() = default;

registration_handle registrar::start(registration::async_handlers handlers, registration::options options) {
    if (!handlers.on_qr_code) throw registration::invalid_option{"on_qr_code", "is required"};
    auto task = std::make_shared<registration_task>(std::move(handlers), thread_->loop().gate());
    static_cast<void>(registration::flow{options});  // reports wrong options to the caller, before the first request
    thread_->loop().begin(task, std::move(options), {});
    return registration_task::make_handle(std::move(task));
}

registration_handle registrar::start(registration::async_handlers handlers, const registration::snapshot& from,
                                     registration::options options) {
    auto task = std::make_shared<registration_task>(std::move(handlers), thread_->loop().gate());
    static_cast<void>(
        registration::flow{from, {}, options});  // reports wrong options to the caller, before the first request
    task->carries_on(from);
    thread_->loop().begin(task, std::move(options), from);
    return registration_task::make_handle(std::move(task));
}

void registrar::shutdown() noexcept { thread_->loop().shutdown(); }

registrar_stats registrar::stats() const { return thread_->loop().stats(); }

std::size_t registrar::size() const { return thread_->loop().size(); }

}  // namespace lark::poco
