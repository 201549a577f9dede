// SPDX-License-Identifier: MIT
// However a registration ends, `on_finished` comes last and exactly once; and nothing comes once its handle is
// destroyed. Each way to end at every tenth of a second, and in every callback, for all that runs registrations with
// handles.
#include "background_driver.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;
using lark::registration::async_handlers;
namespace data = boost::unit_test::data;

namespace {

enum class act { nothing, cancel, destroy, detach };

/// One registration as the application sees it.
class watched_registration {
public:
    watched_registration(background_driver& driver, bool posts) : driver_{driver}, posts_{posts} {}
    /// A callback that destroyed the handle may be returning still.
    ~watched_registration() {
        handle_.reset();
        std::unique_lock lock{inside_mutex_};
        idle_.wait(lock, [this] { return inside_ == 0; });
    }
    watched_registration(const watched_registration&) = delete;
    watched_registration& operator=(const watched_registration&) = delete;

    /// At the `nth` callback, or at a time; within it, if `throws`, that callback then throws.
    void act_in_callback(act what, int nth, bool throws = false) { in_callback_ = {what, nth, throws}; }
    void act_at(act what, duration t) {
        will_act_ = driver_.runs_all_actions();
        driver_.at(t, [this, what] {
            const scope within{*this};
            assigned_.wait();
            if (what == act::destroy && !driver_.may_destroy_in_actions()) {
                destroy_asked_ = true;
                posted_.notify();
            } else {
                perform(what);
            }
        });
    }

    void run() {
        async_handlers handlers{.on_qr_code = [this](const auto&) { other_called(); },
                                .on_status_change = [this](const auto&) { other_called(); },
                                .on_finished =
                                    [this](const registration::outcome& end) {
                                        const scope within{*this};
                                        const struct counted {
                                            watched_registration& self;
                                            ~counted() {
                                                ++self.ends_;
                                                self.posted_.notify();
                                            }
                                        } at_the_end{*this};
                                        const auto* why = std::get_if<registration::failure>(&end);
                                        end_ = why != nullptr ? why->code : "app";
                                        called();
                                    },
                                .post = posts_ ? posted_.post() : nullptr,
                                .on_snapshot = [this](const auto&) { other_called(); },
                                .on_trace = [this](const auto&) { other_called(); }};
        handle_.emplace(driver_.start(std::move(handlers)));
        assign_.set_value();
        while (driver_.turn()) posted_.run();
        BOOST_TEST(posted_.run_until([this] { return destroy_asked_ || is_over(); }));
        if (destroy_asked_) {
            handle_.reset();
            destroyed_ = true;
        }
        // The end by the handle; without a handle, on_finished has reported it.
        if (handle_ && !detached_) {
            BOOST_TEST((handle_->wait_for(10s) == std::future_status::ready));
            try {
                got_ = handle_->get().client_id.empty() ? "no App ID" : "app";
            } catch (const register_app_error& e) {
                got_ = e.code();
            } catch (const std::runtime_error& e) {
                got_ = e.what();
            }
        }
        posted_.run();
    }

    [[nodiscard]] bool acted() const { return acted_; }
    [[nodiscard]] bool destroyed() const { return destroyed_; }
    [[nodiscard]] int ends() const { return ends_; }
    [[nodiscard]] int calls() const { return calls_; }
    [[nodiscard]] int late() const { return late_; }
    [[nodiscard]] int after_cancel() const { return after_cancel_; }
    [[nodiscard]] const std::string& end() const { return end_; }
    [[nodiscard]] const std::string& got() const { return got_; }

private:
    class scope {
    public:
        explicit scope(watched_registration& within) : registration_{within} {
            const std::lock_guard lock{registration_.inside_mutex_};
            ++registration_.inside_;
        }
        scope(const scope&) = delete;
        scope& operator=(const scope&) = delete;
        ~scope() {
            const std::lock_guard lock{registration_.inside_mutex_};
            --registration_.inside_;
            registration_.idle_.notify_all();  // under the lock: the object is destroyed next
        }

    private:
        watched_registration& registration_;
    };

    [[nodiscard]] bool is_over() const { return (acted_ || !will_act_) && (ends_ > 0 || destroyed_); }

    void other_called() {
        const scope within{*this};
        after_cancel_ += cancelled_;
        called();
    }

    void called() {
        late_ += destroyed_ || ends_ > 0;
        if (++calls_ != in_callback_.nth) return;
        assigned_.wait();
        perform(in_callback_.what);
        if (in_callback_.throws) throw std::runtime_error{"thrown"};
    }

    void perform(act what) {
        switch (what) {
        case act::nothing: break;
        case act::cancel:
            handle_->cancel();
            cancelled_ = true;
            after_cancel_ += handle_->state().phase != registration::registration_phase::finished;
            break;
        case act::destroy:
            handle_.reset();
            destroyed_ = true;
            break;
        case act::detach:
            handle_->detach();
            detached_ = true;
            break;
        }
        acted_ = true;
        posted_.notify();
    }

    background_driver& driver_;
    bool posts_;
    struct {
        act what = act::nothing;
        int nth = 0;
        bool throws = false;
    } in_callback_;
    bool will_act_ = false;
    std::promise<void> assign_;
    std::shared_future<void> assigned_{assign_.get_future()};
    posted_functions posted_;
    std::atomic<bool> acted_ = false;
    std::atomic<bool> cancelled_ = false;
    std::atomic<bool> destroyed_ = false;
    std::atomic<bool> destroy_asked_ = false;  // of the thread of the test
    std::atomic<bool> detached_ = false;
    std::atomic<int> ends_ = 0;
    std::atomic<int> calls_ = 0;
    std::atomic<int> late_ = 0;
    std::atomic<int> after_cancel_ = 0;
    std::string end_;
    std::string got_;
    std::mutex inside_mutex_;
    std::condition_variable idle_;
    int inside_ = 0;
    std::optional<injected::registration_handle> handle_;  // the first to be destroyed
};

constexpr auto whole = 17s;  // longer than any registration here, on the virtual clock

const auto kinds = data::make(background_kinds);
const auto posting = data::make({false, true});

}  // namespace

BOOST_AUTO_TEST_SUITE(ends)

BOOST_DATA_TEST_CASE(by_itself, kinds* posting, kind, posts) {
    const auto driver = kind.make();
    watched_registration s{*driver, posts};
    s.run();
    BOOST_TEST((s.ends() == 1 && s.late() == 0));
    BOOST_TEST(s.end() == "app");
    BOOST_TEST(s.got() == "app");
}

BOOST_DATA_TEST_CASE(by_a_cancel_at_any_time, kinds* posting, kind, posts) {
    int aborted = 0;
    int apps = 0;
    for (duration t{}; t < whole; t += 100ms) {
        const auto driver = kind.make();
        watched_registration s{*driver, posts};
        s.act_at(act::cancel, t);
        s.run();
        BOOST_TEST((s.ends() == 1 && s.late() == 0));
        // A posted callback may have started on the other thread.
        BOOST_TEST(s.after_cancel() <= (posts && !kind.one_thread ? 1 : 0));
        BOOST_TEST(s.got() == s.end());
        aborted += s.end() == "abort";
        apps += s.end() == "app";
    }
    BOOST_TEST(aborted >= 150);
    BOOST_TEST(apps >= 1);
    BOOST_TEST(aborted + apps == 170);
}

BOOST_DATA_TEST_CASE(by_the_end_of_the_handle_at_any_time, kinds* posting, kind, posts) {
    const bool exact = kind.make()->may_destroy_in_actions();
    int silent = 0;
    for (duration t{}; t < whole; t += 100ms) {
        const auto driver = kind.make();
        watched_registration s{*driver, posts};
        s.act_at(act::destroy, t);
        s.run();
        BOOST_TEST(s.late() == 0);
        BOOST_TEST((s.ends() == 0 || s.end() == "app"));
        silent += s.ends() == 0;
    }
    if (exact) BOOST_TEST(silent >= 150);
}

BOOST_DATA_TEST_CASE(by_itself_though_its_handle_is_detached_at_any_time, kinds* posting, kind, posts) {
    for (duration t{}; t < whole; t += 100ms) {
        const auto driver = kind.make();
        watched_registration s{*driver, posts};
        s.act_at(act::detach, t);
        s.run();
        BOOST_TEST((s.ends() == 1 && s.late() == 0));
        BOOST_TEST(s.end() == "app");
    }
}

BOOST_DATA_TEST_CASE(in_any_callback, kinds* posting* data::make({1, 2, 3}), kind, posts, what_number) {
    const auto what = static_cast<act>(what_number);
    int nth = 1;
    for (bool acted = true; acted; ++nth) {
        const auto driver = kind.make();
        watched_registration s{*driver, posts};
        s.act_in_callback(what, nth);
        s.run();
        acted = s.acted();
        BOOST_TEST(s.late() == 0);
        BOOST_TEST(s.after_cancel() == 0);
        const bool in_the_last = s.ends() == 1 && s.end() == "app";
        if (what == act::destroy) {
            BOOST_TEST((s.ends() == 0 || in_the_last));
        } else {
            BOOST_TEST(s.ends() == 1);
            BOOST_TEST((s.end() == (what == act::cancel && acted && !in_the_last ? "abort" : "app")));
        }
    }
    BOOST_TEST(nth > 8);  // snapshot, link, a trace and a status for each exchange, the end
}

BOOST_DATA_TEST_CASE(by_an_exception_of_any_callback, kinds* posting* data::make({0, 1}), kind, posts, what_number) {
    int nth = 1;
    for (bool acted = true; acted; ++nth) {
        const auto driver = kind.make();
        watched_registration s{*driver, posts};
        s.act_in_callback(static_cast<act>(what_number), nth, true);
        s.run();
        acted = s.acted();
        BOOST_TEST((s.ends() == 1 && s.late() == 0));
        BOOST_TEST((s.end() == "abort" || s.end() == "app"));
        BOOST_TEST(s.got() == (acted ? "thrown" : "app"));
    }
    BOOST_TEST(nth > 7);
}

BOOST_DATA_TEST_CASE(by_a_cancel_of_another_thread, kinds* posting* data::xrange(8), kind, posts, traces) {
    for (int i = 0; i < 5; ++i) {
        const auto driver = kind.make();
        std::promise<injected::registration_handle*> give;
        std::counting_semaphore<> traced{0};
        std::thread canceller{[&] {
            auto* handle = give.get_future().get();
            for (int n = 0; n < traces; ++n) traced.acquire();
            handle->cancel();
        }};
        posted_functions posted;
        std::atomic<int> ends = 0;
        std::string end;
        auto handle = driver->start({.on_qr_code = [](const auto&) {},
                                     .on_finished =
                                         [&](const registration::outcome& with) {
                                             end = std::holds_alternative<registration::app>(with) ? "app" : "abort";
                                             ++ends;
                                             traced.release(traces);
                                             posted.notify();
                                         },
                                     .post = posts ? posted.post() : nullptr,
                                     .on_trace = [&](const auto&) { traced.release(); }});
        give.set_value(&handle);
        while (driver->turn()) posted.run();
        BOOST_TEST(posted.run_until([&] { return ends > 0; }));
        canceller.join();
        BOOST_TEST(ends == 1);
        try {
            static_cast<void>(handle.get());
            BOOST_TEST(end == "app");
        } catch (const register_app_error& e) {
            BOOST_TEST(e.code() == end);
        }
    }
}

BOOST_DATA_TEST_CASE(by_the_end_of_what_runs_it, data::make({0, 1}) * posting, which, posts) {
    auto driver = background_kinds[which].make();
    posted_functions posted;
    std::atomic<int> ends = 0;
    std::promise<void> begun;
    std::promise<void> hold;
    const auto held = hold.get_future().share();
    auto handle = driver->start({.on_qr_code = [](const auto&) {},
                                .on_finished = [&](const registration::outcome& end) {
                                    ends += std::get<registration::failure>(end).code == "abort" ? 1 : 100;
                                },
                                .post = posts ? posted.post() : nullptr,
                                .on_trace = which == 0 ? registration::trace_handler{}
                                                       : [&, first = true](const auto&) mutable {
                                                             if (std::exchange(first, false)) begun.set_value();
                                                         }});
    if (which == 0) {
        BOOST_TEST(driver->turn());
    } else if (posts) {
        auto traced = begun.get_future();
        BOOST_TEST(posted.run_until([&] { return traced.wait_for(0s) == std::future_status::ready; }));
    } else {
        begun.get_future().wait();
    }
    driver.reset();
    posted.run();
    BOOST_TEST((handle.wait_for(10s) == std::future_status::ready));  // a thread that is late is left behind
    BOOST_TEST(ends <= 1);
    if (which == 0) BOOST_TEST(ends == 1);
}

BOOST_AUTO_TEST_SUITE_END()
