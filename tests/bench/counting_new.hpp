// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

/// The program's `operator new`, counted. For benchmarks on one thread.
namespace lark::bench {

/// Since the start.
[[nodiscard]] std::size_t allocations() noexcept;

/// Bytes held now, as malloc counts them. Counting costs a little, so it is done by `mallinfo2`, on demand.
[[nodiscard]] std::size_t heap_bytes() noexcept;

}  // namespace lark::bench
