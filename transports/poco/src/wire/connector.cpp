// SPDX-License-Identifier: MIT
#include "wire/connector.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace lark::poco::detail {

addresses interleaved(const addresses& peers) {
    addresses result, others;
    for (const auto& address : peers) (address.family() == peers.front().family() ? result : others).push_back(address);
    const auto both = std::min(result.size(), others.size());
    for (std::size_t i = 0; i < both; ++i)
        result.insert(result.begin() + static_cast<std::ptrdiff_t>(2 * i + 1), others[i]);
    result.insert(result.end(), others.begin() + static_cast<std::ptrdiff_t>(both), others.end());
    return result;
}

connector::connector(const addresses& peers, stream::close_function before_close)
    : peers_{interleaved(peers)},
      before_close_{std::move(before_close)},
      failure_{transport_failure_kind::connect, "no address"} {}

connector::~connector() {
    for (auto& one : attempts_) drop(one);
    if (several_ && before_close_) before_close_();
}

io connector::advance(wire_time now, wire_time deadline) {
    io result = look_at_attempts();
    while (tried_ < peers_.size() && !out_of_descriptors_ &&
           (result == io::failed || (result == io::want_write && now >= next_at_)))
        result = begin(now, deadline);
    return result == io::want_write && several_ ? io::want_read : result;
}

/// `failed` if one has failed, or if there is none: the next one may begin.
io connector::look_at_attempts() {
    io result = attempts_.empty() ? io::failed : io::want_write;
    for (auto it = attempts_.begin(); it != attempts_.end();) {
        const io one = it->over->finish_connect();
        if (one == io::done) {
            win(*it);
            return one;
        }
        if (one == io::want_write) {
            ++it;
            continue;
        }
        failure_ = it->over->failure();
        drop(*it);
        it = attempts_.erase(it);
        result = io::failed;
    }
    return result == io::failed && tried_ == peers_.size() && !attempts_.empty() ? io::want_write : result;
}

io connector::begin(wire_time now, wire_time deadline) {
    // An address that does not answer leaves some of a short time for the others.
    const auto share = (deadline - now) / static_cast<wire_clock::rep>(peers_.size() - tried_);
    next_at_ = now + std::min<wire_clock::duration>(attempt_delay, share);
    attempt next{tried_, std::make_unique<stream>(before_close_)};
    const io result = next.over->connect(peers_[tried_]);
    if (result == io::done) {
        win(next);
        return result;
    }
    const bool no_descriptor = next.over->out_of_descriptors();
    if (result == io::failed && !(no_descriptor && !attempts_.empty())) {
        ++tried_;
        failure_ = next.over->failure();
        out_of_descriptors_ = no_descriptor;
        drop(next);
        return attempts_.empty() || tried_ < peers_.size() ? io::failed : io::want_write;
    }
    if (result == io::want_write) attempts_.push_back(std::move(next));
    if (result == io::want_write && (attempts_.size() == 1 || watch_several())) {
        ++tried_;
        return io::want_write;
    }
    // No descriptor for a second attempt: the first goes on, and this one's turn comes again.
    next_at_ = now + attempt_delay;
    if (result == io::want_write) {
        drop(attempts_.back());
        attempts_.pop_back();
    }
    return io::want_write;
}

bool connector::watch_several() {
    try {
        if (several_) {
            several_->add(attempts_.back().over->fd(), {false, true});
            return true;
        }
        auto made = std::make_unique<socket_poll>();
        for (const auto& one : attempts_) made->add(one.over->fd(), {false, true});
        several_ = std::move(made);
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

void connector::win(attempt& one) noexcept {
    winner_ = one.to;
    if (several_) several_->remove(one.over->fd());
    connected_ = std::move(one.over);
    for (auto& other : attempts_)
        if (other.over) drop(other);
    attempts_.clear();
    if (!several_) return;
    if (before_close_) before_close_();
    several_.reset();
}

void connector::drop(attempt& one) noexcept {
    if (several_) several_->remove(one.over->fd());
    one.over->close();
    one.over.reset();
}

std::unique_ptr<stream> connector::take() noexcept { return std::move(connected_); }

wire_time connector::next_at() const noexcept { return tried_ < peers_.size() ? next_at_ : wire_time::max(); }

int connector::fd() const { return several_ ? several_->fd() : attempts_.front().over->fd(); }

}  // namespace lark::poco::detail
