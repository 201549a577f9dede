// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace lark::poco::detail {

/// Keeps OpenSSL's error queue of a thread as the thread's owner left it. The application may use OpenSSL itself on
/// that thread, and `SSL_get_error` takes any entry in the queue for the failure of the last call. So the queue is
/// empty within the scope, as our own calls need it, and holds the caller's entries again after it. An empty queue
/// costs one look.
///
/// A mark and `ERR_pop_to_mark` would keep the caller's entries in front of ours, where `SSL_get_error` finds them
/// first.
class openssl_errors {
public:
    openssl_errors() noexcept;
    ~openssl_errors();
    openssl_errors(const openssl_errors&) = delete;
    openssl_errors& operator=(const openssl_errors&) = delete;

private:
    struct entry {
        unsigned long code = 0;
        std::string file;
        int line = 0;
        std::string function;
        std::string data;
    };
    std::vector<entry> of_caller_;
};

/// The reasons of the last failure on this thread, without codes; empties the queue.
[[nodiscard]] std::string openssl_reason();

}  // namespace lark::poco::detail
