// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake.hpp>
#include <lark/injected.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <ostream>
#include <string_view>
#include <utility>

namespace lark::test {

/// The service under all of these drivers: replies take 200 ms, and a user approves after twelve seconds, at the third
/// poll. All of it on a virtual clock.
struct background_service {
    fake::accounts_service service{{.approve_after = std::chrono::seconds{12}}};
    fake::client_options wire{.latency = std::chrono::milliseconds{200}};
};

/// Something that runs registrations with handles, over the fake.
class background_driver {
public:
    virtual ~background_driver() = default;

    /// Runs `action` when the virtual clock passes `t`, on the thread that runs the registration. Before `start`.
    virtual void at(duration t, std::function<void()> action) = 0;
    [[nodiscard]] virtual injected::registration_handle start(registration::async_handlers handlers) = 0;
    /// Where the caller runs it: one turn. False if the registrations are over, or if threads run them.
    virtual bool turn() { return false; }
    /// Whether actions run after the end of the registration, too.
    [[nodiscard]] virtual bool runs_all_actions() const { return false; }
    /// Whether an action may destroy the handle: it runs in a function of the client, which is in use still.
    [[nodiscard]] virtual bool may_destroy_in_actions() const { return true; }
};

/// A registrar that is run by its caller.
class run_by_caller final : public background_driver {
public:
    void at(duration t, std::function<void()> action) override { loop.after(t, std::move(action)); }
    injected::registration_handle start(registration::async_handlers handlers) override {
        return registrar.start(std::move(handlers));
    }
    bool turn() override { return registrar.run_once(); }

    background_service model;
    fake::event_loop loop{model.service, model.wire};
    injected::registrar registrar{loop};
};

/// A registrar with a thread of its own.
class own_thread_of_a_registrar final : public background_driver {
public:
    own_thread_of_a_registrar() {
        // Else virtual time could pass before the registration begins.
        loop_->after({}, [started = started_.get_future().share()] { started.wait(); });
    }
    void at(duration t, std::function<void()> action) override { loop_->after(t, std::move(action)); }
    injected::registration_handle start(registration::async_handlers handlers) override {
        registrar_ = std::make_unique<injected::registrar>(std::move(loop_));
        auto handle = registrar_->start(std::move(handlers));
        started_.set_value();
        return handle;
    }
    [[nodiscard]] bool runs_all_actions() const override { return true; }

private:
    background_service model_;
    std::promise<void> started_;
    std::unique_ptr<fake::event_loop> loop_ =
        std::make_unique<fake::event_loop>(model_.service, model_.wire, fake::when_idle::wait);
    std::unique_ptr<injected::registrar> registrar_;
};

/// A thread of its own over a blocking client, which it shares or not.
class own_thread_over_a_client final : public background_driver {
public:
    explicit own_thread_over_a_client(bool shared) : shared_{shared} {}
    void at(duration t, std::function<void()> action) override { all_->client.after(t, std::move(action)); }
    injected::registration_handle start(registration::async_handlers handlers) override {
        if (!shared_) return register_app_async(std::move(handlers), {}, all_->client);
        return register_app_async(std::move(handlers), {}, std::shared_ptr<fake::http_client>{all_, &all_->client});
    }
    [[nodiscard]] bool may_destroy_in_actions() const override { return false; }

private:
    struct everything {
        background_service model;
        fake::http_client client{model.service, model.wire};
    };
    bool shared_;
    std::shared_ptr<everything> all_ = std::make_shared<everything>();
};

struct background_kind {
    std::string_view name;
    bool one_thread;  ///< which runs the registration and the posted functions
    std::unique_ptr<background_driver> (*make)();
    friend std::ostream& operator<<(std::ostream& out, const background_kind& kind) { return out << kind.name; }
};

inline const background_kind background_kinds[] = {
    {"run by its caller", true, [] { return std::unique_ptr<background_driver>{std::make_unique<run_by_caller>()}; }},
    {"registrar's thread", false,
     [] { return std::unique_ptr<background_driver>{std::make_unique<own_thread_of_a_registrar>()}; }},
    {"own thread, client by reference", false,
     [] { return std::unique_ptr<background_driver>{std::make_unique<own_thread_over_a_client>(false)}; }},
    {"own thread, shared client", false,
     [] { return std::unique_ptr<background_driver>{std::make_unique<own_thread_over_a_client>(true)}; }},
};

/// Functions that were posted: the thread of the test runs them. What `post` uses is shared, since a call of it may
/// take longer than the destructor of a handle waits.
class posted_functions {
public:
    posted_functions() = default;
    posted_functions(const posted_functions&) = delete;
    posted_functions& operator=(const posted_functions&) = delete;
    /// Those that have not run are dropped, and so are those to come: they own the registration, which owns `post`.
    ~posted_functions() {
        std::deque<std::function<void()>> dropped;
        const std::lock_guard lock{shared_->mutex};
        shared_->closed = true;
        dropped.swap(shared_->functions);
    }

    std::function<void(std::function<void()>)> post() {
        return [shared = shared_](std::function<void()> f) {
            const std::lock_guard lock{shared->mutex};
            if (shared->closed) return;
            shared->functions.push_back(std::move(f));
            shared->changed.notify_all();
        };
    }
    /// Changes what `run_until` waits for. Nothing of this is touched once that can see it.
    template <class Function>
    void change(Function what) {
        const std::lock_guard lock{shared_->mutex};
        what();
        shared_->changed.notify_all();
    }
    /// Wakes `run_until` to look again.
    void notify() {
        change([] {});
    }
    /// All that are there.
    void run() {
        for (;;) {
            std::function<void()> next;
            {
                const std::lock_guard lock{shared_->mutex};
                if (shared_->functions.empty()) return;
                next = std::move(shared_->functions.front());
                shared_->functions.pop_front();
            }
            next();
        }
    }
    /// Those that come, until `done`. False if that takes longer than 10 s.
    template <class Predicate>
    bool run_until(Predicate done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        for (;;) {
            run();
            std::unique_lock lock{shared_->mutex};
            const auto comes = [&] { return !shared_->functions.empty() || done(); };
            if (!shared_->changed.wait_until(lock, limit, comes)) return false;
            if (shared_->functions.empty()) return true;
        }
    }

private:
    struct state {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<std::function<void()>> functions;
        bool closed = false;
    };
    std::shared_ptr<state> shared_ = std::make_shared<state>();
};

}  // namespace lark::test
