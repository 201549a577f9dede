// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>

/// The resources and the output of a process, counted from outside, so that the code under test is not trusted with it.
namespace lark::test {

struct held_resources {
    std::size_t descriptors = 0;
    std::size_t threads = 0;
};

[[nodiscard]] held_resources held_now();

/// Waits until there are no more than `before` of either, since a thread that was joined or has returned leaves the
/// kernel's list only a little later. Returns what is held then; more than `before` after 10 s is a leak.
[[nodiscard]] held_resources settle(const held_resources& before);

/// Waits for it, up to 10 s: a destructor leaves a thread that is late behind, which ends a little later.
[[nodiscard]] bool comes_true(const std::function<bool()>& condition);

/// By how much the resident memory of this process rises at most while the object lives.
class memory_peak {
public:
    memory_peak();
    [[nodiscard]] std::size_t growth_in_bytes() const;
    /// False under a sanitizer, whose own memory would be counted.
    [[nodiscard]] static bool meaningful() noexcept;

private:
    std::size_t before_;
};

/// Takes what this process writes to standard output and standard error for the time of its life.
class captured_output {
public:
    captured_output();
    ~captured_output();
    captured_output(const captured_output&) = delete;
    captured_output& operator=(const captured_output&) = delete;
    /// Restores both streams, and returns what was written.
    [[nodiscard]] std::string end();

private:
    void restore();
    int file_;
    int out_;
    int error_;
};

}  // namespace lark::test
