// SPDX-License-Identifier: MIT
#include "os/resolver.hpp"

#include "../../../injected/src/signals_blocked.hpp"

#include <Poco/Net/IPAddress.h>

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

namespace lark::poco::detail {
namespace {

resolution look_up(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int rc = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (rc != 0) {
        const int error = errno;
        const bool sure = rc == EAI_NONAME
#ifdef EAI_NODATA
                          || rc == EAI_NODATA
#endif
            ;
        return transport_failure{sure ? transport_failure_kind::name_unknown : transport_failure_kind::name_temporary,
                                 rc == EAI_SYSTEM ? std::generic_category().message(error) : ::gai_strerror(rc)};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{list, &::freeaddrinfo};
    addresses found;
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next)
        if (one->ai_family == AF_INET || one->ai_family == AF_INET6) found.emplace_back(one->ai_addr, one->ai_addrlen);
    if (found.empty()) return transport_failure{transport_failure_kind::name_unknown, "the host has no address"};
    return found;
}

resolution answer(const std::string& host, std::uint16_t port) {
    try {
        return look_up(host, port);
    } catch (const std::bad_alloc&) {  // must not end the process from a detached thread
        return transport_failure{transport_failure_kind::name_temporary, "out of memory"};
    }
}

}  // namespace

void put_first(addresses& list, const Poco::Net::SocketAddress& first) {
    const auto it = std::find(list.begin(), list.end(), first);
    if (it != list.end()) std::rotate(list.begin(), it, it + 1);
}

struct resolver::shared {
    struct query {
        std::string host;
        std::uint16_t port = 0;
        std::function<void(resolution)> done;
    };

    explicit shared(unsigned limit) : max_threads{limit} {}

    std::mutex mutex;
    std::deque<query> waiting;
    unsigned threads = 0;
    const unsigned max_threads;

    // NOLINTNEXTLINE(performance-unnecessary-value-param): its thread keeps it alive
    static void work(std::shared_ptr<shared> self) {
        for (;;) {
            query next;
            {
                const std::lock_guard lock{self->mutex};
                if (self->waiting.empty()) {
                    --self->threads;
                    return;
                }
                next = std::move(self->waiting.front());
                self->waiting.pop_front();
            }
            next.done(answer(next.host, next.port));
        }
    }
};

resolver::resolver(unsigned max_threads) : shared_{std::make_shared<shared>(max_threads)} {}

void resolver::resolve(const std::string& host, std::uint16_t port, std::function<void(resolution)> done) {
    Poco::Net::IPAddress address;
    if (Poco::Net::IPAddress::tryParse(host, address)) {
        done(addresses{Poco::Net::SocketAddress{address, port}});
        return;
    }
    const std::lock_guard lock{shared_->mutex};
    shared_->waiting.push_back({host, port, std::move(done)});
    if (shared_->threads == shared_->max_threads) return;
    try {
        const injected::detail::signals_blocked inherited;
        std::thread{[self = shared_] { shared::work(self); }}.detach();
        ++shared_->threads;  // the thread cannot look before the lock is released
    } catch (...) {
        if (shared_->threads > 0) return;  // those that run will come to it
        shared_->waiting.pop_back();
        throw;
    }
}

}  // namespace lark::poco::detail
