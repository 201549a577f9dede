// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <utility>

namespace lark::injected::detail {

/// Work that is done in any case; of the exceptions in it, the first comes out in the end.
class first_exception {
public:
    template <class Function>
    void guard(Function&& function) noexcept {
        try {
            function();
        } catch (...) {  // of any type: it is passed on
            if (!kept_) kept_ = std::current_exception();
        }
    }

    /// Nothing is kept after it.
    void rethrow() {
        if (kept_) std::rethrow_exception(std::exchange(kept_, nullptr));
    }

private:
    std::exception_ptr kept_;
};

}  // namespace lark::injected::detail
