#pragma once

/// Marks what the shared libraries export. Everything else is hidden (`-fvisibility=hidden`), so that internals
/// neither clash with the user's symbols nor become part of the ABI.
#if defined(__GNUC__)
#define LARK_EXPORT __attribute__((visibility("default")))
#else
#define LARK_EXPORT
#endif
