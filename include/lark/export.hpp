// SPDX-License-Identifier: MIT
#pragma once

#if (defined(_MSVC_LANG) && _MSVC_LANG < 202002L) || (!defined(_MSVC_LANG) && __cplusplus < 202002L)
#error "lark-registration needs C++20: compile with -std=c++20 (MSVC: /std:c++20) or a later standard"
#endif

/// Marks what the shared libraries export. Everything else is hidden (`-fvisibility=hidden`), so that internals
/// neither clash with the user's symbols nor become part of the ABI. It stands where both spellings are allowed:
/// between `class` and the name, or first in a declaration, after `[[…]]`.
///
/// A DLL marks its own symbols when it is built, with LARK_BUILDING defined. Its users may define LARK_DLL: functions
/// link without it, by one jump more.
#if defined(_WIN32) || defined(__CYGWIN__)
#if defined(LARK_BUILDING)
#define LARK_EXPORT __declspec(dllexport)
#elif defined(LARK_DLL)
#define LARK_EXPORT __declspec(dllimport)
#else
#define LARK_EXPORT
#endif
#elif defined(__GNUC__)
#define LARK_EXPORT __attribute__((visibility("default")))
#else
#define LARK_EXPORT
#endif

/// Marks what a later version removes; the text names the version and the replacement. LARK_NO_DEPRECATION_WARNINGS,
/// defined before the first header, silences it. stability.md says how long a deprecated name stays.
#if defined(LARK_NO_DEPRECATION_WARNINGS)
#define LARK_DEPRECATED(text)
#else
#define LARK_DEPRECATED(text) [[deprecated(text)]]
#endif
