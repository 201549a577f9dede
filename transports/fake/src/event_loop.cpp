// SPDX-License-Identifier: MIT
#include <lark/fake/event_loop.hpp>

#include "hosts.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

namespace lark::fake {

class event_loop::impl {
public:
    impl(event_loop& loop, responder& service, const client_options& options, when_idle idle)
        : idle_(idle),
          loop_(loop),
          service_(service),
          hosts_(make_hosts(options)),
          latency_(options.latency),
          start_(options.start),
          wall_start_(options.wall_start),
          now_(options.start) {}

    void start_request(injected::request_handle id, http_request request) {
        const auto number = ++requests_;
        const auto host = host_of(request.url);
        if (listener_) note(number, (host ? std::string{to_string(*host)} : "unknown host") + " " + step_of(request));
        const auto half = latency_ / 2;
        if (host) {
            on_the_way_.emplace(id, message{number, *host, std::move(request)});
            events_.emplace(saturating_add(now_, half), id);
        } else {
            transport_failure nowhere{transport_failure_kind::name_unknown, "no such host"};
            on_the_way_.emplace(id, message{number, {}, service_reply{std::move(nowhere), {}, "failure name_unknown"}});
            events_.emplace(now_, id);
        }
    }

    void abandon_request(injected::request_handle id) {
        const auto found = on_the_way_.find(id);
        if (found == on_the_way_.end()) return;
        if (listener_) note(found->second.number, "abandoned");
        on_the_way_.erase(found);  // its event is stale now
    }

    /// Handles all events up to `limit` while `wanted` says so. False if there are no more.
    template <class Predicate>
    bool run(time_point limit, Predicate wanted) {
        while (wanted()) {
            while (!events_.empty() && !on_the_way_.contains(events_.begin()->second)) events_.erase(events_.begin());
            auto next = timer;
            const auto at = [&next](time_point t) { next = next ? std::min(*next, t) : t; };
            if (!events_.empty()) at(events_.begin()->first);
            if (!actions_.empty()) at(actions_.begin()->first);
            if (!next || *next > limit) return false;
            now_ = std::max(now_, *next);
            if (!actions_.empty() && actions_.begin()->first <= now_) act();
            else if (!events_.empty() && events_.begin()->first <= now_) carry();
            else fire();
        }
        return true;
    }

    void run_once() {
        if (wake_.take()) return;
        bool done = false;
        if (run(time_point::max(), [&done] { return !std::exchange(done, true); })) return;
        if (idle_ == when_idle::fail) throw std::logic_error("lark::fake::event_loop: nothing more can happen");
        wake_.wait();
    }

    void wake() { wake_.set(); }
    void pass_to(time_point t) noexcept { now_ = std::max(now_, t); }
    [[nodiscard]] time_point now() const noexcept { return now_; }
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() const noexcept {
        return wall_start_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(now_ - start_);
    }
    void at(time_point t, std::function<void()> action) { actions_.emplace(t, std::move(action)); }
    void listen(std::function<void(const log_entry&)> listener) { listener_ = std::move(listener); }

    std::optional<time_point> timer;

private:
    /// Set by any thread.
    class wake_up {
    public:
        void set() {
            const std::lock_guard lock(mutex_);
            is_set_ = true;
            changed_.notify_one();  // under the lock: the loop may be destroyed once it has seen it
        }
        bool take() {
            const std::lock_guard lock(mutex_);
            return std::exchange(is_set_, false);
        }
        void wait() {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return is_set_; });
            is_set_ = false;
        }

    private:
        std::mutex mutex_;
        std::condition_variable changed_;
        bool is_set_ = false;
    };

    /// A request on its way to the service, or a reply on its way back.
    struct message {
        std::uint64_t number;
        host_role host;
        std::variant<http_request, service_reply> content;
    };

    /// Thousands of flows ask one address: it is taken apart once.
    std::optional<host_role> host_of(const std::string& url) {
        if (url != last_url_) {
            last_host_ = find_host(hosts_, url);
            last_url_ = url;
        }
        return last_host_;
    }

    void act() {
        const auto due = actions_.extract(actions_.begin());
        due.mapped()();
    }

    void fire() {
        timer.reset();
        if (listener_) listener_({now_ - start_, "timer"});
        loop_.timer_expired();
    }

    /// A request arrives at the service, or a reply at the handler.
    void carry() {
        const auto id = events_.extract(events_.begin()).mapped();
        const auto found = on_the_way_.find(id);
        auto& m = found->second;
        if (const auto* request = std::get_if<http_request>(&m.content)) {
            auto reply = service_.handle(m.host, *request, now_);
            const auto* failure = std::get_if<transport_failure>(&reply.result);
            // Silence: the request stays out until it is abandoned.
            if (failure && failure->kind == transport_failure_kind::timeout) return;
            const auto back = saturating_add(saturating_add(now_, reply.delay), latency_ - latency_ / 2);
            m.content = std::move(reply);
            events_.emplace(back, id);
            return;
        }
        auto reply = std::get<service_reply>(std::move(m.content));
        if (listener_) note(m.number, "-> " + reply.summary);
        on_the_way_.erase(found);
        loop_.deliver(id, std::move(reply.result));
    }

    void note(std::uint64_t number, const std::string& what) {
        listener_({now_ - start_, '#' + std::to_string(number) + ' ' + what});
    }

    const when_idle idle_;
    wake_up wake_;
    event_loop& loop_;
    responder& service_;
    host_map hosts_;
    std::string last_url_;
    std::optional<host_role> last_host_;  // of `last_url_`
    duration latency_;
    time_point start_;
    std::chrono::system_clock::time_point wall_start_;
    time_point now_;
    std::uint64_t requests_ = 0;
    std::unordered_map<injected::request_handle, message> on_the_way_;
    std::multimap<time_point, injected::request_handle> events_;  // stale once its request is no longer on the way
    std::multimap<time_point, std::function<void()>> actions_;
    std::function<void(const log_entry&)> listener_;
};

event_loop::event_loop(responder& service, const client_options& options, when_idle idle)
    : impl_(std::make_unique<impl>(*this, service, options, idle)) {}

event_loop::~event_loop() = default;

void event_loop::run(const injected::flow_set& set) {
    if (impl_->run(time_point::max(), [&set] { return !set.empty(); })) return;
    throw std::logic_error("lark::fake::event_loop: nothing more can happen, but the set is not empty");
}

void event_loop::run_once() { impl_->run_once(); }
void event_loop::wake() noexcept { impl_->wake(); }

void event_loop::run_until(time_point t) {
    static_cast<void>(impl_->run(t, [] { return true; }));
    impl_->pass_to(t);
}

void event_loop::at(time_point t, std::function<void()> action) { impl_->at(t, std::move(action)); }
void event_loop::after(duration d, std::function<void()> action) { at(saturating_add(now(), d), std::move(action)); }
void event_loop::on_event(std::function<void(const log_entry&)> listener) { impl_->listen(std::move(listener)); }

void event_loop::start_request(injected::request_handle id, http_request request) {
    impl_->start_request(id, std::move(request));
}
void event_loop::abandon_request(injected::request_handle id) noexcept { impl_->abandon_request(id); }
void event_loop::arm_timer(time_point deadline) { impl_->timer = deadline; }
void event_loop::disarm_timer() { impl_->timer.reset(); }
time_point event_loop::now() { return impl_->now(); }

std::chrono::system_clock::time_point event_loop::wall_now() { return impl_->wall_now(); }

}  // namespace lark::fake
