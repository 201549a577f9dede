#pragma once

#include <cstddef>

/// The program's `operator new`, counted. For benchmarks on one thread.
namespace lark::bench {

struct heap_use {
    std::size_t allocations = 0;  ///< since the start
    std::size_t bytes = 0;        ///< held now, as malloc counts them
};

[[nodiscard]] heap_use heap() noexcept;

}  // namespace lark::bench
