// SPDX-License-Identifier: MIT
#include "client_session.hpp"

#include <lark/injected/client_drain.hpp>

#include "client_parts.hpp"
#include "sleep.hpp"

#include <exception>
#include <string>
#include <utility>

namespace lark::injected {

using namespace open_platform;

namespace {

template <class Value>
Value read_or_throw(std::variant<Value, api_failure> reply) {
    if (auto* why = std::get_if<api_failure>(&reply)) throw api_error{std::move(*why)};
    return std::get<Value>(std::move(reply));
}

}  // namespace

/// A call that waits for a token; leaves the token flow when it ends, also by an exception.
class client::session::token_waiter {
public:
    token_waiter(session& where, time_point now) : session_(where), who_(where.tokens_.ask(now)) {
        try {
            session_.token_waiters_.emplace(who_, std::nullopt);
        } catch (...) {  // out of memory: the answer could not be stored
            session_.tokens_.drop(who_);
            throw;
        }
    }
    token_waiter(const token_waiter&) = delete;
    token_waiter& operator=(const token_waiter&) = delete;
    ~token_waiter() {
        session_.token_waiters_.erase(who_);
        session_.tokens_.drop(who_);
        session_.changed_.notify_all();  // another call may have to take over
    }

    [[nodiscard]] bool answered() const { return session_.token_waiters_.at(who_).has_value(); }
    [[nodiscard]] token_answer take() { return std::move(*session_.token_waiters_.at(who_)); }

private:
    session& session_;
    open_platform::waiter_id who_;
};

/// Something done for the token flow without the mutex, which is held again afterwards, even after an exception.
class client::session::unlocked_section {
public:
    unlocked_section(session& where, lock& held) : session_(where), held_(held) {
        session_.performed_ = true;
        held_.unlock();
    }
    unlocked_section(const unlocked_section&) = delete;
    unlocked_section& operator=(const unlocked_section&) = delete;
    ~unlocked_section() { end(); }

    void end() {
        if (held_.owns_lock()) return;
        held_.lock();
        session_.performed_ = false;
        session_.changed_.notify_all();
    }

private:
    session& session_;
    lock& held_;
};

client::session::session(token_flow tokens, std::shared_ptr<http_client> http, client_options options)
    : http_(std::move(http)), options_(std::move(options)), tokens_(std::move(tokens)) {}

call_flow client::session::make_call(api_request request) const { return call_flow{std::move(request), options_}; }

// --- the token: shared -----------------------------------------------------------------------------------------------

client::session::token_answer client::session::obtain_token(const std::stop_token& stop) {
    lock held{mutex_};
    token_waiter mine{*this, http_->now()};
    while (!mine.answered()) {
        const auto output = tokens_.poll_output(http_->now());
        if (const auto* granted = std::get_if<token_granted>(&output)) {
            end_wait(granted->who, [&] { return token{granted->id, secret{granted->token}, granted->expires_at}; });
        } else if (const auto* refused = std::get_if<token_refused>(&output)) {
            end_wait(refused->who, [&] { return *refused->why; });
        } else if (const auto* need = std::get_if<need_assertion>(&output)) {
            sign(*need, held);
        } else if (const auto* request = std::get_if<send_token_request>(&output)) {
            if (!stop.stop_requested()) {
                send(*request, held, stop);
            } else {  // another call sends it
                tokens_.handle_interrupted(request->request_id, http_->now());
                return stopped{};
            }
        } else if (stop.stop_requested()) {
            return stopped{};
        } else if (const auto* wait = std::get_if<wait_until>(&output)) {
            if (performed_) changed_.wait(held, stop, [&] { return mine.answered() || !performed_; });
            else sleep(wait->deadline, held, stop);
        }  // an abandoned request has ended: a blocking client has returned
    }
    return mine.take();
}

template <class Answer>
void client::session::end_wait(waiter_id who, Answer answer) {
    const auto found = token_waiters_.find(who);
    if (found == token_waiters_.end()) return;
    try {
        found->second = answer();
    } catch (const std::bad_alloc&) {  // the call may be another thread's, which would wait for ever
        found->second = detail::out_of_memory();
    }
    changed_.notify_all();
}

void client::session::sign(const need_assertion& need, lock& held) {
    const auto id = need.request_id;
    try {
        const std::string audience{need.audience};
        detail::assertion answer;
        {
            unlocked_section now{*this, held};
            answer = detail::ask_provider(options_, audience);
        }
        detail::feed(tokens_, id, http_->now(), std::move(answer));
    } catch (...) {  // this call throws the exception; an assertion is needed again for the others
        tokens_.handle_interrupted(id, http_->now());
        throw;
    }
}

void client::session::send(send_token_request request, lock& held, const std::stop_token& stop) {
    const auto id = request.request_id;
    const auto sent_at = http_->now();
    std::optional<http_result> result;
    auto now = sent_at;
    try {
        const auto owned = to_http_request(request);
        {
            unlocked_section without_the_mutex{*this, held};
            result = http_->send(owned, stop);
        }
        now = http_->now();
        if (const auto* response = std::get_if<http_response>(&*result)) {
            tokens_.handle_response(id, now, *response);
        } else if (stop.stop_requested()) {
            tokens_.handle_interrupted(id, now);
        } else {
            tokens_.handle_failure(id, now, std::get<transport_failure>(*result));
        }
    } catch (...) {  // this call throws the exception; the request is due again for the others
        tokens_.handle_interrupted(id, http_->now());
        throw;
    }
    trace(tokens_, id, sent_at, now, *result, &held);
}

/// Reports the exchange of request `id` of a flow, if it has ended. Releases the mutex during the call, if it is
/// `held`.
template <class Flow>
void client::session::trace(const Flow& of, request_id id, time_point sent_at, time_point now,
                            const http_result& result, lock* held) {
    if (!options_.on_trace || of.last_exchange_id() != id) return;
    traced_request sent{{}, sent_at};
    const auto event = take_trace(of, sent, now, &result);
    std::optional<unlocked_section> without_the_mutex;
    if (held != nullptr) without_the_mutex.emplace(*this, *held);
    options_.on_trace(*event);
}

void client::session::sleep(time_point deadline, lock& held, const std::stop_token& stop) {
    auto now = deadline;
    {
        unlocked_section without_the_mutex{*this, held};
        now = detail::sleep_until(*http_, deadline, stop);
    }
    if (!stop.stop_requested()) tokens_.handle_time(now);
}

secret client::session::token_or_throw(const std::stop_token& stop) {
    auto answer = obtain_token(stop);
    if (auto* good = std::get_if<token>(&answer)) return std::move(good->text);
    if (auto* why = std::get_if<api_failure>(&answer)) throw api_error{std::move(*why)};
    throw api_error{detail::aborted()};
}

// --- a call: on its caller's thread alone ----------------------------------------------------------------------------

api_result client::session::run_without_exceptions(call_flow call, const std::stop_token& stop) {
    try {
        drive(call, stop);
        return *call.result();
    } catch (...) {  // the callback gets every end
        const lock held{mutex_};
        return detail::failure_of(std::current_exception(), tokens_, &call);
    }
}

void client::session::drive(call_flow& call, const std::stop_token& stop) {
    while (call.result() == nullptr) {
        if (stop.stop_requested()) call.cancel();
        step(call, call.poll_output(http_->now()), stop);
    }
    // The last output may be the rejection of the token, which concerns the other calls.
    step(call, call.poll_output(http_->now()), stop);
}

void client::session::step(call_flow& call, const call_output& output, const std::stop_token& stop) {
    if (const auto* bad = std::get_if<reject_token>(&output)) {
        const lock held{mutex_};
        tokens_.reject(bad->id);
    } else if (std::holds_alternative<need_token>(output)) {
        const auto answer = obtain_token(stop);
        if (const auto* good = std::get_if<token>(&answer))
            call.handle_token(http_->now(), {{}, good->id, good->text.reveal(), good->expires_at});
        else if (const auto* why = std::get_if<api_failure>(&answer)) call.handle_no_token(http_->now(), *why);
    } else if (const auto* request = std::get_if<send_call>(&output)) {
        const auto id = request->request_id;
        const auto sent_at = http_->now();
        const auto result = http_->send(to_http_request(*request), stop);
        // Feed answers before a stop.
        const auto now = http_->now();
        if (const auto* response = std::get_if<http_response>(&result)) call.handle_response(id, now, *response);
        else if (!stop.stop_requested()) call.handle_failure(id, now, std::get<transport_failure>(result));
        trace(call, id, sent_at, now, result, nullptr);
    } else if (const auto* wait = std::get_if<wait_until>(&output)) {
        const auto now = detail::sleep_until(*http_, wait->deadline, stop);
        if (!stop.stop_requested()) call.handle_time(now);
    }
}

api_response client::session::run_or_throw(call_flow call, const std::stop_token& stop) {
    drive(call, stop);
    return value_or_throw(*call.result());
}

bot_info client::session::bot_info(const std::stop_token& stop) {
    return read_or_throw(read_bot_info(run_or_throw(make_call(bot_info_request()), stop)));
}

registration::addon_groups client::session::granted_scopes(const std::stop_token& stop) {
    return read_or_throw(read_granted_scopes(run_or_throw(make_call(granted_scopes_request()), stop)));
}

}  // namespace lark::injected
