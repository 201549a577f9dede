// SPDX-License-Identifier: MIT
#include "poco_names.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

namespace lark::test {
namespace {

struct look_ups {
    std::mutex mutex;
    std::condition_variable changed;
    bool hanging = false;
    int inside = 0;
};

// Never destroyed: a detached thread of the resolver may still be here when the program ends.
look_ups& state = *new look_ups;

void hang() {
    std::unique_lock lock{state.mutex};
    ++state.inside;
    state.changed.notify_all();
    state.changed.wait(lock, [] { return !state.hanging; });
    --state.inside;
    state.changed.notify_all();
}

int answer(std::string host, const char* service, addrinfo** result) {
    std::vector<const char*> found{"127.0.0.1"};
    if (host.ends_with('.')) host.pop_back();
    if (host == "hang.test") hang();
    else if (host == "again.test") return EAI_AGAIN;
    else if (host == "two.test") found = {"127.0.0.2", "127.0.0.1"};
    else if (host != "accounts.test" && host != "other.test" && host != "localhost") return EAI_NONAME;
    *result = nullptr;
    for (auto it = found.rbegin(); it != found.rend(); ++it) {
        auto* one = static_cast<addrinfo*>(std::calloc(1, sizeof(addrinfo) + sizeof(sockaddr_in)));
        auto* address = reinterpret_cast<sockaddr_in*>(one + 1);
        address->sin_family = AF_INET;
        address->sin_port = htons(static_cast<std::uint16_t>(std::atoi(service)));
        ::inet_pton(AF_INET, *it, &address->sin_addr);
        one->ai_family = AF_INET;
        one->ai_socktype = SOCK_STREAM;
        one->ai_addr = reinterpret_cast<sockaddr*>(address);
        one->ai_addrlen = sizeof(sockaddr_in);
        one->ai_next = *result;
        *result = one;
    }
    return 0;
}

}  // namespace

hanging_names::hanging_names() {
    const std::lock_guard lock{state.mutex};
    state.hanging = true;
}

hanging_names::~hanging_names() {
    std::unique_lock lock{state.mutex};
    state.hanging = false;
    state.changed.notify_all();
    state.changed.wait(lock, [] { return state.inside == 0; });
}

bool hanging_names::wait_for(int count) {
    std::unique_lock lock{state.mutex};
    return state.changed.wait_for(lock, std::chrono::seconds{10}, [&] { return state.inside >= count; });
}

bool hanging_names::more_than(int count) {
    const std::lock_guard lock{state.mutex};
    return state.inside > count;
}

}  // namespace lark::test

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo*, addrinfo** result) {
    return lark::test::answer(host, service, result);
}

extern "C" void freeaddrinfo(addrinfo* list) noexcept {
    while (list != nullptr) {
        addrinfo* next = list->ai_next;
        std::free(list);
        list = next;
    }
}
