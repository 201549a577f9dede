// SPDX-License-Identifier: MIT
#pragma once

#include "support/sanitizers.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>

/// Replaces the executable's `operator new`: include it in one source. Not under ThreadSanitizer, whose runtime brings
/// its own.
namespace lark::test {

/// Holds up the nth allocation of a size on any thread but that of the test, until `pass`.
class held_allocation {
public:
    held_allocation(std::size_t size, int nth) : size_{size}, left_{nth} {
        const std::lock_guard lock{mutex};
        current = this;
    }
    ~held_allocation() {
        pass();
        const std::lock_guard lock{mutex};
        current = nullptr;
    }
    held_allocation(const held_allocation&) = delete;
    held_allocation& operator=(const held_allocation&) = delete;

    /// Until an allocation is held up, or has passed already.
    void wait() {
        std::unique_lock lock{mutex};
        changed.wait(lock, [this] { return holds_ || passed_; });
    }
    void pass() {
        {
            const std::lock_guard lock{mutex};
            passed_ = true;
        }
        changed.notify_all();
    }

    static void allocated(std::size_t size) {
        std::unique_lock lock{mutex};
        auto* const now = current;
        if (now == nullptr || now->passed_ || size != now->size_ || std::this_thread::get_id() == now->test_) return;
        if (--now->left_ != 0) return;
        now->holds_ = true;
        changed.notify_all();
        changed.wait(lock, [now] { return current != now || now->passed_; });
    }

private:
    inline static std::mutex mutex;
    inline static std::condition_variable changed;
    inline static held_allocation* current = nullptr;

    const std::size_t size_;
    int left_;
    const std::thread::id test_ = std::this_thread::get_id();
    bool holds_ = false;
    bool passed_ = false;
};

}  // namespace lark::test

#ifndef LARK_TEST_KEEPS_OPERATOR_NEW
void* operator new(std::size_t size) {
    lark::test::held_allocation::allocated(size);
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif
