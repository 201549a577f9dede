// SPDX-License-Identifier: MIT
// The effect of each input on a flow. Every function reads the flow and returns the change; none changes anything.
#pragma once

#include "registration/flow_change.hpp"
#include "registration/reply.hpp"
#include "registration/request_error.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lark::registration::detail {

// The inputs.
[[nodiscard]] change on_response(const flow_state& f, const http_response& response);
[[nodiscard]] change on_failure(const flow_state& f, const transport_failure& failure);
[[nodiscard]] change on_request_timeout(const flow_state& f);
[[nodiscard]] change on_wait_over(const flow_state& f);

// The replies to polls, and their failures: poll_rules.cpp.
[[nodiscard]] change on_poll_reply(const flow_state& f, reply& said, int status, std::chrono::seconds retry_after);
[[nodiscard]] change on_poll_error(const flow_state& f, const request_error& what, std::chrono::seconds retry_after,
                                   bool on_kept_connection);
/// The facts about the user, those of a reply included. Null if it adds nothing.
[[nodiscard]] std::shared_ptr<const user_info> merged_user(const flow_state& f, const std::optional<user_info>& later);
/// Polls again after `wait` for this reason, or after `retry_after` if that is longer, but no later than
/// `last_poll_at`. After the last poll the flow waits to expire.
void schedule_poll(const flow_state& f, change& c, std::chrono::seconds wait, wait_reason reason,
                   std::chrono::seconds retry_after);
/// An interval with its margin, in whole seconds.
[[nodiscard]] std::chrono::seconds polling_wait(const flow_state& f, std::chrono::seconds interval);

// Ends.
[[nodiscard]] change unchanged(const flow_state& f);
[[nodiscard]] change end_with(const flow_state& f, failure_kind kind, std::string_view code, std::string description);
[[nodiscard]] change end_with_service_error(const flow_state& f, reply& said);
/// Turns a change into local expiry.
void expire(const flow_state& f, change& c);
/// Turns a change into the end at the caller's limit.
void give_up(const flow_state& f, change& c);

/// `text` without what the flow, or the reply that holds the text, must keep secret (protocol.md, section 7).
[[nodiscard]] std::string without_secrets(const flow_state& f, std::string_view text, const reply* said = nullptr);

}  // namespace lark::registration::detail
