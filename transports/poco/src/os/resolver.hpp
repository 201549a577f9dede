// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>

#include <Poco/Net/SocketAddress.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace lark::poco::detail {

using addresses = std::vector<Poco::Net::SocketAddress>;
using resolution = std::variant<addresses, transport_failure>;

/// Moves `first` to the front, if it is among them: an address over which a connection was made before. One that does
/// not answer then delays one connection only.
void put_first(addresses& list, const Poco::Net::SocketAddress& first);

/// Name resolution in the background. The system's resolver cannot be interrupted, so it runs on detached threads (few,
/// and none while there is nothing to do) that own all they touch; a caller that no longer wants an answer does not
/// wait for it.
///
/// A copy uses the same threads.
///
/// `getaddrinfo` itself, and not Poco's DNS: that sorts the addresses, and distinguishes "ask again later" by a text
/// alone.
///
/// Threads: any.
class resolver {
public:
    explicit resolver(unsigned max_threads = 4);

    /// Calls `done` once, on some thread, or right here for an address in figures. `done` must own what it uses and
    /// must not throw. Throws `std::system_error` if not even one thread can be started.
    void resolve(const std::string& host, std::uint16_t port, std::function<void(resolution)> done);

private:
    struct shared;
    std::shared_ptr<shared> shared_;
};

}  // namespace lark::poco::detail
