// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/client.hpp>

#include <lark/open_platform/call_flow.hpp>
#include <lark/open_platform/token_flow.hpp>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <variant>

namespace lark::injected {

/// The flows over a transport: performs their outputs and feeds them; makes no decision.
///
/// All calls share the token flow, under one mutex. The thread that drains a request or a sleep from it performs that
/// itself, with its own stop token and without the mutex; the other threads wait for it. If it is stopped, one of them
/// takes over.
class client::session {
public:
    session(open_platform::token_flow tokens, std::shared_ptr<http_client> http, open_platform::client_options options);

    /// The options are those that the client was made with. Throws `registration::invalid_option`.
    [[nodiscard]] open_platform::call_flow make_call(open_platform::api_request request) const;

    /// An exception of the transport is returned as a failure, its text without secrets.
    [[nodiscard]] open_platform::api_result run_without_exceptions(open_platform::call_flow call,
                                                                   const std::stop_token& stop);
    [[nodiscard]] open_platform::api_response run_or_throw(open_platform::call_flow call, const std::stop_token& stop);
    [[nodiscard]] open_platform::bot_info bot_info(const std::stop_token& stop);
    [[nodiscard]] registration::addon_groups granted_scopes(const std::stop_token& stop);
    [[nodiscard]] secret token_or_throw(const std::stop_token& stop);

private:
    struct token {
        open_platform::token_id id{};
        secret text{};
        time_point expires_at{};
    };
    struct stopped {};
    using token_answer = std::variant<token, open_platform::api_failure, stopped>;
    class token_waiter;
    class unlocked_section;
    using lock = std::unique_lock<std::mutex>;

    [[nodiscard]] token_answer obtain_token(const std::stop_token& stop);
    template <class Answer>
    void end_wait(open_platform::waiter_id who, Answer answer);
    void sign(const open_platform::need_assertion& need, lock& held);
    void send(open_platform::send_token_request request, lock& held, const std::stop_token& stop);
    void sleep(time_point deadline, lock& held, const std::stop_token& stop);
    void drive(open_platform::call_flow& call, const std::stop_token& stop);
    template <class Flow>
    void trace(const Flow& of, open_platform::request_id id, time_point sent_at, time_point now,
               const http_result& result, lock* held);
    void step(open_platform::call_flow& call, const open_platform::call_output& output, const std::stop_token& stop);

    std::shared_ptr<http_client> http_;
    open_platform::client_options options_;
    std::mutex mutex_;  // guards all members below
    std::condition_variable_any changed_;
    open_platform::token_flow tokens_;
    std::map<open_platform::waiter_id, std::optional<token_answer>> token_waiters_;  // of the waiting calls
    bool performed_ = false;  // a request or a sleep of the token flow is under way on some thread
};

}  // namespace lark::injected
