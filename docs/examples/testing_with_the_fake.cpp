// SPDX-License-Identifier: MIT
// Testing one's own code without a network and without waiting: ten minutes go by in microseconds.
#include <lark/fake.hpp>
#include <lark/injected.hpp>

#include <cstdlib>
#include <iostream>

namespace {

/// The code under test: whatever transport it is given.
std::string register_bot(lark::injected::http_client& client) {
    try {
        return lark::register_app({.on_qr_code = [](const auto&) {}}, {.source = "bot"}, client).client_id;
    } catch (const lark::app_access_denied_error&) {
        return "denied";
    } catch (const lark::app_expired_error&) {
        return "expired";
    }
}

void check(bool good, const char* what) {
    if (good) return;
    std::cerr << "failed: " << what << "\n";
    std::exit(1);
}

}  // namespace

int main() {
    using namespace std::chrono_literals;
    {
        lark::fake::accounts_service service{{.approve_after = 2min}};
        lark::fake::http_client client{service};
        const auto begun = client.now();
        check(!register_bot(client).empty(), "approved after two minutes");
        check(client.now() - begun >= 2min, "on the virtual clock");
    }
    {
        lark::fake::accounts_service service{{.deny_after = 30s}};
        lark::fake::http_client client{service};
        check(register_bot(client) == "denied", "denied");
    }
    {
        lark::fake::accounts_service service;
        lark::fake::http_client client{service};
        check(register_bot(client) == "expired", "no decision was made");
    }
    std::cout << "all good\n";
}
