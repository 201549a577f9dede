#include "counting_new.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {

std::size_t allocations = 0;
std::size_t bytes = 0;

// What malloc keeps beside each block that it hands out.
constexpr std::size_t header = sizeof(std::size_t);

}  // namespace

void* operator new(std::size_t size) {
    void* p = std::malloc(size == 0 ? 1 : size);
    if (p == nullptr) throw std::bad_alloc{};
    ++allocations;
    bytes += malloc_usable_size(p) + header;
    return p;
}

void operator delete(void* p) noexcept {
    if (p != nullptr) bytes -= malloc_usable_size(p) + header;
    std::free(p);
}

void operator delete(void* p, std::size_t) noexcept { operator delete(p); }

lark::bench::heap_use lark::bench::heap() noexcept { return {allocations, bytes}; }
