// SPDX-License-Identifier: MIT
// The flows of calls and of their token over one event loop: drain, perform, feed. Answers are fed before cancels, cancels
// before time, and time before requests are sent.
#include <lark/injected/async_client.hpp>

#include <lark/error_code.hpp>
#include <lark/injected/client_drain.hpp>
#include <lark/invalid_option.hpp>
#include <lark/open_platform/token_flow.hpp>

#include "async_call.hpp"
#include "client_parts.hpp"
#include "deadline_heap.hpp"
#include "fifo.hpp"
#include "first_exception.hpp"
#include "loop_timer.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <utility>

namespace lark::injected {
namespace {

using namespace open_platform;

using detail::async_call;
using detail::token_result;

constexpr std::uint32_t slot_of(const async_call& c) noexcept { return detail::call_table::slot_of(c.id); }

api_failure aborted() {
    api_failure why;
    why.kind = api_failure_kind::aborted;
    why.error = error_code::abort;
    why.message = "cancelled";
    return why;
}

/// `scheme://host[:port]`
constexpr std::string_view origin_of(std::string_view url) noexcept {
    return url.substr(0, url.find('/', url.find("://") + 3));
}

/// The callback of a call whose reply is read by `read`.
template <class Value>
async_client::api_handler reading(std::function<void(const std::variant<Value, api_failure>&)> done,
                                  std::variant<Value, api_failure> (*read)(const api_response&)) {
    if (!done) return {};
    return [done = std::move(done), read](const api_result& result) {
        if (const auto* why = std::get_if<api_failure>(&result)) done(*why);
        else done(read(std::get<api_response>(result)));
    };
}

}  // namespace

class async_client::driver {
public:
    driver(event_loop& loop, token_flow tokens, client_options options)
        : loop_(loop), options_(std::move(options)), now_(loop.now()), tokens_(std::move(tokens)) {
        timer_.emplace(loop, duration::zero());
    }
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;
    ~driver() = default;

    /// The client is being destroyed. The loop is not used after it.
    void close() noexcept {
        closed_ = true;
        const auto abandon = [this](request_handle& id) {
            if (id != request_handle{}) loop_.abandon_request(std::exchange(id, request_handle{}));
        };
        calls_.for_each([&](async_call& c) { abandon(c.in_flight); });
        abandon(token_in_flight_);
        timer_.reset();
    }

    call_id add(api_request request, api_handler done) {
        if (!done) throw registration::invalid_option{"done", "is required"};
        auto c = std::make_unique<async_call>();
        c->flow.emplace(std::move(request), options_);
        c->done = std::move(done);
        return enter(std::move(c));
    }

    call_id add(token_handler done) {
        if (!done) throw registration::invalid_option{"done", "is required"};
        auto c = std::make_unique<async_call>();
        c->has_token = std::move(done);
        return enter(std::move(c));
    }

    bool cancel(call_id id) {
        auto* c = calls_.find(id);
        if (c == nullptr || c->cancelled) return false;
        mark_cancelled(*c);
        run();
        return true;
    }

    void cancel_all() {
        calls_.for_each([this](async_call& c) {
            if (!c.cancelled) mark_cancelled(c);
        });
        run();
    }

    bool handle(request_handle id, http_result result) {
        if (closed_ || id == request_handle{}) return false;
        if (id == token_in_flight_) {
            answers_.push_back({{}, token_request_, std::move(result)});
            token_in_flight_ = {};
        } else {
            auto* c = calls_.find(id);
            if (c == nullptr) return false;
            answers_.push_back({c->id, c->request, std::move(result)});
            c->in_flight = {};
        }
        run();
        return true;
    }

    void handle_timer() {
        if (closed_) return;
        read_clock();
        timer_->expired(now_);
        time_passed_ = true;
        run();
    }

    void handle_room() {
        if (closed_) return;
        calls_held_ = false;
        if (std::exchange(token_held_, false)) tokens_changed_ = true;
        run();
    }

    [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }

private:
    /// Requests that one call of the client starts before it returns to the loop: answers and cancels must not wait for
    /// thousands of them.
    static constexpr unsigned sends_per_turn = 32;

    /// The next step after an output of a call.
    enum class then {
        goes_on,  ///< there may be another output
        waits,    ///< for a token, its turn to send, an answer, or time
        is_over,  ///< its end is known
    };
    struct answer {
        call_id to;  // 0: the token flow
        open_platform::request_id request;
        http_result result;
    };

    call_id enter(std::unique_ptr<async_call> c) {
        auto& entered = *c;
        const auto id = calls_.insert(std::move(c));
        ready_.push_back(entered);
        if (running_) return id;
        try {
            read_clock();
            arm();
        } catch (...) {
            static_cast<void>(take_out(entered));
            throw;
        }
        return id;
    }

    /// Does all work that is due, in its order. A call from inside a callback or the loop only queues its input.
    void run() {
        if (running_ || closed_) return;
        running_ = true;
        detail::first_exception thrown;
        unsigned sent = 0;
        thrown.guard([&] {
            while (!closed_ && (take_answer() || take_ready() || take_due() || take_token_output() ||
                                (sent < sends_per_turn && send_next() && ++sent > 0))) {}
        });
        running_ = false;
        if (!closed_) thrown.guard([this] { arm(); });
        strays_.rethrow();
        thrown.rethrow();
    }

    bool take_answer() {
        if (answers_.empty()) return false;
        const auto a = std::move(answers_.front());
        answers_.pop_front();
        read_clock();
        if (a.to == call_id{}) {
            guard_tokens([&] {
                tokens_changed_ = true;
                feed(tokens_, a);
                trace(tokens_, token_latest_, &a.result);
            });
        } else if (auto* c = calls_.find(a.to)) {  // it may have ended since
            guarded(*c, [&] {
                feed(*c->flow, a);
                trace(*c->flow, c->latest, &a.result);
            });
            drain(*c);
        }
        return true;
    }

    template <class Flow>
    void feed(Flow& machine, const answer& a) {
        if (const auto* response = std::get_if<http_response>(&a.result))
            machine.handle_response(a.request, now_, *response);
        else machine.handle_failure(a.request, now_, std::get<transport_failure>(a.result));
    }

    /// Calls that are new, cancelled, or have failed.
    bool take_ready() {
        auto* c = ready_.pop_front();
        if (c != nullptr) drain(*c);
        return c != nullptr;
    }

    bool take_due() {
        if (!time_passed_) return false;
        if (token_deadline_ && *token_deadline_ <= now_) {
            token_deadline_.reset();
            guard_tokens([this] {
                tokens_changed_ = true;
                tokens_.handle_time(now_);
                trace(tokens_, token_latest_, nullptr);
            });
            return true;
        }
        const auto index = deadlines_.pop_due(now_);
        time_passed_ = index.has_value();
        if (!index) return false;
        auto& c = *calls_.at(*index);
        guarded(c, [&] {
            c.flow->handle_time(now_);
            trace(*c.flow, c.latest, nullptr);
        });
        drain(c);
        return true;
    }

    bool send_next() {
        const auto* next = sends_.front();
        if (next == nullptr || calls_held_) return false;
        calls_held_ = !loop_.has_room(origin_of(next->flow->url()));  // all are for one host
        if (calls_held_) return false;
        auto* c = sends_.pop_front();
        c->in_flight = calls_.new_request_handle(*c);
        guarded(*c, [&] {
            read_clock();
            const auto output = c->flow->poll_output(now_);
            const auto& request = std::get<send_call>(output);  // `wants_to_send` said so
            c->request = request.request_id;
            c->latest.sent_at = now_;
            loop_.start_request(c->in_flight, to_http_request(request));
        });
        if (c->in_flight == request_handle{}) {  // answered from within: that is taken first, and counts
            c->thrown.reset();
            return true;
        }
        if (c->thrown) c->in_flight = {};  // it was not started
        drain(*c);
        return true;
    }

    template <class Flow>
    void trace(const Flow& machine, traced_request& latest, const http_result* result) {
        if (!options_.on_trace) return;
        if (const auto event = take_trace(machine, latest, now_, result)) options_.on_trace(*event);
    }

    // --- a call ---------------------------------------------------------------------------------------------------------

    /// An exception in the course of one call ends that one.
    template <class Function>
    void guarded(async_call& c, Function&& function) noexcept {
        try {
            function();
        } catch (...) {
            c.thrown = failure_of(std::current_exception(), c);
        }
    }

    [[nodiscard]] api_failure failure_of(const std::exception_ptr& thrown, const async_call& c) noexcept {
        try {
            return failure_of_exception(detail::text_of_transport_exception(thrown), tokens_,
                                        c.flow ? &*c.flow : nullptr);
        } catch (const std::bad_alloc&) {  // these texts need no memory
            api_failure why;
            why.kind = api_failure_kind::no_reply;
            why.error = error_code::network_error;
            why.message = "out of memory";
            return why;
        }
    }

    /// Performs the outputs of a call until it waits. It may have been destroyed on return.
    void drain(async_call& c) {
        if (closed_) return;
        c.unlink();
        deadlines_.clear(slot_of(c));
        auto next = then::goes_on;
        while (next == then::goes_on) guarded(c, [&] { next = c.flow ? step(c, *c.flow) : step_to_token(c); });
        if (next == then::is_over) finish(c);
    }

    then step(async_call& c, call_flow& machine) {
        if (c.cancelled || c.thrown) machine.cancel();
        if (machine.wants_to_send()) {
            sends_.push_back(c);
            return then::waits;
        }
        return std::visit([&](const auto& output) { return perform(c, output); }, machine.poll_output(now_));
    }

    then step_to_token(async_call& c) {
        if (c.cancelled && !c.token) c.token = aborted();
        if (c.token || c.thrown) return then::is_over;
        return perform(c, need_token{});
    }

    then perform(async_call&, const reject_token& bad) {
        tokens_changed_ = true;
        tokens_.reject(bad.id);
        return then::goes_on;
    }

    then perform(async_call& c, const need_token&) {
        if (c.waiter != waiter_id{}) return then::waits;
        tokens_changed_ = true;
        c.waiter = tokens_.ask(now_);
        waiting_.emplace(c.waiter, c.id);
        return then::waits;
    }

    then perform(async_call& c, const abandon_request&) {
        if (c.in_flight != request_handle{}) loop_.abandon_request(std::exchange(c.in_flight, request_handle{}));
        return then::goes_on;
    }

    then perform(async_call&, const send_call&) { return then::goes_on; }  // comes from `send_next` alone

    then perform(async_call& c, const wait_until& wait) {
        deadlines_.set(slot_of(c), wait.deadline);
        return then::waits;
    }

    then perform(async_call&, const finished&) { return then::is_over; }

    /// The call is not known any more when its callback runs.
    void finish(async_call& c) {
        const auto last = take_out(c);
        strays_.guard([&] {
            if (last->flow) last->done(last->thrown ? api_result{std::move(*last->thrown)} : *last->flow->result());
            else last->has_token(last->thrown ? token_result{std::move(*last->thrown)} : *last->token);
        });
    }

    [[nodiscard]] std::unique_ptr<async_call> take_out(async_call& c) noexcept {
        c.unlink();
        deadlines_.clear(slot_of(c));
        leave_tokens(c);
        return calls_.remove(c);
    }

    void mark_cancelled(async_call& c) noexcept {
        c.cancelled = true;
        c.unlink();
        ready_.push_back(c);
    }

    // --- the token ------------------------------------------------------------------------------------------------------

    void leave_tokens(async_call& c) noexcept {
        if (c.waiter == waiter_id{}) return;
        tokens_changed_ = true;
        tokens_.drop(c.waiter);
        waiting_.erase(std::exchange(c.waiter, waiter_id{}));
    }

    /// An exception ends the calls that wait for the token.
    template <class Function>
    void guard_tokens(Function&& function) noexcept {
        try {
            function();
        } catch (...) {
            calls_.for_each([this, thrown = std::current_exception()](async_call& c) {
                if (c.waiter == waiter_id{}) return;
                c.thrown = failure_of(thrown, c);
                c.unlink();
                ready_.push_back(c);
            });
        }
    }

    bool take_token_output() {
        if (!tokens_changed_) return false;
        if (tokens_.wants_to_send()) {
            token_held_ = token_held_ || !loop_.has_room(origin_of(tokens_.url()));
            if (token_held_) {
                tokens_changed_ = false;
                token_deadline_.reset();
                return true;
            }
        }
        guard_tokens([this] {
            read_clock();
            std::visit([this](const auto& output) { perform(output); }, tokens_.poll_output(now_));
        });
        return true;
    }

    void perform(const token_granted& granted) {
        answer_waiter(granted.who, [&](async_call& c) {
            if (c.flow) c.flow->handle_token(now_, granted);
            else c.token = secret{granted.token};
        });
    }

    void perform(const token_refused& refused) {
        answer_waiter(refused.who, [&](async_call& c) {
            if (c.flow) c.flow->handle_no_token(now_, *refused.why);
            else c.token = *refused.why;
        });
    }

    template <class Function>
    void answer_waiter(waiter_id who, Function&& pass_on) {
        const auto found = waiting_.find(who);
        if (found == waiting_.end()) return;
        auto& c = *calls_.find(found->second);
        waiting_.erase(found);
        c.waiter = {};
        guarded(c, [&] { pass_on(c); });
        drain(c);
    }

    void perform(const abandon_request&) {
        if (token_in_flight_ != request_handle{})
            loop_.abandon_request(std::exchange(token_in_flight_, request_handle{}));
    }

    void perform(const need_assertion& need) {
        const auto id = need.request_id;
        try {
            auto made = detail::ask_provider(options_, need.audience);
            if (closed_) return;
            read_clock();
            detail::feed(tokens_, id, now_, std::move(made));
        } catch (...) {
            tokens_.handle_interrupted(id, now_);
            throw;
        }
    }

    void perform(const send_token_request& request) {
        token_request_ = request.request_id;
        token_in_flight_ = request_handle{++token_requests_ << 32 | not_a_slot};
        token_latest_.sent_at = now_;
        try {
            loop_.start_request(token_in_flight_, to_http_request(request));
        } catch (...) {
            if (token_in_flight_ == request_handle{}) return;  // it was answered from within: that counts
            token_in_flight_ = {};
            tokens_.handle_interrupted(token_request_, now_);
            throw;
        }
    }

    void perform(const wait_until& wait) {
        token_deadline_ = wait.deadline;
        tokens_changed_ = false;
    }

    void perform(const idle&) {
        token_deadline_.reset();
        tokens_changed_ = false;
    }

    // --- the loop -------------------------------------------------------------------------------------------------------

    void read_clock() { now_ = std::max(now_, loop_.now()); }

    /// The timer expires at once if there is more to do and the call has to return to the loop first.
    void arm() {
        if (!ready_.empty() || (!sends_.empty() && !calls_held_)) return timer_->set_at_once(now_);
        auto next = deadlines_.earliest();
        if (token_deadline_) next = next ? std::min(*next, *token_deadline_) : *token_deadline_;
        timer_->set_for(next);
    }

    static constexpr std::uint32_t not_a_slot = ~std::uint32_t{};  // in handles of requests for a token

    event_loop& loop_;
    client_options options_;
    time_point now_;  // the latest seen
    token_flow tokens_;
    bool tokens_changed_ = false;  // it may have an output
    bool token_held_ = false;      // the loop has no room for its request
    std::optional<time_point> token_deadline_;
    request_handle token_in_flight_{};  // 0: none
    open_platform::request_id token_request_{};
    traced_request token_latest_{};
    std::uint64_t token_requests_ = 0;
    detail::call_table calls_;
    std::map<waiter_id, call_id> waiting_;
    detail::fifo<async_call> ready_;
    detail::fifo<async_call> sends_;
    bool calls_held_ = false;  // the loop has no room for them
    detail::deadline_heap deadlines_;
    std::optional<detail::loop_timer> timer_;
    std::deque<answer> answers_;
    bool time_passed_ = false;
    bool running_ = false;
    bool closed_ = false;
    detail::first_exception strays_;  // of callbacks
};

async_client::async_client(event_loop& loop, const registration::app& app, client_options options)
    : async_client(loop, app.client_id, app.client_secret, detail::with_domain(std::move(options), app)) {}

async_client::async_client(event_loop& loop, const std::string& app_id, secret app_secret, client_options options)
    : loop_(loop) {
    token_flow tokens{app_id, std::move(app_secret), options};
    driver_ = std::make_shared<driver>(loop, std::move(tokens), std::move(options));
    loop.attach(*this);
}

async_client::~async_client() {
    driver_->close();
    loop_.detach(*this);
}

call_id async_client::request(api_request request, api_handler done) {
    return driver_->add(std::move(request), std::move(done));
}

call_id async_client::tenant_access_token(token_handler done) { return driver_->add(std::move(done)); }

call_id async_client::bot_info(bot_info_handler done) {
    return request(bot_info_request(), reading(std::move(done), read_bot_info));
}

call_id async_client::granted_scopes(scopes_handler done) {
    return request(granted_scopes_request(), reading(std::move(done), read_granted_scopes));
}

// Each holds the driver while it runs: a callback may destroy the client.

bool async_client::cancel(call_id id) {
    const auto held = driver_;
    return held->cancel(id);
}

void async_client::cancel_all() {
    const auto held = driver_;
    held->cancel_all();
}

bool async_client::handle_response(request_handle id, http_response response) {
    const auto held = driver_;
    return held->handle(id, std::move(response));
}

bool async_client::handle_failure(request_handle id, transport_failure failure) {
    const auto held = driver_;
    return held->handle(id, std::move(failure));
}

void async_client::handle_timer() {
    const auto held = driver_;
    held->handle_timer();
}

void async_client::handle_room() {
    const auto held = driver_;
    held->handle_room();
}

std::size_t async_client::size() const noexcept { return driver_->size(); }

}  // namespace lark::injected
