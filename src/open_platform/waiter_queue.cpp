// SPDX-License-Identifier: MIT
#include "open_platform/waiter_queue.hpp"

#include <algorithm>
#include <utility>

namespace lark::open_platform::detail {
namespace {

bool is_rejected(const waiter_queue::answered& a, const token_ptr& kept) noexcept {
    const auto* granted = std::get_if<token_ptr>(&a.what);
    return granted != nullptr && *granted != kept;
}

auto first_undelivered(auto& a) noexcept { return a.who.begin() + static_cast<std::ptrdiff_t>(a.delivered); }

}  // namespace

void waiter_queue::grant(waiter_id who, const token_ptr& kept) {
    if (!answers_.empty() && answers_.back().what == answer{kept}) answers_.back().who.push_back(who);
    else answers_.push_back({.what = kept, .who = {who}});
}

void waiter_queue::settle(prepared&& with) noexcept {
    if (with.empty()) return;
    with.front().who = std::exchange(waiting_, {});
    answers_.splice(answers_.end(), with);
}

void waiter_queue::drop(waiter_id who) {
    std::erase(waiting_, who);
    for (auto& a : answers_) a.who.erase(std::remove(first_undelivered(a), a.who.end(), who), a.who.end());
    std::erase_if(answers_, [](const answered& a) { return a.delivered == a.who.size(); });
}

bool waiter_queue::has_valid_answer(const token_ptr& kept) const noexcept {
    return std::any_of(answers_.begin(), answers_.end(), [&](const answered& a) { return !is_rejected(a, kept); });
}

bool waiter_queue::take_back(const token_ptr& kept) {
    if (answers_.empty() || !is_rejected(answers_.front(), kept)) return false;
    const auto& next = answers_.front();
    waiting_.insert(waiting_.end(), first_undelivered(next), next.who.end());
    answers_.pop_front();
    return true;
}

std::optional<waiter_id> waiter_queue::next() {
    if (answers_.empty()) return {};
    auto& front = answers_.front();
    const auto who = front.who[front.delivered++];
    last_ = front.what;
    if (front.delivered == front.who.size()) answers_.pop_front();
    return who;
}

}  // namespace lark::open_platform::detail
