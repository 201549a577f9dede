// SPDX-License-Identifier: MIT
#pragma once

/// The active sanitizers. GCC says so by macros, clang by features.
namespace lark::test {

#ifdef __has_feature
#define LARK_TEST_HAS(feature) __has_feature(feature)
#else
#define LARK_TEST_HAS(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || LARK_TEST_HAS(address_sanitizer) || \
    LARK_TEST_HAS(thread_sanitizer)
inline constexpr bool is_sanitized = true;
#else
/// Everything is several times as slow, and takes more memory and stack.
inline constexpr bool is_sanitized = false;
#endif

#if LARK_TEST_HAS(undefined_behavior_sanitizer)
inline constexpr bool can_do_without_descriptors = false;
#else
/// UndefinedBehaviorSanitizer looks at an object's type through a pipe; without descriptors it takes every one for
/// broken.
inline constexpr bool can_do_without_descriptors = true;
#endif

#if defined(__SANITIZE_THREAD__) || LARK_TEST_HAS(thread_sanitizer)
#define LARK_TEST_KEEPS_OPERATOR_NEW
inline constexpr bool can_start_threads_after_fork = false;
inline constexpr bool can_replace_operator_new = false;
#else
/// ThreadSanitizer ends a child that does.
inline constexpr bool can_start_threads_after_fork = true;
/// ThreadSanitizer's runtime brings its own.
inline constexpr bool can_replace_operator_new = true;
#endif

#undef LARK_TEST_HAS

}  // namespace lark::test
