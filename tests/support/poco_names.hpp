// SPDX-License-Identifier: MIT
#pragma once

/// Stands in for the system's resolver in the executables that link it: names under `.test`, no network.
///
///   accounts.test, other.test, localhost   127.0.0.1; with a trailing dot too, as all names
///   two.test       127.0.0.2, then 127.0.0.1
///   again.test     EAI_AGAIN
///   hang.test      no answer while a `hanging_names` lives
///   anything else  EAI_NONAME
namespace lark::test {

class hanging_names {
public:
    hanging_names();
    ~hanging_names();  ///< releases all hanging look-ups, and waits until they have returned
    hanging_names(const hanging_names&) = delete;
    hanging_names& operator=(const hanging_names&) = delete;
    /// Waits until at least `count` hang (false after 10 s).
    bool wait_for(int count);
    /// Whether more than `count` hang now.
    bool more_than(int count);
};

}  // namespace lark::test
