// SPDX-License-Identifier: MIT
#pragma once

#include "table.hpp"
#include "waiting.hpp"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

/// The rows that this process has in hand. A thread renews their leases each time a third of one has passed.
class leases {
public:
    leases(const seal& s, std::chrono::seconds length)
        : length_(length), renewing_([this, &s](const std::stop_token& stop) { renew(s, stop); }) {}

    [[nodiscard]] std::chrono::seconds length() const noexcept { return length_; }

    /// Holds one row for as long as it lives.
    class held {
    public:
        held(leases& all, const claim& row) : all_(all), row_(row) {
            const std::lock_guard lock{all_.mutex_};
            all_.rows_[row_.id] = row_.fence;
        }
        ~held() {
            const std::lock_guard lock{all_.mutex_};
            all_.rows_.erase(row_.id);
        }
        held(const held&) = delete;
        held& operator=(const held&) = delete;

    private:
        leases& all_;
        const claim& row_;
    };

private:
    void renew(const seal& s, const std::stop_token& stop) {
        table table{s, [&] { return !stop.stop_requested(); }};
        while (pause(stop, std::chrono::milliseconds{length_} / 3)) {
            std::unique_lock lock{mutex_};
            const auto in_hand = rows_;
            lock.unlock();
            try {
                for (const auto& [id, fence] : in_hand) table.renew({id, fence}, length_);
            } catch (const std::exception& e) {
                std::clog << std::string{e.what()} + '\n';
            }
        }
    }

    const std::chrono::seconds length_;
    std::mutex mutex_;
    std::map<std::string, std::int64_t> rows_;  // id, fence
    std::jthread renewing_;                     // last: it uses the others
};
