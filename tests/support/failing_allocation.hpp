// SPDX-License-Identifier: MIT
#pragma once

#include "sanitizers.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>

/// Replaces the executable's `operator new`: include it in one source. Not under ThreadSanitizer, whose runtime brings
/// its own: no allocation fails then.
namespace lark::test {

/// One allocation of this thread fails, the n-th from now on, counted from 0. Other threads allocate as they like.
class failing_allocation {
public:
    explicit failing_allocation(long n) { left() = n; }
    ~failing_allocation() { left().reset(); }
    failing_allocation(const failing_allocation&) = delete;
    failing_allocation& operator=(const failing_allocation&) = delete;
    [[nodiscard]] bool has_failed() const { return *left() < 0; }

    /// From now on none of this thread succeeds.
    static void use_up_memory() { used_up() = true; }

    [[nodiscard]] static void* allocate(std::size_t size) {
        if (used_up() || (left() && (*left())-- == 0)) throw std::bad_alloc{};
        if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
        throw std::bad_alloc{};
    }

private:
    static std::optional<long>& left() {
        thread_local std::optional<long> until_failure;
        return until_failure;
    }
    static bool& used_up() {
        thread_local bool all_fail = false;
        return all_fail;
    }
};

/// Calls `attempt` with the first allocation to fail, the second, and so on, until it says that none has failed.
template <class Attempt>
void for_every_allocation(Attempt attempt) {
    bool failed = true;
    for (long n = 0; failed; ++n) {
        BOOST_TEST_CONTEXT("allocation " << n) { failed = attempt(n); }
        if (!failed && can_replace_operator_new) BOOST_TEST(n > 0, "nothing was allocated");
    }
}

}  // namespace lark::test

#ifndef LARK_TEST_KEEPS_OPERATOR_NEW
void* operator new(std::size_t size) { return lark::test::failing_allocation::allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif
