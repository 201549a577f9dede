// SPDX-License-Identifier: MIT
// An exception that goes through a std::promise is counted by atomics inside libstdc++.so, which is not built with
// ThreadSanitizer: the last release on the worker looks like a race with the reader of the exception, but is not one.
// Called by ThreadSanitizer alone.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions();

const char* __tsan_default_suppressions() { return "race:std::__exception_ptr::exception_ptr::_M_release\n"; }
