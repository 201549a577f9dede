#pragma once

/// Marks what the shared libraries export. Everything else is hidden (`-fvisibility=hidden`), so that internals
/// neither clash with the user's symbols nor become part of the ABI. It stands where both spellings are allowed: between
/// `class` and the name, or first in a declaration, after `[[…]]`.
///
/// A DLL marks its own symbols when it is built, with LARK_BUILDING defined. Its users may define LARK_DLL: functions link
/// without it, by one jump more.
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
