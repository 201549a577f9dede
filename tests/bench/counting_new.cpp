// SPDX-License-Identifier: MIT
#include "counting_new.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {

std::size_t count = 0;

}  // namespace

void* operator new(std::size_t size) {
    void* p = std::malloc(size == 0 ? 1 : size);
    if (p == nullptr) throw std::bad_alloc{};
    ++count;
    return p;
}

void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

std::size_t lark::bench::allocations() noexcept { return count; }

std::size_t lark::bench::heap_bytes() noexcept {
    const auto use = mallinfo2();
    return use.uordblks + use.hblkhd;
}
