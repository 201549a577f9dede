// SPDX-License-Identifier: MIT
#include <lark/injected/registrar.hpp>

#include "background_thread.hpp"
#include "callback_gate.hpp"
#include "registration_task.hpp"

#include <lark/registration/flow.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <variant>

namespace lark::injected {
namespace {

using detail::registration_task;
using task_ptr = std::shared_ptr<registration_task>;

using cancels = std::list<std::uint64_t>;  // by key; one is made with each registration, so it is kept small

constexpr auto callback_grace = std::chrono::milliseconds{5};

runnable_event_loop& checked(const std::unique_ptr<runnable_event_loop>& loop) {
    if (!loop) throw registration::invalid_option{"loop", "is required"};
    return *loop;
}

}  // namespace

/// The set and all that it works on. Owned by the registrar, by its thread, and for moments by those who wake the loop.
class registrar::core : public std::enable_shared_from_this<registrar::core> {
public:
    /// A registration that was begun elsewhere. Its flow needs the time at which it is carried on.
    struct carried_on {
        registration::snapshot from;
        registration::options options;
    };
    /// Small, since thousands may wait for a turn.
    using beginning = std::variant<registration::flow, std::unique_ptr<const carried_on>>;

private:
    struct command {
        std::uint64_t key;
        task_ptr task;
        beginning how;
    };
    using commands = std::list<command>;

public:
    core(runnable_event_loop& loop, std::unique_ptr<runnable_event_loop> owned, event_loop& view,
         const flow_set_options& options)
        : owned_{std::move(owned)}, loop_{loop}, set_{std::in_place, view, options} {}

    void begin(const task_ptr& task, beginning how) {
        // All memory first, that of a cancel too, which must not fail.
        commands first;
        first.push_back({0, task, std::move(how)});
        const auto cancel = std::make_shared<cancels>(1);
        std::function<void()> ask_for_end = [self = weak_from_this(), cancel] {
            if (const auto alive = self.lock()) alive->deliver(*cancel);
        };
        {
            const std::lock_guard lock{mutex_};
            if (closing_) throw std::logic_error{"the registrar is shut down"};
            first.front().key = cancel->front() = ++last_key_;
            commands_.splice(commands_.end(), first);
            ++size_;
        }
        loop_.wake();
        task->on_cancel(std::move(ask_for_end));
    }

    void shutdown() noexcept {
        {
            const std::lock_guard lock{mutex_};
            closing_ = true;
        }
        loop_.wake();
    }

    /// No callback starts any more. Waits a little for one that runs: it may have been about to start.
    void mute(bool inside_callback) {
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

    /// On the registrar's thread, until it is shut down.
    void run_to_end() noexcept {
        gate_->runs_here();
        try {
            while (take_commands() || !closed_) loop_.run_once();
        } catch (...) {  // the kernel or the memory refused: every caller learns of it through `get`
            end_all(std::current_exception());
        }
        const std::lock_guard lock{mutex_};
        over_ = true;
    }

    bool run_once() {
        if (running_) throw std::logic_error{"a registrar cannot be run by its own callbacks"};
        running_ = true;
        gate_->runs_here();
        struct guard {
            core& self;
            ~guard() {
                self.running_ = false;
                if (self.destroyed_) self.end();
            }
        } const at_end{*this};
        if (take_commands()) loop_.run_once();
        return size() > 0;
    }

    /// The end of a registrar that is run by its caller.
    void destroy() noexcept {
        destroyed_ = true;
        if (running_) mute(true);  // inside a callback: the rest follows at the end of `run_once`
        else end();
    }

private:
    struct live_registration {
        task_ptr task;
        registration_id id{};
    };

    void deliver(cancels& what) noexcept {
        const std::lock_guard lock{mutex_};
        if (over_) return;
        cancels_.splice(cancels_.end(), what);
        loop_.wake();  // under the lock: the loop may be destroyed once this is over
    }

    void end() noexcept {
        running_ = true;  // callbacks may come
        try {
            take_commands();
        } catch (...) {  // the loop or the memory refused, as in `run_to_end`
            end_all(std::current_exception());
        }
        mute(true);
        set_.reset();
        const std::lock_guard lock{mutex_};
        over_ = true;
    }

    /// Does what `start`, `cancel` and `shutdown` asked for. True while there are registrations.
    bool take_commands() {
        commands to_begin;
        cancels to_end;
        bool closing = false;
        const auto flows = set_->stats();
        {
            const std::lock_guard lock{mutex_};
            stats_.flows = flows;
            to_begin.swap(commands_);
            to_end.swap(cancels_);
            closing = closing_;
        }
        for (; !to_begin.empty(); to_begin.pop_front()) add(to_begin.front());
        for (const auto key : to_end)
            if (const auto it = live_.find(key); it != live_.end()) set_->cancel(it->second.id);
        if (closing && !std::exchange(closed_, true)) set_->cancel_all();
        return !live_.empty();
    }

    void add(command& what) {
        const auto key = what.key;
        auto* const task = what.task.get();  // `live_` keeps it, so that no handler needs memory of its own
        flow_handlers handlers;
        handlers.on_qr_code = [task](const registration::qr_code& qr) { task->deliver(qr); };
        handlers.on_status_change = [task](const registration::status_change& change) { task->deliver(change); };
        handlers.on_snapshot = [task](const registration::snapshot& saved) { task->deliver(saved); };
        handlers.on_trace = [this, task](const registration::trace_event& event) {
            task->deliver(event, loop_.wall_now());
        };
        handlers.on_finished = [this, key](const registration::outcome& outcome, const std::exception_ptr& thrown) {
            const auto ended = live_.extract(key).mapped().task;
            count_down();
            if (thrown) return ended->fail(thrown);
            try {
                ended->finish(outcome);
            } catch (const std::bad_alloc&) {  // concerns this one alone
                ended->fail(std::current_exception());
            }
        };
        try {
            // Into the table first: once it is in the set, it ends through `on_finished`, and once only.
            auto& live = live_[key];
            live.task = what.task;
            if (auto* machine = std::get_if<registration::flow>(&what.how)) {
                live.id = set_->add_checked(std::move(handlers), std::move(*machine));
            } else {
                const auto& [from, options] = *std::get<std::unique_ptr<const carried_on>>(what.how);
                live.id = set_->add(std::move(handlers), from, options);
            }
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

    /// Needs no memory, for want of which this may be.
    void end_all(const std::exception_ptr& why) noexcept {
        commands not_begun;
        {
            const std::lock_guard lock{mutex_};
            closing_ = true;
            not_begun.swap(commands_);
            size_ = 0;
        }
        for (const auto& one : not_begun) one.task->fail(why);
        for (const auto& [key, live] : live_) live.task->fail(why);
    }

    mutable std::mutex mutex_;
    commands commands_;
    cancels cancels_;
    std::uint64_t last_key_ = 0;
    std::size_t size_ = 0;
    bool closing_ = false;
    bool over_ = false;
    registrar_stats stats_;
    const std::shared_ptr<detail::callback_gate> gate_ = std::make_shared<detail::callback_gate>();

    // Of the thread that runs it.
    const std::unique_ptr<runnable_event_loop> owned_;
    runnable_event_loop& loop_;
    std::optional<flow_set> set_;
    std::unordered_map<std::uint64_t, live_registration> live_;
    bool closed_ = false;
    bool running_ = false;
    bool destroyed_ = false;  // the registrar is
};

registrar::registrar(std::unique_ptr<runnable_event_loop> loop, flow_set_options options)
    : core_{[&] {
          auto& its = checked(loop);
          return std::make_shared<core>(its, std::move(loop), its, options);
      }()},
      thread_{std::make_unique<detail::background_thread>([kept = core_] { kept->run_to_end(); })} {}

registrar::registrar(runnable_event_loop& loop, flow_set_options options) : registrar{loop, loop, options} {}

registrar::registrar(runnable_event_loop& loop, event_loop& view, flow_set_options options)
    : core_{std::make_shared<core>(loop, nullptr, view, options)} {
    core_->gate()->runs_here();  // until another thread runs it
}

registrar::~registrar() {
    core_->shutdown();
    if (!thread_) {
        core_->destroy();
    } else if (!thread_->join_within(detail::shutdown_grace)) {
        core_->mute(thread_->is_here());
        thread_->detach();  // it owns all it uses, and ends with the callback that it is in
    }
}

registration_handle registrar::start(registration::async_handlers handlers, const registration::options& options) {
    if (!handlers.on_qr_code) throw registration::invalid_option{"on_qr_code", "is required"};
    auto task = std::make_shared<registration_task>(std::move(handlers), core_->gate());
    core_->begin(task, registration::flow{options});  // reports wrong options to the caller, before the first request
    return registration_task::make_handle(std::move(task));
}

registration_handle registrar::start(registration::async_handlers handlers, const registration::snapshot& from,
                                     registration::options options) {
    auto task = std::make_shared<registration_task>(std::move(handlers), core_->gate());
    static_cast<void>(
        registration::flow{from, {}, options});  // reports wrong options to the caller, before the first request
    task->carries_on(from);
    core_->begin(task, std::make_unique<const core::carried_on>(core::carried_on{from, std::move(options)}));
    return registration_task::make_handle(std::move(task));
}

bool registrar::run_once() {
    if (thread_) throw std::logic_error{"the registrar runs on a thread of its own"};
    return std::shared_ptr { core_ } -> run_once();  // a callback may destroy the registrar
}

void registrar::run() {
    if (thread_) throw std::logic_error{"the registrar runs on a thread of its own"};
    for (const auto kept = core_; kept->run_once();) {}
}

void registrar::shutdown() noexcept { core_->shutdown(); }

registrar_stats registrar::stats() const { return core_->stats(); }

std::size_t registrar::size() const { return core_->size(); }

}  // namespace lark::injected
