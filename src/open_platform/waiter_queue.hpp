// SPDX-License-Identifier: MIT
#pragma once

#include <lark/open_platform/api.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/secret.hpp>
#include <lark/time.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace lark::open_platform::detail {

struct token {
    token_id id{};
    secret text{};
    time_point refresh_at{};
    time_point expires_at{};
};
using token_ptr = std::shared_ptr<const token>;

/// The waiters for a token, and the answers that have not been handed out, oldest first.
class waiter_queue {
public:
    using answer = std::variant<token_ptr, std::shared_ptr<const api_failure>>;
    /// One answer to several waiters.
    struct answered {
        answer what{};
        std::vector<waiter_id> who{};
        std::size_t delivered = 0;  ///< how many of them have been answered
    };
    using prepared = std::list<answered>;  ///< an answer without waiters, or none; to add it later cannot fail

    [[nodiscard]] bool has_waiters() const noexcept { return !waiting_.empty(); }
    void wait(waiter_id who) { waiting_.push_back(who); }
    /// Answers one waiter.
    void grant(waiter_id who, const token_ptr& kept);
    /// Answers all waiters.
    void settle(prepared&& with) noexcept;
    void drop(waiter_id who);

    [[nodiscard]] bool has_answers() const noexcept { return !answers_.empty(); }
    /// True if there is an answer other than a token that has been rejected. `kept` is the one that has not.
    [[nodiscard]] bool has_valid_answer(const token_ptr& kept) const noexcept;
    /// If the next answer is a token that has been rejected, its waiters wait again. Returns whether it is.
    [[nodiscard]] bool take_back(const token_ptr& kept);
    /// The next waiter that is answered. Its answer is `last()`, until the next call.
    [[nodiscard]] std::optional<waiter_id> next();
    [[nodiscard]] const answer& last() const noexcept { return last_; }

private:
    std::vector<waiter_id> waiting_;
    prepared answers_;
    answer last_;
};

}  // namespace lark::open_platform::detail
